"""A plan of groups with its proof in plain JSON values, for ``matching.certificate_check.groups``.

People and hosts are row numbers.  Prices are whole parts of a unit.  A proof is a list of nodes: the first
stands for all plans; a node with ``host`` cuts its plans in those where that host stays closed (``no``) and
opens (``yes``), or, with ``mentee``, where that pair is out or in; a node of prices closes its plans.  Prices
of nodes name only the mentees who are priced otherwise than in ``root``.  The root's own prices show which
pairs and hosts no better plan has at all.
"""

import numpy as np

from matching.engine.group_program import PARTS, Branch, Leaf, Proof
from matching.engine.groups import Groups


def certify_groups(found: Groups) -> dict:
    """What is stored of an answer, so that it can be checked without engine and solver."""
    return {
        "parts": PARTS,
        "pairs": [
            [mentee, host, units]
            for (mentee, host), units in zip(found.pairs.tolist(), found.earned.tolist(), strict=True)
        ],
        "placed": found.placed,
        "placed_bound": found.placed_bound,
        "value": found.units,
        "bound": found.bound_units,
        "proven": found.proven,
        "floor": None if found.floor is None else round(found.floor * found.scale),
        "floor_proven": found.floor_proven,
        "proof": _plain(found.proof),
        "proof_placed": _plain(found.proof_placed),
        "proof_above": _plain(found.proof_above),
    }


def _plain(proof: Proof | None) -> dict | None:
    if proof is None:
        return None
    root = proof.root
    return {
        "root": _prices(root, np.zeros_like(root.multipliers)),
        "nodes": [_node(node, root.multipliers) for node in proof.nodes],
    }


def _node(node: Leaf | Branch, usual: np.ndarray) -> dict:
    if isinstance(node, Leaf):
        return _prices(node, usual)
    return {"host": node.host, "mentee": node.mentee, "no": node.no, "yes": node.yes}


def _prices(leaf: Leaf, usual: np.ndarray) -> dict:
    changed = np.flatnonzero(leaf.multipliers != usual)
    return {
        "multipliers": np.stack([changed, leaf.multipliers[changed]], axis=1).tolist(),
        "bonus": leaf.bonus,
        "apart": [[list(people), host, price] for (people, host), price in leaf.apart],
    }
