"""The check of a program of peers: everybody asks and answers, each has one partner or none.

For two people the scores of both directions are added and halved, rounded down.  Prices of people and of odd sets
bound what any plan can be worth; a cover bounds how many pairs there can be.  Nothing is believed that has not been
worked out again from the profiles.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from matching.certificate_check.rules import forbidden
from matching.certificate_check.scores import units


def check_peers(snapshot: Mapping, certificate: Mapping) -> tuple[tuple[str, ...], int, int, bool]:
    """(problems, value, bound, proven); ``bound`` is what no allowed plan can exceed, as far as the prices prove it."""
    row_of = {person["id"]: at for at, person in enumerate(snapshot["people"])}
    if len(row_of) < len(snapshot["people"]):
        return ("person_twice",), 0, 0, False
    named = [id for a, b, _ in certificate["pairs"] for id in (a, b)]
    named += [id for people, _ in certificate["sets"] for id in people if id is not None]
    covers = [id for cover in ("cover", "cover_above") for id in certificate[cover] or ()]
    if any(id not in row_of for id in (*named, *covers, *certificate["prices"])):
        return ("stranger_in_plan",), 0, 0, False
    world = _World(snapshot, certificate, row_of)
    return tuple(world.problems()), world.value, world.bound, world.bound == world.value


class _World:
    def __init__(self, snapshot, certificate, row_of):
        self.row_of, self.certificate = row_of, certificate
        self.n = len(row_of)
        self.objective = snapshot["objective"]
        self.locked = {frozenset((row_of[a], row_of[b])) for a, b in snapshot["locked"]}
        self.plan = [(row_of[a], row_of[b]) for a, b, _ in certificate["pairs"]]
        self.said = [units for _, _, units in certificate["pairs"]]
        self.units, self.allowed = scores_and_allowed(snapshot)
        free = np.ones(self.n, bool)
        free[[row for pair in self.locked for row in pair]] = False
        self.open = self.allowed & free & free[:, None]
        self.allowed |= self._locks_allowed(snapshot)
        self.free_plan = [pair for pair in self.plan if frozenset(pair) not in self.locked]
        self.floor = certificate["floor"] if self.objective == "worst_off" else None
        self.bonus = certificate["bonus"] if self.objective != "total" else 0
        self.value = sum(int(self.units[pair]) for pair in self.plan)
        self.bound, self.prices_hold = self._bound()

    def _locks_allowed(self, snapshot):
        """A lock is stronger than the smallest score, and than no rule."""
        rules = ~_forbidden(snapshot)
        found = np.zeros((self.n, self.n), bool)
        for pair in self.locked:
            if len(pair) == 2:
                one, other = pair
                found[[one, other], [other, one]] = rules[one, other]
        return found

    def _bound(self):
        """By weak duality, if the prices hold for every pair that may be."""
        open_ = self.open if self.floor is None else self.open & (self.units >= self.floor)
        parts, stand_in = self.certificate["parts"], self.certificate["stand_in"]
        prices = [self.certificate["prices"].get(id, 0) for id in self.row_of]
        sets = [([self._row(id) for id in people], z) for people, z in self.certificate["sets"]]
        weight = np.where(open_, self.units + self.bonus, 0) * parts
        reached = open_.any(axis=1)
        bonuses = self.bonus * len(self.free_plan)
        holds = parts >= 1 and self.bonus >= 0
        if stand_in is not None:
            # Somebody stays alone in every plan, so that one more pair, with whoever stands in, is always there.
            holds &= bool(reached.sum() % 2) and self.objective != "total"
            weight = np.pad(weight, (0, 1))
            weight[self.n, : self.n] = weight[: self.n, self.n] = np.where(reached, self.bonus * parts, 0)
            prices.append(stand_in)
            bonuses += self.bonus
        numbers = [*prices, *(z for _, z in sets)]
        holds &= all(type(number) is int and number >= 0 for number in (*numbers, parts, self.bonus))
        holds &= all(
            len(people) % 2 == 1 and len(set(people)) == len(people) and max(people) < len(prices)
            for people, _ in sets
        )
        whole = sum(prices) + sum(z * (len(people) // 2) for people, z in sets)
        if holds:
            paid = np.add.outer(np.array(prices, np.int64), np.array(prices, np.int64))
            for people, z in sets:
                paid[np.ix_(people, people)] += z
            holds = not (np.triu(weight, 1) > np.triu(paid, 1)).any()
        locked_units = sum(int(self.units[pair]) for pair in self.plan if frozenset(pair) in self.locked)
        return whole // max(parts, 1) - bonuses + locked_units, holds

    def _row(self, id) -> int:
        return self.n if id is None else self.row_of[id]

    def problems(self) -> Iterator[str]:
        people = [row for pair in self.plan for row in pair]
        if len(set(people)) < len(people):
            yield "person_in_two_pairs"
        if any(not self.allowed[pair] for pair in self.plan):
            yield "forbidden_pair"
        if not self.locked <= {frozenset(pair) for pair in self.plan}:
            yield "lock_broken"
        if self.said != [int(self.units[pair]) for pair in self.plan]:
            yield "wrong_score"
        if not self.prices_hold:
            yield "wrong_price"
        if self.floor is not None and any(self.units[pair] < self.floor for pair in self.free_plan):
            yield "below_floor"
        if self.certificate["value"] != self.value or self.certificate["placed"] != len(people):
            yield "wrong_total"
        if self.certificate["bound"] != self.bound:
            yield "wrong_bound"
        if self.objective != "total" and self._most(self.open, "cover") != len(self.free_plan):
            yield "placed_not_proven"
        if self.objective == "worst_off" and not self._floor_is_highest():
            yield "floor_not_proven"

    def _floor_is_highest(self) -> bool:
        if self.floor is None:
            return not self.free_plan
        return self._most(self.open & (self.units > self.floor), "cover_above") < len(self.free_plan)

    def _most(self, open_, cover) -> int:
        """How many pairs of these there can be, as the cover proves it."""
        left = np.ones(self.n, bool)
        left[[self.row_of[id] for id in self.certificate[cover] or ()]] = False
        return (self.n + int((~left).sum()) - _odd_groups(open_, left)) // 2


def _both(snapshot):
    """The snapshot with everybody asking and everybody answering, and rules spared both ways."""
    rules = snapshot["rules"]
    spared = [*rules["overrides"], *([b, a, *rest] for a, b, *rest in rules["overrides"])]
    people = snapshot["people"]
    return {**snapshot, "mentees": people, "mentors": people, "rules": {**rules, "overrides": spared}}


def scores_and_allowed(snapshot):
    every = np.arange(len(snapshot["people"]))
    one_way = units(_both(snapshot))(every)
    both = (one_way + one_way.T) // 2
    return both, ~_forbidden(snapshot) & (both >= snapshot["minimum_score"])


def _forbidden(snapshot):
    return forbidden(_both(snapshot))(np.arange(len(snapshot["people"])))


def _odd_groups(open_, left) -> int:
    """Among those who are left, groups of people joined by pairs that may be, of odd size."""
    waiting, odd = left.copy(), 0
    while waiting.any():
        group = np.zeros(len(left), bool)
        ahead = [int(np.argmax(waiting))]
        waiting[ahead] = False
        while ahead:
            at = ahead.pop()
            group[at] = True
            fresh = open_[at] & waiting
            waiting &= ~fresh
            ahead += np.flatnonzero(fresh).tolist()
        odd += int(group.sum()) % 2
    return odd
