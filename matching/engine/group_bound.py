"""What prices prove about groups, in whole numbers.

For any prices ``u >= 0`` of the mentees and ``bonus >= 0`` of a person placed, no plan that places ``at_least``
people is worth more than the sum of ``u``, plus for every host the best group of allowed size by ``weight +
bonus - u`` (or nothing, where it may stay closed), less ``bonus * at_least``: every mentee is paid for at most
once.  Of mentees all to be kept apart from each other, a group holds at most one: at a price for that place
each of them is worth less to the host by the price, and an open group gets it once.

Groups of such sizes add up only to certain numbers of people: no plan places more than the largest of these
that there are people for.  Where ``bonus < 0``, that number takes the place of ``at_least``.
"""

from collections.abc import Iterator

import numpy as np

from matching.engine.group_program import PARTS, Decision, Leaf, Program, Proof

IMPOSSIBLE = -(1 << 61)
# Margins of so many pairs are held at once.
BLOCK = 1 << 18


class BestGroups:
    """The best group of each host at these prices, in ``PARTS`` of a unit.

    ``worth``: (hosts,) of the best group, ``IMPOSSIBLE`` where too few people are allowed.  ``beside``: the
    worth of the best group without its last place, for whoever is put in it.
    """

    def __init__(self, program: Program, leaf: Leaf, at_least: int):
        self.program, self.leaf = program, leaf
        hosts = program.shape[1]
        self.worth, self.beside = np.zeros(hosts, np.int64), np.zeros(hosts, np.int64)
        once = np.zeros(hosts, np.int64)
        for (_, host), price in leaf.apart:
            once[host] += price
        for some, _, margin in self.blocks():
            limits = program.fewest[some], program.most[some]
            self.worth[some] = _best(margin, *limits)
            self.beside[some] = _best(margin, *(np.maximum(limit - 1, 0) for limit in limits), limits[0])
        for side in (self.worth, self.beside):
            side[side > IMPOSSIBLE] += once[side > IMPOSSIBLE]
        free = np.ones(program.shape[0], bool)
        free[[mentee for mentee, _ in program.inside]] = False
        settled = sum(int(program.weights[pair]) * PARTS + leaf.bonus for pair in program.inside)
        self.taken = np.where(program.must, self.worth, np.maximum(self.worth, 0))
        self.at_most = most_people(program)
        self.possible = self.at_most >= at_least and bool((self.taken > IMPOSSIBLE).all())
        self.total = (
            int(leaf.multipliers[free].sum())
            + settled
            + sum(self.taken.tolist())
            - leaf.bonus * (at_least if leaf.bonus > 0 else self.at_most)
            if self.possible
            else IMPOSSIBLE
        )

    @property
    def bound(self) -> int:
        """In whole units; ``IMPOSSIBLE`` where no plan is left."""
        return self.total // PARTS if self.possible else IMPOSSIBLE

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Some hosts, the rows of the mentees allowed with each (hosts, width), and what these are worth to
        them beyond their price; ``IMPOSSIBLE`` fills the lines up.
        """
        program, leaf = self.program, self.leaf
        mentees, hosts = program.shape
        step = max(1, BLOCK // max(mentees, 1))
        dearer: dict[int, list] = {}
        for (people, host), price in leaf.apart:
            dearer.setdefault(host, []).append((list(people), price))
        for start in range(0, hosts, step):
            some = np.arange(start, min(start + step, hosts))
            allowed = program.allowed[:, some].T
            at, row = np.nonzero(allowed)
            count = np.bincount(at, minlength=len(some))
            place = np.arange(len(at)) - (np.cumsum(count) - count)[at]
            rows = np.zeros((len(some), int(count.max(initial=0))), np.int64)
            margin = np.full(rows.shape, IMPOSSIBLE)
            rows[at, place] = row
            worth = program.weights[row, some[at]] * PARTS + (leaf.bonus - leaf.multipliers[row])
            for host in sorted(dearer.keys() & set(some.tolist())):
                line = slice(*np.searchsorted(at, [host - start, host - start + 1]).tolist())
                for people, price in dearer[host]:
                    worth[line] -= price * np.isin(row[line], people)
            margin[at, place] = worth
            yield some, rows, margin

    def members(self) -> np.ndarray:
        """The pairs (mentee, host) of the best groups of hosts who would gain by opening, or must."""
        program, found = self.program, []
        opens = program.must | (self.worth > 0)
        for some, rows, margin in self.blocks():
            k = min(int(program.most[some].max(initial=0)), margin.shape[1])
            if not k:
                continue
            order = np.argpartition(-margin, k - 1, axis=1)[:, :k]
            order = np.take_along_axis(
                order, np.argsort(-np.take_along_axis(margin, order, 1), axis=1, kind="stable"), 1
            )
            top = np.take_along_axis(margin, order, 1)
            place = np.arange(k)
            fewest, most = program.fewest[some, None], program.most[some, None]
            taken = (place < fewest) | ((place < most) & (top > 0))
            at, which = np.nonzero(taken & (top > IMPOSSIBLE) & opens[some, None])
            found.append(np.stack([rows[at, order[at, which]], some[at]], axis=1))
        return np.concatenate([np.zeros((0, 2), np.int64), *found])

    def left(self, value: int) -> Program:
        """The program without the pairs and hosts that no plan worth more than ``value`` has, and with the
        hosts open that every such plan opens.
        """
        program, need = self.program, (value + 1) * PARTS
        if not self.possible:
            return program
        others = self.total - self.taken
        allowed = np.zeros_like(program.allowed)
        for some, rows, margin in self.blocks():
            with_it = np.minimum(self.worth[some, None], margin + self.beside[some, None])
            at, which = np.nonzero((margin > IMPOSSIBLE) & (others[some, None] + with_it >= need))
            allowed[rows[at, which], some[at]] = True
        stays = program.must | (others >= need)
        closed = ~program.must & (others + self.worth < need)
        allowed[:, closed] = False
        decisions = [Decision(int(host), None, True) for host in np.flatnonzero(~stays & ~closed)]
        decisions += [Decision(int(host), None, False) for host in np.flatnonzero(closed)]
        return program.with_pairs(allowed).after(decisions)


def most_people(program: Program) -> int:
    """The most people that groups of the sizes there may be can add up to; -1 where there is no such plan."""
    allowed = program.allowed
    people = int(allowed.any(axis=1).sum())
    # Bit k says that so far k people can be placed exactly.
    sums, all_ = 1, (1 << (people + 1)) - 1
    limits = program.fewest, np.minimum(program.most, allowed.sum(axis=0)), program.must
    for fewest, most, must in zip(*(limit.tolist() for limit in limits), strict=True):
        opened, width = (sums << fewest, 1) if fewest <= most else (0, 1)
        while width <= most - fewest:
            more = min(width, most - fewest + 1 - width)
            opened, width = opened | (opened << more), width + more
        sums = (opened | (0 if must else sums)) & all_
    return sums.bit_length() - 1 + len(program.inside) if sums else -1


def _best(margin: np.ndarray, fewest: np.ndarray, most: np.ndarray, needed=None) -> np.ndarray:
    """The most that so many of each line add up to; ``IMPOSSIBLE`` where fewer than ``needed`` are there."""
    enough = (margin > IMPOSSIBLE).sum(axis=1) >= (fewest if needed is None else needed)
    k = min(int(most.max(initial=0)), margin.shape[1])
    if not k:
        return np.where(enough, 0, IMPOSSIBLE)
    top = margin
    if k < margin.shape[1]:
        top = -np.partition(-margin, k - 1, axis=1)[:, :k]
    top = -np.sort(-top, axis=1)
    place = np.arange(k)
    taken = (place < fewest[:, None]) | ((place < most[:, None]) & (top > 0))
    return np.where(enough, np.where(taken & (top > IMPOSSIBLE), top, 0).sum(axis=1), IMPOSSIBLE)


def proven_bound(program: Program, proof: Proof) -> int:
    """What the proof proves that no plan exceeds."""
    left = BestGroups(program, proof.root, proof.at_least).left(proof.value)
    worst = proof.value
    waiting: list[tuple[int, tuple[Decision, ...]]] = [(0, ())]
    while waiting:
        at, decisions = waiting.pop()
        node = proof.nodes[at]
        if isinstance(node, Leaf):
            worst = max(worst, BestGroups(left.after(decisions), node, proof.at_least).bound)
        else:
            waiting.append((node.no, (*decisions, Decision(node.host, node.mentee, False))))
            waiting.append((node.yes, (*decisions, Decision(node.host, node.mentee, True))))
    return worst
