"""Why a pair fits: facts from the two people's own answers, as codes and values that the app turns into
sentences.

Facts come in the order of ``CRITERIA``, deep-level reasons first.  A fact with ``warning`` is something to
look at before publishing; it breaks no hard rule.

=============  =====================  ====================================================================
criterion      code                   details
=============  =====================  ====================================================================
values         shared_values          values (the mentee's order), first (those among the first two of both)
working_style  close_style            sliders at most one step apart
working_style  far_style              sliders three steps or more apart; a warning from two of them on
learning       both_high, learning    mentee, mentor (1..5)
interests      shared_interests       interests
topics         topics_covered         covered, missing (the mentee's order), of (how many were wanted)
topics         topics_none (warning)  missing, of
preferences    chosen                 by, rank
preferences    preference_met         by, attribute, wish, values (same, one of: those in common)
preferences    preference_unmet (w.)  by, attribute, wish, values (the other's)
practicality   shared_time            minutes a week, intervals (minutes of the UTC week)
practicality   little_time (warning)  the same
practicality   same_mode, near_mode   mentee, mentor
practicality   far_mode (warning)     mentee, mentor
practicality   same_site              site
practicality   far_site (warning)     mentee, mentor
experience     distance_as_wished     more, least, most
experience     distance_off (w.)      more, least, most
any            nothing_shared         both answered, nothing in common (values, interests)
any            not_answered           by: ["mentee"], ["mentor"] or both
=============  =====================  ====================================================================
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from matching.engine.availability import length, shared
from matching.engine.profiles import DIFFERENT, MENTEE, MENTOR, Person
from matching.engine.questions import CRITERIA, FULL_FIT, distance_fit, mode_fit, top_values, wish_fit

DEEP = CRITERIA[:4]
LITTLE_TIME = 4 * 60
# One slider far apart is found in nearly every pair; from two on it is something to look at.
FAR_IN_STYLE = 2


@dataclass(frozen=True, slots=True)
class Fact:
    criterion: str
    code: str
    details: dict = field(default_factory=dict)
    warning: bool = False


def evidence(mentee: Person, mentor: Person, *, distance: tuple[int, int]) -> list[Fact]:
    """What speaks for and against a pair.  All details are plain values that JSON can hold.  ``distance`` is the one of
    the question that was scored: at least and at most how much more experience the mentor should have."""
    return [
        *_values(mentee, mentor),
        *_style(mentee, mentor),
        *_learning(mentee, mentor),
        *_interests(mentee, mentor),
        *_topics(mentee, mentor),
        *_preferences(mentee, mentor),
        *_practicality(mentee, mentor),
        *_experience(mentee, mentor, distance),
    ]


def deep_reason(facts: list[Fact]) -> bool:
    """Whether any deep-level reason (values, style, learning, interests) speaks for the pair."""
    good = {"shared_values", "close_style", "both_high", "shared_interests"}
    return any(fact.code in good for fact in facts)


def _missing(criterion: str, asked, answered) -> Iterator[Fact]:
    by = [role for role, given in ((MENTEE, asked), (MENTOR, answered)) if not given]
    yield Fact(criterion, "not_answered", {"by": by})


def _values(mentee, mentor):
    ours, theirs = top_values(mentee), top_values(mentor)
    if not ours or not theirs:
        yield from _missing("values", ours, theirs)
        return
    common = [value for value in ours if value in theirs]
    first = [value for value in common if value in ours[:2] and value in theirs[:2]]
    if common:
        yield Fact("values", "shared_values", {"values": common, "first": first})
    else:
        yield Fact("values", "nothing_shared")


def _style(mentee, mentor):
    sliders = sorted(set(mentee.working_style) & set(mentor.working_style))
    if not sliders:
        yield from _missing("working_style", mentee.working_style, mentor.working_style)
        return
    apart = {slider: abs(mentee.working_style[slider] - mentor.working_style[slider]) for slider in sliders}
    close = [slider for slider in sliders if apart[slider] <= 1 and slider not in mentee.different_from_me_in]
    far = [slider for slider in sliders if apart[slider] >= 3 and slider not in mentee.different_from_me_in]
    if close:
        yield Fact("working_style", "close_style", {"sliders": close})
    if far:
        yield Fact("working_style", "far_style", {"sliders": far}, warning=len(far) >= FAR_IN_STYLE)


def _learning(mentee, mentor):
    ours, theirs = mentee.learning_orientation, mentor.learning_orientation
    if ours is None or theirs is None:
        yield from _missing("learning", ours is not None, theirs is not None)
        return
    code = "both_high" if min(ours, theirs) >= 4 else "learning"
    yield Fact("learning", code, {"mentee": ours, "mentor": theirs})


def _interests(mentee, mentor):
    if not mentee.interests or not mentor.interests:
        yield from _missing("interests", mentee.interests, mentor.interests)
        return
    common = sorted(mentee.interests & mentor.interests)
    if common:
        yield Fact("interests", "shared_interests", {"interests": common})
    else:
        yield Fact("interests", "nothing_shared")


def _topics(mentee, mentor):
    wanted = [topic for topic, _ in sorted(mentee.topics_wanted.items(), key=lambda item: (item[1], item[0]))]
    if not wanted or not mentor.topics_offered:
        yield from _missing("topics", wanted, mentor.topics_offered)
        return
    covered = [topic for topic in wanted if topic in mentor.topics_offered]
    missing = [topic for topic in wanted if topic not in mentor.topics_offered]
    if covered:
        yield Fact("topics", "topics_covered", {"covered": covered, "missing": missing, "of": len(wanted)})
    else:
        yield Fact("topics", "topics_none", {"missing": missing, "of": len(wanted)}, warning=True)


def _preferences(mentee, mentor):
    said = {MENTEE: False, MENTOR: False}
    for by, asker, other in ((MENTEE, mentee, mentor), (MENTOR, mentor, mentee)):
        if other.id in asker.chosen:
            said[by] = True
            yield Fact("preferences", "chosen", {"by": by, "rank": asker.chosen[other.id]})
        for (attribute, wish), values in asker.wishes().items():
            answer = other.has(attribute)
            if not answer:
                continue
            said[by] = True
            met = wish_fit((wish, values), answer) == FULL_FIT
            named = sorted(values & answer) if met and wish != DIFFERENT else sorted(answer)
            details = {"by": by, "attribute": attribute, "wish": wish, "values": named}
            code = "preference_met" if met else "preference_unmet"
            yield Fact("preferences", code, details, warning=not met)
    if not any(said.values()):
        yield from _missing("preferences", said[MENTEE], said[MENTOR])


def _practicality(mentee, mentor):
    said = False
    if mentee.hours is not None and mentor.hours is not None:
        said = True
        both = shared(mentee.hours, mentor.hours)
        minutes = length(both)
        little = minutes < LITTLE_TIME
        details = {"minutes": minutes, "intervals": [list(interval) for interval in both]}
        yield Fact("practicality", "little_time" if little else "shared_time", details, warning=little)
    if mentee.mode and mentor.mode:
        said = True
        fit = mode_fit(mentee.mode, mentor.mode)
        code = "same_mode" if fit == FULL_FIT else "near_mode" if fit else "far_mode"
        yield Fact("practicality", code, {"mentee": mentee.mode, "mentor": mentor.mode}, warning=not fit)
    if mentee.mode in ("in_person", "hybrid") and mentee.site and mentor.site:
        said = True
        if mentee.site == mentor.site:
            yield Fact("practicality", "same_site", {"site": mentee.site})
        else:
            yield Fact(
                "practicality", "far_site", {"mentee": mentee.site, "mentor": mentor.site}, warning=True
            )
    if not said:
        yield from _missing(
            "practicality",
            mentee.hours is not None or mentee.mode,
            mentor.hours is not None or mentor.mode,
        )


def _experience(mentee, mentor, distance):
    if mentee.experience is None or mentor.experience is None:
        yield from _missing("experience", mentee.experience is not None, mentor.experience is not None)
        return
    least, most = mentee.distance_wished or distance
    more = mentor.experience - mentee.experience
    good = distance_fit((mentee.experience, (least, most)), mentor.experience) == FULL_FIT
    code = "distance_as_wished" if good else "distance_off"
    yield Fact("experience", code, {"more": more, "least": least, "most": most}, warning=not good)
