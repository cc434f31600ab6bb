"""Checks a plan of groups: are the groups allowed, are the scores right, can no plan be better?

Nothing here comes from the engine or a solver.  The proof, for any prices ``u >= 0`` of the mentees, is that
no plan is worth more than all ``u`` together, plus for every host the best group of a size it may have by
score less ``u`` (or nothing, if it stays closed): a mentee is in one group at most, so whoever joins pays the
price once.  Where a plan has to place so many people, each placed counts a bonus, and that many bonuses go
off the sum.  Of people who are all to be kept apart a group holds one at most: each of them may be worth less
to a host by a price that the open group gets back once.

Groups of given sizes add up to certain numbers of people only: no plan places more than the largest of these
that there are people for.  Where the bonus is below nothing, that number goes off the sum instead.

The root's prices rule out pairs and hosts: what a plan would be worth at most with that pair, with that host
open, with that host closed.  The rest is cut in parts, host by host or pair by pair, each closed by prices of
its own.  All is counted in whole parts of a unit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

PARTS = 1 << 16
NOTHING = -(1 << 61)


def check_groups(
    units,
    forbidden,
    fewest,
    most,
    objective: str,
    certificate: Mapping,
    *,
    locked: Sequence[tuple[int, int]] = (),
    apart: Sequence[tuple[int, int]] = (),
) -> tuple[list[str], int, int, bool]:
    """The problems of a certificate of groups (codes, most basic first; none if all holds), the value of its
    plan, what no plan that is as good in what comes first can exceed, and whether the plan is proven the best.

    ``units``: (mentees, hosts) whole scores, recomputed.  ``forbidden``: (mentees, hosts) of bool.
    ``fewest``, ``most``: (hosts,) sizes of a group that opens.  ``locked``: pairs (mentee row, host row) of the
    question.  ``apart``: pairs of mentee rows.  Units beyond ten million are not read.
    """
    try:
        allowed = ~np.asarray(forbidden, bool)
        question = _Question(
            np.where(allowed, np.asarray(units, np.int64), 0),
            allowed,
            np.asarray(fewest, np.int64),
            np.asarray(most, np.int64),
            {tuple(pair) for pair in locked},
            {(min(pair), max(pair)) for pair in apart},
        )
        if certificate["parts"] != PARTS or np.abs(question.units).max(initial=0) > 10**7:
            return ["unreadable"], 0, 0, False
        return _check(question, objective, certificate)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        return ["unreadable"], 0, 0, False


@dataclass(frozen=True)
class _Question:
    units: np.ndarray
    allowed: np.ndarray
    fewest: np.ndarray
    most: np.ndarray
    locked: set[tuple[int, int]]
    apart: set[tuple[int, int]]

    def beside_locks(self, allowed: np.ndarray) -> "_Part":
        """All plans that keep the locked pairs, as far as they are still to be decided."""
        hosts = range(len(self.most))
        part = _Part(
            units=self.units,
            allowed=allowed & (self.most > 0),
            fewest=np.maximum(self.fewest, 1),
            most=self.most,
            must=np.zeros(len(hosts), bool),
            apart=self.apart,
            inside=(),
        )
        for mentee, host in sorted(self.locked):
            part = part.cut(host, mentee, True)
        return replace(part, inside=())


def _check(question: _Question, objective: str, certificate: Mapping) -> tuple[list[str], int, int, bool]:
    plan = [(_row(i), _row(j), _row(earned, signed=True)) for i, j, earned in certificate["pairs"]]
    pairs = [(i, j) for i, j, _ in plan]
    problems = list(_problems(question, plan, pairs))
    value = sum(int(question.units[pair]) for pair in pairs)
    if certificate["value"] != value or certificate["placed"] != len(pairs):
        problems.append("wrong_total")
    free = [pair for pair in pairs if pair not in question.locked]
    floor = certificate["floor"] if objective == "worst_off" else None
    if floor is not None and any(question.units[pair] < floor for pair in free):
        problems.append("below_floor")
    allowed = question.allowed if floor is None else question.allowed & (question.units >= floor)
    at_least = 0 if objective == "total" else len(free)
    free_value = sum(int(question.units[pair]) for pair in free)
    part = question.beside_locks(allowed)
    best = _bound(part, certificate["proof"], at_least, free_value)
    bound = best + value - free_value
    if certificate["bound"] != bound:
        problems.append("wrong_bound")
    proven = bound == value
    if objective != "total":
        counting = replace(question.beside_locks(question.allowed), units=np.ones_like(question.units))
        most = _bound(counting, certificate["proof_placed"], 0, len(free)) + len(pairs) - len(free)
        proven = proven and most == len(pairs)
        if certificate["placed_bound"] != most:
            problems.append("placed_not_proven")
    if objective == "worst_off":
        proven = proven and certificate["floor_proven"]
        if certificate["floor_proven"] and not _floor_is_highest(question, certificate, floor, len(free)):
            problems.append("floor_not_proven")
    if certificate["proven"] is not bool(proven):
        problems.append("wrong_claim")
    return problems, value, bound, bool(proven) and not problems


def _problems(question: _Question, plan, pairs) -> Iterator[str]:
    """What is wrong with the plan as such."""
    hosts = len(question.most)
    if len(set(pairs)) < len(pairs):
        yield "pair_twice"
    if len({i for i, _ in pairs}) < len(set(pairs)):
        yield "too_many_groups"
    size = np.bincount([j for _, j in pairs], minlength=hosts)
    if (size > question.most).any():
        yield "group_too_large"
    if ((size > 0) & (size < question.fewest)).any():
        yield "group_too_small"
    if not all(question.allowed[pair] for pair in pairs):
        yield "forbidden_pair"
    if not question.locked <= set(pairs):
        yield "lock_broken"
    host_of = dict(pairs)
    if any(a in host_of and host_of[a] == host_of.get(b) for a, b in question.apart):
        yield "not_kept_apart"
    if any(question.units[i, j] != earned for i, j, earned in plan):
        yield "wrong_score"


def _floor_is_highest(question: _Question, certificate: Mapping, floor: int | None, placed: int) -> bool:
    """With pairs above the floor alone fewer could be placed."""
    if floor is None:
        return placed == 0
    above = question.beside_locks(question.allowed & (question.units > floor))
    above = replace(above, units=np.ones_like(question.units))
    if certificate["proof_above"] is None:
        return not above.allowed.any() and placed > 0
    return _bound(above, certificate["proof_above"], 0, placed - 1) < placed


@dataclass(frozen=True)
class _Prices:
    of_mentee: np.ndarray
    bonus: int
    apart: dict[int, list[tuple[list[int], int]]]


@dataclass(frozen=True)
class _Part:
    """Plans that have something in common: the pairs still allowed, the sizes that are left, hosts that open
    in any case, and the pairs that are settled.
    """

    units: np.ndarray
    allowed: np.ndarray
    fewest: np.ndarray
    most: np.ndarray
    must: np.ndarray
    apart: set[tuple[int, int]]
    inside: tuple[tuple[int, int], ...]

    def cut(self, host: int, mentee: int | None, yes: bool) -> "_Part":
        """The plans among these where the host opens or not, or where the pair is in or not."""
        allowed, must = self.allowed.copy(), self.must.copy()
        if mentee is None:
            must[host] |= yes
            if not yes:
                allowed[:, host] = False
            return replace(self, allowed=allowed, must=must)
        if not yes:
            allowed[mentee, host] = False
            return replace(self, allowed=allowed)
        allowed[mentee] = False
        allowed[[b if a == mentee else a for a, b in self.apart if mentee in (a, b)], host] = False
        fewest, most = self.fewest.copy(), self.most.copy()
        fewest[host], most[host] = max(0, fewest[host] - 1), max(0, most[host] - 1)
        if not most[host]:
            allowed[:, host] = False
        must[host] = True
        inside = (*self.inside, (mentee, host))
        return replace(self, allowed=allowed, fewest=fewest, most=most, must=must, inside=inside)

    def most_people(self) -> int:
        """The largest number of people that groups of these sizes add up to; -1 if no sizes do."""
        people = int(self.allowed.any(axis=1).sum())
        reached = 1  # bit k: so far exactly k people
        for host in range(len(self.most)):
            with_it = 0
            last = min(int(self.most[host]), int(self.allowed[:, host].sum()))
            for size in range(int(self.fewest[host]), last + 1):
                with_it |= reached << size
            reached = (with_it if self.must[host] else with_it | reached) & ((2 << people) - 1)
        return len(self.inside) + reached.bit_length() - 1 if reached else -1


class _Weighed:
    """A part of the plans at prices: the most that any of them is worth, with and without a host."""

    def __init__(self, part: _Part, prices: _Prices, at_least: int):
        self.part, self.prices = part, prices
        hosts = range(len(part.most))
        settled = [mentee for mentee, _ in part.inside]
        paid = int(prices.of_mentee.sum()) - int(prices.of_mentee[settled].sum())
        earned = sum(int(part.units[pair]) * PARTS + prices.bonus for pair in part.inside)
        self.best = [self._best(host) for host in hosts]
        self.taken = [
            best if part.must[host] else max(0, best)
            for host, (best, _) in zip(hosts, self.best, strict=True)
        ]
        at_most = part.most_people()
        self.impossible = at_most < at_least or any(taken == NOTHING for taken in self.taken)
        counted = at_least if prices.bonus > 0 else at_most
        self.total = paid + earned + sum(self.taken) - prices.bonus * counted

    def margin(self, host: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Who may join the group of the host, what each is worth beyond the price, and what the group gets
        back.
        """
        part, prices = self.part, self.prices
        rows = np.flatnonzero(part.allowed[:, host])
        worth = part.units[rows, host] * PARTS + prices.bonus - prices.of_mentee[rows]
        back = 0
        for people, price in prices.apart.get(host, ()):
            worth = worth - price * np.isin(rows, people)
            back += price
        return rows, worth, back

    def _best(self, host: int) -> tuple[int, int]:
        """The best group, and the best without its last place."""
        _, worth, back = self.margin(host)
        fewest, most = int(self.part.fewest[host]), int(self.part.most[host])
        if len(worth) < fewest:
            return NOTHING, NOTHING
        worth = np.sort(worth)[::-1]

        def top(least: int, greatest: int) -> int:
            more = worth[least:greatest]
            return int(worth[:least].sum()) + int(more[more > 0].sum()) + back

        return top(fewest, most), top(max(fewest - 1, 0), max(most - 1, 0))

    def without_hopeless(self, value: int) -> _Part:
        """The plans that could be worth more than ``value``."""
        part, need = self.part, (value + 1) * PARTS
        allowed, must = np.zeros_like(part.allowed), part.must.copy()
        for host, (best, beside) in enumerate(self.best):
            others = self.total - self.taken[host]
            if best == NOTHING or others + best < need:
                continue
            rows, worth, _ = self.margin(host)
            allowed[rows[others + np.minimum(best, worth + beside) >= need], host] = True
            must[host] |= others < need
        return replace(part, allowed=allowed, must=must)


def _bound(part: _Part, proof: Mapping, at_least: int, value: int) -> int:
    """What no plan of this part that places so many can exceed; ``value`` is that of a plan there is."""
    nobody = np.zeros(len(part.allowed), np.int64)
    root = _prices(proof["root"], nobody, part)
    weighed = _Weighed(part, root, at_least)
    if not weighed.impossible:
        part = weighed.without_hopeless(value)
    worst, waiting = value, [(0, part)]
    while waiting:
        at, plans = waiting.pop()
        node = proof["nodes"][at]
        if "host" not in node:
            weighed = _Weighed(plans, _prices(node, root.of_mentee, part), at_least)
            if not weighed.impossible:
                worst = max(worst, weighed.total // PARTS)
            continue
        host, mentee = _row(node["host"]), None if node["mentee"] is None else _row(node["mentee"])
        for side in ("no", "yes"):
            below = _row(node[side])
            if below <= at:
                raise ValueError("A part of the plans is cut out of itself.")
            waiting.append((below, plans.cut(host, mentee, side == "yes")))
    return worst


def _prices(given: Mapping, usual: np.ndarray, part: _Part) -> _Prices:
    """Prices that may be used: none below nothing or too large to add up, and shared only by people all to be
    kept apart.
    """
    largest = (1 << 60) // (4 * (sum(part.allowed.shape) + 1))

    def price_of(number) -> int:
        if _row(number) > largest:
            raise ValueError("A price is too large.")
        return number

    of_mentee = usual.copy()
    for mentee, price in given["multipliers"]:
        of_mentee[_row(mentee)] = price_of(price)
    apart: dict[int, list] = {}
    for people, host, price in given["apart"]:
        people = sorted({_row(mentee) for mentee in people})
        if any((a, b) not in part.apart for a in people for b in people if a < b):
            raise ValueError("A price is shared by people who may share a group.")
        apart.setdefault(_row(host), []).append((people, price_of(price)))
    bonus = given["bonus"]
    price_of(abs(bonus))
    return _Prices(of_mentee, bonus, apart)


def _row(number, *, signed: bool = False) -> int:
    """A whole number as JSON has it, zero or more."""
    if type(number) is not int or (number < 0 and not signed):
        raise ValueError("Not a whole number of zero or more.")
    return number
