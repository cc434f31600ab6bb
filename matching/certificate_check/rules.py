"""The hard rules once more, read from the snapshot."""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np

Block = Callable[[np.ndarray], np.ndarray]


def forbidden(snapshot: Mapping) -> Block:
    """Whether each pair of some mentees with all mentors is forbidden."""
    mentees, mentors, rules = snapshot["mentees"], snapshot["mentors"], snapshot["rules"]
    off = set(rules["switched_off"])
    today = date.fromisoformat(rules["today"])
    months = today.year * 12 + today.month - 1 - rules["months_after_early_end"]
    since = (months // 12, months % 12 + 1, today.day)
    spared: dict = {}
    for mentee, mentor, codes, reason in rules["overrides"]:
        if not reason.strip() or {"safety_block", "same_person"} & set(codes):
            raise ValueError("An override without a reason, or of a rule that is never overridden.")
        spared.setdefault((mentee, mentor), set()).update(codes)
    if {"safety_block", "same_person"} & off:
        raise ValueError("Safety is never switched off.")
    column = {person["id"]: at for at, person in enumerate(mentors)}
    named: dict[int, dict] = {}

    def forbid(row, at, rule):
        named.setdefault(row, {}).setdefault(at, set()).add(rule)

    def reasons(person):
        for field, rule in (
            ("reports_to", "reporting_line"),
            ("excludes", "excluded"),
            ("blocked", "safety_block"),
        ):
            for other in person.get(field, ()):
                yield other, rule
        for other, ended in person.get("ended_early_with", {}).items():
            day = date.fromisoformat(ended)
            if (day.year, day.month, day.day) > since:
                yield other, "ended_early"

    row_of = {person["id"]: at for at, person in enumerate(mentees)}
    for row, person in enumerate(mentees):
        if person["id"] in column:
            forbid(row, column[person["id"]], "same_person")
        for other, rule in reasons(person):
            if other in column:
                forbid(row, column[other], rule)
    for at, person in enumerate(mentors):
        for other, rule in reasons(person):
            if other in row_of:
                forbid(row_of[other], at, rule)
    groups = [
        (
            "language",
            *_grouped(mentees, mentors, lambda p: frozenset(p.get("languages", ())) or None, _no_tongue),
        ),
        (
            "hours",
            *_grouped(mentees, mentors, _minutes, lambda a, b: (a & b).bit_count() < rules["shared_minutes"]),
        ),
    ]

    def block(rows):
        closed = np.zeros((len(rows), len(mentors)), bool)
        for rule, table, ours, theirs in groups:
            if rule not in off:
                closed |= np.take(table[ours[rows]], theirs, axis=1)
        for at, row in enumerate(rows.tolist()):
            for j, found in named.get(row, {}).items():
                closed[at, j] |= bool(found - off)
        for (mentee, mentor), codes in spared.items():
            row, j = row_of.get(mentee), column.get(mentor)
            where = np.flatnonzero(rows == row) if row is not None and j is not None else ()
            for at in where:
                still = {rule for rule, table, ours, theirs in groups if table[ours[row], theirs[j]]}
                closed[at, j] = bool((still | named.get(row, {}).get(j, set())) - off - codes)
        return closed

    return block


def _minutes(person):
    """The minutes of the week worked, as the bits of one number."""
    if "hours" not in person:
        return None
    bits = 0
    for start, end in person["hours"]:
        bits |= ((1 << (end - start)) - 1) << start
    return bits


def _no_tongue(a, b) -> bool:
    return not a & b


def _grouped(mentees, mentors, read, apart):
    """People who answer alike, and whether each group is kept apart from each of the other side; unknown:
    never.
    """
    ours, theirs = [read(person) for person in mentees], [read(person) for person in mentors]
    a = {answer: at for at, answer in enumerate(dict.fromkeys(ours))}
    b = {answer: at for at, answer in enumerate(dict.fromkeys(theirs))}
    table = np.zeros((len(a), len(b)), bool)
    for one, row in a.items():
        for other, at in b.items():
            table[row, at] = one is not None and other is not None and apart(one, other)
    return table, np.array([a[x] for x in ours], np.int64), np.array([b[x] for x in theirs], np.int64)
