"""How many pairs a general graph holds at most: Edmonds' algorithm, circles of odd length drawn together."""

from collections import deque

import numpy as np


def most_pairs(open_: np.ndarray) -> int:
    """The size of a largest pairing; ``open_`` is (people, people) of bool, symmetric, its diagonal false."""
    return sum(other >= 0 for other in _largest(_beside(open_))) // 2


def barrier(open_: np.ndarray) -> np.ndarray:
    """People (bool) whose leaving proves that a largest pairing is one (Tutte and Berge).

    Without them the others fall apart into groups that cannot meet; each group of odd size leaves one person to be
    paired with the barrier, so no pairing holds more than half of (people + barrier - odd groups).  For this barrier,
    that of Gallai and Edmonds, a pairing of that size exists.
    """
    beside = _beside(open_)
    n, mate = len(beside), _largest(beside)
    alone = [person for person in range(n) if mate[person] < 0]
    # One search from all who are alone: behind each stands a helper, and before all helpers one root.
    root = n + len(alone)
    for helper, person in enumerate(alone, n):
        mate[person] = helper
    beside += [[person, root] for person in alone] + [list(range(n, root))]
    outer = np.array(_search(root, beside, [*mate, *alone, -1])[2][:n], bool)
    return np.asarray(open_)[outer].any(axis=0) & ~outer


def _beside(open_: np.ndarray) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in open_]


def _largest(beside: list[list[int]]) -> list[int]:
    """For each person the partner in a largest pairing, or -1."""
    n = len(beside)
    mate = [-1] * n
    for person in sorted(range(n), key=lambda p: len(beside[p])):
        if mate[person] < 0:
            free = [other for other in beside[person] if mate[other] < 0]
            if free:
                other = min(free, key=lambda p: len(beside[p]))
                mate[person], mate[other] = other, person
    for person in range(n):
        if mate[person] < 0 and beside[person]:
            to, parent, _ = _search(person, beside, mate)
            while to >= 0:
                before = parent[to]
                after = mate[before]
                mate[to], mate[before] = before, to
                to = after
    return mate


def _search(root: int, beside: list[list[int]], mate: list[int]) -> tuple[int, list[int], list[bool]]:
    """Look for somebody alone at the end of a path of swaps from ``root``, who is alone too.

    The end or -1, the way back from it, and who could be left alone by such swaps.
    """
    n = len(mate)
    parent, base, seen = [-1] * n, list(range(n)), [False] * n
    seen[root] = True
    ahead = deque([root])
    while ahead:
        at = ahead.popleft()
        for to in beside[at]:
            if base[at] == base[to] or mate[at] == to:
                continue
            if to == root or (mate[to] >= 0 and parent[mate[to]] >= 0):
                _draw_together(at, to, mate, parent, base, seen, ahead)
            elif parent[to] < 0:
                parent[to] = at
                if mate[to] < 0:
                    return to, parent, seen
                seen[mate[to]] = True
                ahead.append(mate[to])
    return -1, parent, seen


def _draw_together(at, to, mate, parent, base, seen, ahead) -> None:
    """Two outer people meet: everybody on the circle between them becomes one."""
    common = _common(at, to, mate, parent, base)
    inside = set()
    for person, child in ((at, to), (to, at)):
        while base[person] != common:
            inside |= {base[person], base[mate[person]]}
            parent[person] = child
            child = mate[person]
            person = parent[child]
    for person in range(len(mate)):
        if base[person] in inside:
            base[person] = common
            if not seen[person]:
                seen[person] = True
                ahead.append(person)


def _common(one, other, mate, parent, base) -> int:
    """Where the ways of two people back to the root meet."""
    passed = set()
    while True:
        one = base[one]
        passed.add(one)
        if mate[one] < 0:
            break
        one = parent[mate[one]]
    while base[other] not in passed:
        other = parent[mate[base[other]]]
    return base[other]
