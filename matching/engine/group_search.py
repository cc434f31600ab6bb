"""The best plan of a group program, and a tree of prices that proves it.

The linear program gives prices; with a first plan they rule out nearly all pairs.  What is left is cut in
parts, each with prices of its own, until none can hold a better plan.
"""

import heapq
import time
from dataclasses import dataclass

import numpy as np

from matching.engine.group_bound import IMPOSSIBLE, BestGroups, proven_bound
from matching.engine.group_fill import filled
from matching.engine.group_master import NEAR, Master, Solution
from matching.engine.group_program import CLOSED, Branch, Decision, Found, Leaf, Program, Proof
from matching.engine.progress import Report, silent

CANDIDATES = 12
# So many pairs are all put in the linear program at once.
AT_ONCE = 40_000


def search(
    program: Program,
    at_least: int = 0,
    *,
    start: np.ndarray | None = None,
    better_than: int | None = None,
    hint: np.ndarray | None = None,
    until: float | None = None,
    report: Report = silent,
) -> Found:
    """The best plan that places ``at_least`` so many people.

    ``start``: a plan to begin with.  ``better_than``: nothing worth that or less is of interest, and the
    first plan that is worth more is enough.  ``hint``: (mentees, hosts), which pairs to try first.
    ``until``: by the monotonic clock, when to end with what there is.
    """
    return _Search(program, at_least, start, better_than, hint, until, report).found()


@dataclass(frozen=True, slots=True)
class _View:
    """What one part of the plans looks like: the best prices found, what they prove, and where to cut it."""

    leaf: Leaf
    bound: int
    branch: Decision | None


class _Search:
    def __init__(self, program, at_least, start, better_than, hint, until, report):
        self.program, self.at_least = program, at_least
        self.hint = program.weights if hint is None else hint
        self.until, self.report = until, report
        self.mate, self.value = start, IMPOSSIBLE
        self.enough = False
        self.asked = better_than is not None
        self.cliques = _cliques(program.apart)
        if better_than is not None:
            self.value = better_than
        elif start is None and not at_least and not program.must.any():
            self.mate = np.full(program.shape[0], CLOSED)
        if self.mate is not None:
            self.value = program.value(self.mate)
        self.looked = 0

    @property
    def over(self) -> bool:
        late = self.until is not None and time.monotonic() >= self.until
        return late or (self.asked and self.enough)

    def found(self) -> Found:
        nothing = Leaf(np.zeros(self.program.shape[0], np.int64), 0)
        master = self._master(self.program, _first_pairs(self.program, self.hint))
        root = self._look(master, self.program, (), nothing)
        self._dive(master, self.program, root)
        nodes = [root.leaf]
        if root.bound > self.value and not self.over:
            left = BestGroups(self.program, root.leaf, self.at_least).left(self.value)
            nodes = self._tree(left, root)
        proof = Proof(root.leaf, tuple(nodes), self.at_least, self.value, 0)
        bound = proven_bound(self.program, proof)
        return Found(self.mate, self.value, Proof(root.leaf, tuple(nodes), self.at_least, self.value, bound))

    def _master(self, program: Program, pairs: np.ndarray) -> Master:
        master = Master(program, self.at_least, self.cliques)
        master.add(pairs)
        return master

    def _look(self, master: Master, program: Program, decisions, leaf: Leaf) -> _View:
        """Prices for the part of the plans that keeps to the decisions; ``leaf`` are prices to begin with."""
        part = program.after(decisions)
        known = BestGroups(part, leaf, self.at_least)
        bound = known.bound
        if known.possible:
            master.decide(decisions, known.at_most)
        answer = None
        while bound > self.value and not self.over:
            self.looked += 1
            self.report("groups", self.looked, self.looked + 10)
            answer = master.solve()
            groups = BestGroups(part, answer.leaf, self.at_least)
            if groups.bound < bound:
                leaf, bound = answer.leaf, groups.bound
            if answer.whole:
                self._consider(answer.mate(program.shape[0]))
            elif self.looked == 1:
                self._try_to_fill(part, answer)
            if bound <= self.value:
                break
            grown = master.cut(answer) + master.add(groups.members())
            if not grown and not (answer.short > NEAR and master.raise_penalty()):
                break
        branch = None
        if bound > self.value and answer is not None and not answer.whole:
            self._try_to_fill(part, answer)
        if bound > self.value and answer is not None:
            branch = _branch(part, answer)
        return _View(leaf, bound, branch)

    def _try_to_fill(self, part: Program, answer: Solution) -> None:
        kept = part.allowed[answer.rows, answer.columns]
        needed = self.at_least - len(part.inside)
        mate = filled(part, answer.rows[kept], answer.columns[kept], answer.y, needed)
        if mate is not None:
            for mentee, host in part.inside:
                mate[mentee] = host
            self._consider(mate)

    def _consider(self, mate: np.ndarray) -> None:
        if not self.program.holds(mate) or (mate >= 0).sum() < self.at_least:
            return
        value = self.program.value(mate)
        if value > self.value:
            self.mate, self.value, self.enough = mate, value, True

    def _dive(self, master: Master, program: Program, view: _View) -> None:
        """Decide one by one as the linear program leans, to have a good plan early."""
        decisions: tuple[Decision, ...] = ()
        while view.branch is not None and view.bound > self.value and not self.over:
            decisions = (*decisions, view.branch)
            view = self._look(master, program, decisions, view.leaf)

    def _tree(self, program: Program, root: _View) -> list[Leaf | Branch]:
        """Cut all that is left in parts and close them, the most promising first."""
        pairs = np.argwhere(program.allowed)
        if len(pairs) > AT_ONCE:
            pairs = _first_pairs(program, self.hint)
        master = self._master(program, pairs)
        nodes: list[Leaf | Branch] = [root.leaf]
        waiting = [(-root.bound, 0, ())]
        while waiting and not self.over:
            bound, at, decisions = heapq.heappop(waiting)
            while -bound > self.value and not self.over:
                view = self._look(master, program, decisions, nodes[at])
                nodes[at] = view.leaf
                if view.branch is None or view.bound <= self.value:
                    break
                host, mentee, leans = view.branch
                near, far = len(nodes), len(nodes) + 1
                nodes[at] = Branch(host, mentee, *((far, near) if leans else (near, far)))
                nodes += [view.leaf, view.leaf]
                bound = -view.bound
                heapq.heappush(waiting, (bound, far, (*decisions, Decision(host, mentee, not leans))))
                at, decisions = near, (*decisions, Decision(host, mentee, leans))
        return nodes


def _first_pairs(program: Program, hint: np.ndarray) -> np.ndarray:
    """The best few hosts of every mentee, and the best mentees of every host."""
    mentees, hosts = program.shape
    found = [np.zeros((0, 2), np.int64)]
    few, step = min(CANDIDATES, hosts), max(1, (1 << 18) // max(hosts, 1))
    for start in range(0, mentees if few else 0, step):
        rows = np.arange(start, min(start + step, mentees))
        wish = np.where(program.allowed[rows], -hint[rows], -IMPOSSIBLE)
        best = np.argpartition(wish, few - 1, axis=1)[:, :few]
        found.append(np.stack([np.repeat(rows, few), best.ravel()], axis=1))
    for host in range(hosts):
        rows = np.flatnonzero(program.allowed[:, host])
        many = min(len(rows), 2 * int(program.most[host]))
        if many:
            best = rows[np.argpartition(-hint[rows, host], many - 1)[:many]]
            found.append(np.stack([best, np.full(many, host)], axis=1))
    pairs = np.unique(np.concatenate(found), axis=0)
    return pairs[program.allowed[pairs[:, 0], pairs[:, 1]]]


def _branch(part: Program, answer: Solution) -> Decision | None:
    """Where to cut: the host, else the pair, that the linear program leaves most undecided."""
    undecided = ~part.must & part.allowed.any(axis=0)
    if undecided.any():
        doubt = np.where(undecided, np.abs(answer.y - 0.5), 2)
        host = int(doubt.argmin())
        if doubt[host] < 0.5 - NEAR:
            return Decision(host, None, bool(answer.y[host] >= 0.5))
    at = np.flatnonzero(part.allowed[answer.rows, answer.columns])
    if len(at):
        doubt = np.abs(answer.x[at] - 0.5)
        pair = at[int(doubt.argmin())]
        if doubt.min() < 0.5 - NEAR or not undecided.any():
            mentee, host = int(answer.rows[pair]), int(answer.columns[pair])
            return Decision(host, mentee, bool(answer.x[pair] >= 0.5))
    if undecided.any():
        host = int(np.flatnonzero(undecided)[0])
        return Decision(host, None, bool(answer.y[host] >= 0.5))
    return None


def _cliques(apart: np.ndarray) -> list[tuple[int, ...]]:
    """People all to be kept apart from each other, so that every pair to be kept apart is in one of these."""
    beside: dict[int, set[int]] = {}
    for one, other in apart.tolist():
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    covered: set[tuple[int, int]] = set()
    found = []
    for one, other in apart.tolist():
        if (one, other) in covered:
            continue
        people = [one, other]
        for third in sorted(beside[one] & beside[other]):
            if beside[third] >= set(people):
                people.append(third)
        people.sort()
        covered |= {(a, b) for a in people for b in people if a < b}
        found.append(tuple(people))
    return found
