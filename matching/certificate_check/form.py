"""Whether a snapshot is a question at all: values of the right kind and within their range, in their one form.

What was not answered is left out of a snapshot; an empty answer is a change of it.  Fields that no score and no
rule reads may be there.
"""

from collections.abc import Mapping
from datetime import date
from math import isfinite

FORMATS = ("pairs", "peer", "group")
OBJECTIVES = ("coverage", "total", "worst_off")
CRITERIA = (
    "values",
    "working_style",
    "learning",
    "interests",
    "topics",
    "preferences",
    "practicality",
    "experience",
)
WISHES = ("same", "different", "one_of")
MODES = ("in_person", "hybrid", "virtual", "asynchronous")
WEEK = 7 * 24 * 60
TEXTS = ("values", "topics_offered", "interests", "different_from_me_in", "languages")
PEOPLE = ("reports_to", "excludes", "blocked")
OVERRIDABLE = ("reporting_line", "excluded", "ended_early", "language", "hours")


def well_formed(snapshot: Mapping) -> bool:
    """May raise ``KeyError``, ``TypeError``, ``ValueError`` or ``AttributeError`` instead of answering no."""
    people = [person for side in ("mentees", "mentors", "people") for person in snapshot.get(side, ())]
    return (
        snapshot["format"] in FORMATS
        and snapshot["version"] == 1
        and snapshot["objective"] in OBJECTIVES
        and _whole(snapshot["minimum_score"])
        and _span(snapshot["distance"])
        and _weights(snapshot["weights"])
        and _rules(snapshot["rules"])
        and all(_texts(pair) and len(pair) == 2 for pair in snapshot["locked"])
        and all(map(_person, people))
    )


def _whole(number, least=None, most=None) -> bool:
    return type(number) is int and (least is None or number >= least) and (most is None or number <= most)


def _text(text) -> bool:
    return isinstance(text, str) and bool(text)


def _texts(texts) -> bool:
    return isinstance(texts, list) and bool(texts) and all(isinstance(text, str) for text in texts)


def _span(span) -> bool:
    return isinstance(span, list) and len(span) == 2 and all(map(_whole, span)) and span[0] <= span[1]


def _weights(weights) -> bool:
    return (
        set(weights) <= set(CRITERIA)
        and all(type(weight) in (int, float) and isfinite(weight) for weight in weights.values())
        and all(0 <= weight <= 10**6 for weight in weights.values())
        and any(round(weight * 10**6) for weight in weights.values())
    )


def _rules(rules) -> bool:
    date.fromisoformat(rules["today"])
    return (
        _whole(rules["shared_minutes"], 0, WEEK)
        and _whole(rules["months_after_early_end"], 0, 1200)
        and isinstance(rules["switched_off"], list)
        and set(rules["switched_off"]) <= set(OVERRIDABLE)
        and all(
            _text(one)
            and _text(other)
            and _texts(codes)
            and set(codes) <= set(OVERRIDABLE)
            and _text(reason.strip())
            for one, other, codes, reason in rules["overrides"]
        )
    )


def _person(person) -> bool:
    return (
        _text(person["id"])
        and _whole(person["capacity"], 0)
        and all(_texts(person[name]) for name in (*TEXTS, *PEOPLE) if name in person)
        and all(_text(person[name]) for name in ("site", "grade") if name in person)
        and all(_ranks(person[name], None) for name in ("topics_wanted", "chosen") if name in person)
        and _ranks(person.get("working_style", {"": 1}), 5)
        and person.get("mode", MODES[0]) in MODES
        and _whole(person.get("learning_orientation", 1), 1, 5)
        and _whole(person.get("experience", 0), 0, 100)
        and _span(person.get("distance_wished", [0, 0]))
        and all(map(_texts, person.get("attributes", {}).values()))
        and all(date.fromisoformat(day) for day in person.get("ended_early_with", {}).values())
        and _hours(person.get("hours", []))
        and _preferences(person)
    )


def _ranks(ranks, most) -> bool:
    return isinstance(ranks, dict) and bool(ranks) and all(_whole(rank, 1, most) for rank in ranks.values())


def _hours(hours) -> bool:
    edges = [minute for start, end in hours for minute in (start, end)]
    return (
        all(_whole(edge, 0, WEEK) for edge in edges)
        and edges == sorted(edges)
        and all(start < end for start, end in hours)
    )


def _preferences(person) -> bool:
    if "preferences" not in person:
        return True
    stated = person["preferences"]
    return (
        isinstance(stated, list)
        and bool(stated)
        and all(
            _text(attribute) and wish in WISHES and (_texts(values) if wish == "one_of" else values == [])
            for attribute, wish, values in stated
        )
    )
