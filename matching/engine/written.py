"""People, rules and answers as plain JSON values, and back: what snapshots and certificates are made of."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from importlib.metadata import version

from matching.engine.errors import BadProfile, BadQuestion, BadRules, EngineError
from matching.engine.profiles import Person, Preference
from matching.engine.rules import Override, Rule, Rules

VERSION = 1
SIDES = {"pairs": ("mentees", "mentors"), "peer": ("people",), "group": ("mentees", "mentors")}
PARTS = {"version", "weights", "distance", "objective", "locked", "minimum_score", "rules"}
SETS = (
    "topics_offered",
    "interests",
    "different_from_me_in",
    "languages",
    "reports_to",
    "excludes",
    "blocked",
)
MAPS = ("topics_wanted", "working_style", "chosen")
PLAIN = ("mode", "site", "grade", "learning_orientation", "experience")


def readable(question: Mapping) -> None:
    """Look whether a snapshot has all its parts, each of its kind; people and rules are looked at where they are
    read.
    """
    if question.get("format") not in SIDES:
        raise BadQuestion(f"There is no program of the format {question.get('format')!r}.", field="format")
    missing = sorted({*PARTS, *SIDES[question["format"]]} - set(question))
    if missing:
        raise BadQuestion(f"The snapshot lacks {missing[0]!r}.")
    for part, is_one in (
        ("version", lambda version: version == VERSION),
        ("objective", lambda objective: isinstance(objective, str)),
        ("weights", lambda weights: isinstance(weights, Mapping)),
        ("distance", lambda span: _whole(*span) and len(span) == 2 and span[0] <= span[1]),
        ("locked", lambda pairs: all(isinstance(one + other, str) for one, other in pairs)),
        ("minimum_score", lambda least: _whole(least)),
    ):
        try:
            right = is_one(question[part])
        except (TypeError, ValueError):
            right = False
        if not right:
            raise BadQuestion(f"The snapshot's {part} cannot be read: {question[part]!r}.", field=part)


def _whole(*numbers) -> bool:
    return all(type(number) is int for number in numbers)


def people_written(people: Sequence[Person]) -> list[dict]:
    """In the order of their ids."""
    return [_plain(person) for person in sorted(people, key=lambda person: person.id)]


def people_read(role: str, written: Sequence[Mapping]) -> list[Person]:
    return [_person(role, plain) for plain in written]


def rules_written(rules: Rules) -> dict:
    return {
        "today": rules.today.isoformat(),
        "shared_minutes": rules.shared_minutes,
        "months_after_early_end": rules.months_after_early_end,
        "switched_off": [rule.code for rule in Rule if rule & rules.switched_off],
        "overrides": sorted(
            [o.mentee, o.mentor, [rule.code for rule in Rule if rule & o.rule], o.reason]
            for o in rules.overrides
        ),
    }


def rules_read(written: Mapping) -> Rules:
    try:
        return Rules(
            today=date.fromisoformat(written["today"]),
            shared_minutes=written["shared_minutes"],
            months_after_early_end=written["months_after_early_end"],
            switched_off=_rule(written["switched_off"]),
            overrides=tuple(
                Override(mentee=mentee, mentor=mentor, rule=_rule(codes), reason=reason)
                for mentee, mentor, codes, reason in written["overrides"]
            ),
        )
    except EngineError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as strange:
        raise BadRules(f"The rules of the snapshot cannot be read: {strange}.") from strange


def sealed(answer: Mapping) -> dict:
    """An answer with the versions it was made with and a digest over all of it."""
    made = {**answer, "made_with": {name: version(name) for name in ("numpy", "ortools")}}
    return {**made, "digest": digest(made)}


def digest(values) -> str:
    """SHA-256 of the canonical JSON of plain values."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return sha256(text.encode()).hexdigest()


def _rule(codes: Sequence[str]) -> Rule:
    found = Rule(0)
    for code in codes:
        found |= Rule[code.upper()]
    return found


def _plain(person: Person) -> dict:
    """What a person answered, leaving out what they did not."""
    plain = {
        "id": person.id,
        "capacity": person.capacity,
        "values": list(person.values),
        "preferences": [[p.attribute, p.wish, sorted(p.values)] for p in person.preferences],
        "attributes": {name: sorted(values) for name, values in sorted(person.attributes.items()) if values},
        "ended_early_with": {
            other: day.isoformat() for other, day in sorted(person.ended_early_with.items())
        },
        **{name: sorted(getattr(person, name)) for name in SETS},
        **{name: dict(sorted(getattr(person, name).items())) for name in MAPS},
        **{name: getattr(person, name) for name in PLAIN},
    }
    plain = {name: value for name, value in plain.items() if value not in ([], {}, "", None)}
    if person.hours is not None:
        plain["hours"] = [list(interval) for interval in person.hours]
    if person.distance_wished is not None:
        plain["distance_wished"] = list(person.distance_wished)
    return plain


def _person(role: str, plain: Mapping) -> Person:
    given = dict(plain)
    try:
        for name, make in (
            ("preferences", lambda all_: tuple(Preference(a, w, frozenset(v)) for a, w, v in all_)),
            (
                "ended_early_with",
                lambda days: {other: date.fromisoformat(day) for other, day in days.items()},
            ),
            ("hours", lambda hours: tuple((start, end) for start, end in hours)),
            ("distance_wished", tuple),
            ("values", tuple),
        ):
            if name in given:
                given[name] = make(given[name])
        return Person(role=role, **given)
    except EngineError:
        raise
    except (AttributeError, TypeError, ValueError) as strange:
        raise BadProfile(f"A person in the snapshot cannot be read: {strange}.") from strange
