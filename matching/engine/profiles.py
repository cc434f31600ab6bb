"""A person as the engine sees one: plain values, nothing that the score or the rules do not use.

``None`` or an empty collection means "not answered"; what that does to a score is said in ``scoring``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from matching.engine.availability import WEEK, Interval
from matching.engine.errors import BadProfile

MENTEE, MENTOR = "mentee", "mentor"
MODES = ("in_person", "hybrid", "virtual", "asynchronous")
SAME, DIFFERENT, ONE_OF = "same", "different", "one_of"

NOTHING: Mapping = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Preference:
    """What somebody wishes of the other: ``same`` or ``different`` in an attribute, or ``one_of`` some values
    of it.
    """

    attribute: str
    wish: str = SAME
    values: frozenset[str] = frozenset()

    def __post_init__(self):
        if self.wish not in (SAME, DIFFERENT, ONE_OF):
            raise BadProfile(f"A preference cannot be {self.wish!r}.", field="preferences")
        object.__setattr__(self, "values", _texts(self.values, "preferences"))
        if (self.wish == ONE_OF) != bool(self.values):
            raise BadProfile(
                "A preference for one of several values names them; others name none.", field="preferences"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person in one role of one program.

    ``capacity`` is the places a mentor offers, or the mentors a mentee wants.  ``topics_wanted`` maps a topic
    to its rank (1 matters most, ties allowed).  ``values`` are in order, first matters most.
    ``working_style`` maps a slider to 1..5, ``learning_orientation`` is 1..5.  ``hours`` are those of
    ``availability``.  ``experience`` counts years, or steps of a grade scale, the same for everybody in a
    run; ``distance_wished`` is how much more the mentor should have, at least and at most.  ``attributes``
    holds whatever preferences may name (function, unit, and what a person chose to say), each a set of
    values.  ``chosen`` ranks people of the other side by id (1 first, ties allowed). ``reports_to`` is
    everybody above in the line, dotted and appraising included, all the way up.  ``excludes`` are those named
    in "not this person", ``blocked`` those kept apart for safety, ``ended_early_with`` the day an earlier
    relationship with somebody ended early.
    """

    id: str
    role: str
    capacity: int = 1
    topics_wanted: Mapping[str, int] = field(default_factory=dict)
    topics_offered: frozenset[str] = frozenset()
    values: tuple[str, ...] = ()
    working_style: Mapping[str, int] = field(default_factory=dict)
    learning_orientation: int | None = None
    interests: frozenset[str] = frozenset()
    preferences: tuple[Preference, ...] = ()
    different_from_me_in: frozenset[str] = frozenset()
    chosen: Mapping[str, int] = field(default_factory=dict)
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    mode: str = ""
    site: str = ""
    grade: str = ""
    hours: tuple[Interval, ...] | None = None
    languages: frozenset[str] = frozenset()
    experience: int | None = None
    distance_wished: tuple[int, int] | None = None
    reports_to: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    ended_early_with: Mapping[str, date] = field(default_factory=dict)

    def __post_init__(self):
        if not isinstance(self.id, str) or not self.id:
            raise BadProfile("Everybody needs a stable id.", field="id")
        if self.role not in (MENTEE, MENTOR):
            raise BadProfile(f"{self.role!r} is not a role of a pair.", field="role")
        if not _whole(self.capacity) or self.capacity < 0:
            raise BadProfile("Places are a whole number of zero or more.", field="capacity")
        for name in (
            "topics_offered",
            "interests",
            "different_from_me_in",
            "languages",
            "reports_to",
            "excludes",
            "blocked",
        ):
            object.__setattr__(self, name, _texts(getattr(self, name), name))
        object.__setattr__(self, "values", tuple(dict.fromkeys(self.values)))
        stated = sorted(set(self.preferences), key=lambda p: (p.attribute, p.wish, sorted(p.values)))
        object.__setattr__(self, "preferences", tuple(stated))
        object.__setattr__(
            self,
            "attributes",
            {name: _texts(given, "attributes") for name, given in self.attributes.items() if given},
        )
        self._check_scales()

    def _check_scales(self):
        for name in ("topics_wanted", "chosen"):
            if not all(_whole(rank) and rank >= 1 for rank in getattr(self, name).values()):
                raise BadProfile("Ranks are whole numbers from 1.", field=name)
        if not all(_whole(step) and 1 <= step <= 5 for step in self.working_style.values()):
            raise BadProfile("A working-style slider stands between 1 and 5.", field="working_style")
        learning = self.learning_orientation
        if learning is not None and not (_whole(learning) and 1 <= learning <= 5):
            raise BadProfile("Learning orientation stands between 1 and 5.", field="learning_orientation")
        if self.mode and self.mode not in MODES:
            raise BadProfile(f"{self.mode!r} is not a way to meet.", field="mode")
        if self.experience is not None and not (_whole(self.experience) and 0 <= self.experience <= 100):
            raise BadProfile("Experience is a whole number between 0 and 100.", field="experience")
        wished = self.distance_wished
        if wished is not None and not (
            len(wished) == 2 and all(map(_whole, wished)) and wished[0] <= wished[1]
        ):
            raise BadProfile(
                "The wished distance is a smallest and a largest whole number.", field="distance_wished"
            )
        if self.hours is not None:
            edges = [minute for interval in self.hours for minute in interval]
            if (
                any(a >= b for a, b in self.hours)
                or edges != sorted(edges)
                or not all(0 <= e <= WEEK for e in edges)
            ):
                raise BadProfile("Working hours are sorted, separate minutes of one week.", field="hours")

    def has(self, attribute: str) -> frozenset[str]:
        """The values of an attribute that a preference may name; empty when unknown."""
        if attribute == "languages":
            return self.languages
        if attribute in ("site", "grade", "mode"):
            given = getattr(self, attribute)
            return frozenset((given,)) if given else frozenset()
        return self.attributes.get(attribute, frozenset())

    def wishes(self) -> dict[tuple[str, str], frozenset[str]]:
        """Stated preferences by attribute and wish, with the values named or, for same and different, one's
        own.

        A wish to be the same or different in something unknown about oneself cannot be answered and is left
        out.
        """
        found: dict[tuple[str, str], frozenset[str]] = {}
        for wish in (*self.preferences, *(Preference(name, DIFFERENT) for name in self.different_from_me_in)):
            if wish.wish == SAME and wish.attribute in self.different_from_me_in:
                continue
            values = wish.values if wish.wish == ONE_OF else self.has(wish.attribute)
            if values:
                key = wish.attribute, wish.wish
                found[key] = found.get(key, frozenset()) | values
        return dict(sorted(found.items()))


def lines_up(
    managers: Mapping[str, Iterable[str]], also: Mapping[str, Iterable[str]] | None = None
) -> dict[str, frozenset[str]]:
    """For each person everybody above in the reporting line, all the way up, and whoever else leads or
    appraises.

    ``managers`` maps a person to the direct managers; ``also`` to dotted-line managers and appraisers, who
    count for that person alone and not for those below.  A circle in the file ends where it began.
    """
    above: dict[str, frozenset[str]] = {}
    for person in {*managers, *(also or {})}:
        seen: set[str] = set()
        ahead = list(managers.get(person, ()))
        while ahead:
            boss = ahead.pop()
            if boss in seen or boss == person:
                continue
            seen.add(boss)
            ahead.extend(managers.get(boss, ()))
        above[person] = frozenset(seen | {other for other in (also or {}).get(person, ()) if other != person})
    return above


def _whole(number) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _texts(given, name) -> frozenset[str]:
    if isinstance(given, str) or not all(isinstance(text, str) for text in given):
        raise BadProfile("Expected a set of texts.", field=name)
    return frozenset(given)
