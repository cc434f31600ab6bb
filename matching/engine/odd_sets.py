"""Odd sets that a half-whole pairing overfills: the search that makes the linear program of peers exact.

Among k people, k odd, at most (k - 1) / 2 pairs fit.  Where pairs are taken in parts, some odd set may hold
more.  Joining people as strongly as they are paired, and whoever is not fully paired with an outsider, such a
set is one that less than 1 holds to the rest; the weakest one lies among the cuts of a cut tree (Padberg and
Rao; the tree after Gusfield).
"""

import numpy as np
from ortools.graph.python import max_flow

NEAR = 1e-6
STEPS = 10**7


def overfilled(n: int, pairs: np.ndarray, x: np.ndarray) -> list[np.ndarray]:
    """Odd sets of ``n`` people that hold more of the pairs (rows of two people, taken to the part ``x``) than
    fit.

    Components of partly taken pairs are looked at first; only where none of these is overfilled the cut tree
    is.
    """
    part = (x > NEAR) & (x < 1 - NEAR)
    if not part.any():
        return []
    odd = [people for people in components(n, pairs[part]) if len(people) % 2]
    found = [people for people in odd if _held(pairs, x, people) > (len(people) - 1) / 2 + NEAR]
    return found or _by_cut_tree(n, pairs, x)


def components(n: int, pairs: np.ndarray) -> list[np.ndarray]:
    """People joined by these pairs, in groups of two and more."""
    root = list(range(n))

    def find(person):
        while root[person] != person:
            root[person] = root[root[person]]
            person = root[person]
        return person

    for i, j in pairs.tolist():
        root[find(i)] = find(j)
    groups: dict[int, list[int]] = {}
    for person in np.unique(pairs).tolist():
        groups.setdefault(find(person), []).append(person)
    return [np.array(people) for people in groups.values()]


def _held(pairs, x, people) -> float:
    inside = np.zeros(int(pairs.max()) + 1, bool)
    inside[people] = True
    return float(x[inside[pairs[:, 0]] & inside[pairs[:, 1]]].sum())


def _by_cut_tree(n, pairs, x) -> list[np.ndarray]:
    kept = x > NEAR
    ends, strength = pairs[kept], np.rint(x[kept] * STEPS).astype(np.int64)
    paired = np.bincount(ends.ravel(), np.repeat(strength, 2), minlength=n).astype(np.int64)
    lonely = np.flatnonzero(paired < STEPS)
    tails = np.concatenate([ends[:, 0], lonely]).astype(np.int32)
    heads = np.concatenate([ends[:, 1], np.full(len(lonely), n)]).astype(np.int32)
    strength = np.concatenate([strength, STEPS - paired[lonely]])
    parent, weight = _cut_tree(n + 1, tails, heads, strength)
    children: list[list[int]] = [[] for _ in range(n + 1)]
    for node in range(1, n + 1):
        children[parent[node]].append(node)
    found = []
    for node in range(1, n + 1):
        if weight[node] >= STEPS * (1 - NEAR) - 1:
            continue
        side = _below(children, node)
        people = np.array(sorted(set(range(n)) - side if n in side else side))
        if len(people) % 2 and len(people) > 1 and _held(pairs, x, people) > (len(people) - 1) / 2 + NEAR:
            found.append(people)
    # Sets that cross make the linear program slow: the small ones first, and none that meets another.
    apart: list[np.ndarray] = []
    for people in sorted(found, key=len):
        if not any(np.isin(people, other).any() for other in apart):
            apart.append(people)
    return apart


def _below(children, node) -> set[int]:
    side, ahead = set(), [node]
    while ahead:
        at = ahead.pop()
        side.add(at)
        ahead.extend(children[at])
    return side


def _cut_tree(nodes, tails, heads, strength):
    """For each node but the first its parent in the tree, and the strength of the cut between the two."""
    parent, weight = [0] * nodes, [0] * nodes
    for node in range(1, nodes):
        other = parent[node]
        flow = max_flow.SimpleMaxFlow()
        for a, b in ((tails, heads), (heads, tails)):
            flow.add_arcs_with_capacity(a, b, strength)
        if flow.num_nodes() <= max(node, other):
            cut, side = 0, {node}
        else:
            flow.solve(node, other)
            cut, side = flow.optimal_flow(), set(flow.get_source_side_min_cut())
        weight[node] = cut
        for at in side:
            if at != node and parent[at] == other and at != other and at > 0:
                parent[at] = node
        if other > 0 and parent[other] in side:
            parent[node], parent[other] = parent[other], node
            weight[node], weight[other] = weight[other], cut
    return parent, weight
