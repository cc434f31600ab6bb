"""How many pairs a general graph holds at most: Edmonds' algorithm, circles of odd length drawn together."""

from collections import deque

import numpy as np


def most_pairs(open_: np.ndarray) -> int:
    """The size of a largest pairing; ``open_`` is (people, people) of bool, symmetric, its diagonal false."""
    n = len(open_)
    beside = [np.flatnonzero(row).tolist() for row in open_]
    mate = [-1] * n
    for person in sorted(range(n), key=lambda p: len(beside[p])):
        if mate[person] < 0:
            free = [other for other in beside[person] if mate[other] < 0]
            if free:
                other = min(free, key=lambda p: len(beside[p]))
                mate[person], mate[other] = other, person
    for person in range(n):
        if mate[person] < 0 and beside[person]:
            _augment(person, beside, mate)
    return sum(other >= 0 for other in mate) // 2


def _augment(root: int, beside: list[list[int]], mate: list[int]) -> bool:
    """Pair ``root`` by a path of swaps, if there is one."""
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
                    while to >= 0:
                        before = parent[to]
                        after = mate[before]
                        mate[to], mate[before] = before, to
                        to = after
                    return True
                seen[mate[to]] = True
                ahead.append(mate[to])
    return False


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
