"""The figures, counted by hand, and held against slow and simple counting day by day."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from statistics import mean, median

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from core.disclosure import Bounded, Hidden, Reason, Shown
from reports.metrics import (
    METRICS,
    HeldMeeting,
    PersonFact,
    RelationshipFact,
    Window,
    active_days,
    active_spans,
    cadence_adherence,
    expected_meetings,
    held_in,
    match_rate,
    meeting_frequency,
    open_relationships,
    stage_distribution,
)

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
JANUARY = Window(JAN, date(2026, 1, 31))
SPRING = Window(JAN, date(2026, 4, 30))


def pair(id_=1, **facts):
    given_ = {"activated_on": JAN, "cadences": ((JAN, 28),), **facts}
    return RelationshipFact(id_, (f"mentor {id_}",), (f"mentee {id_}",), **given_)


def met(*days, minutes=60, **facts):
    return tuple(HeldMeeting(day, minutes, **facts) for day in days)


def on(month, day):
    return date(2026, month, day)


# M-04


def mentee(id_, accepted=JAN, **facts):
    return PersonFact(id_, "mentee", accepted, **facts)


def rate(people, relationships=(), **asked):
    measured = match_rate(people, relationships, **{"role": "mentee", "as_of": MAR, **asked})
    return measured.figures["rate"]


def test_three_of_four_accepted_mentees_were_matched():
    people = [mentee(f"mentee {n}") for n in (1, 2, 3, 4)]
    people[3] = mentee("mentee 4", unmatched_reason="no topic")

    measured = match_rate(people, [pair(1), pair(2), pair(3)], role="mentee", as_of=MAR)

    figure = measured.figures["rate"]
    assert (figure.value, figure.part, figure.whole, figure.people) == (0.75, 3, 4, 4)
    assert measured.breakdown == {"no topic": 1}
    assert (measured.definition.id, measured.as_of, measured.window) == ("M-04", MAR, None)


def test_two_relationships_match_a_person_once():
    twice = RelationshipFact(2, ("mentor 9",), ("mentee 1",), activated_on=FEB)

    assert rate([mentee("mentee 1"), mentee("mentee 2")], [pair(1), twice]).value == 0.5


def test_each_role_is_counted_apart_even_for_one_person():
    both = [PersonFact("p", "mentee", JAN), PersonFact("p", "mentor", JAN), PersonFact("q", "mentor", JAN)]
    relationship = RelationshipFact(1, ("q",), ("p",), activated_on=JAN)

    assert rate(both, [relationship]).value == 1
    assert rate(both, [relationship], role="mentor").value == 0.5


def test_only_accepted_people_and_begun_relationships_count():
    people = [
        mentee("mentee 1"),
        mentee("mentee 2", accepted=None),
        mentee("mentee 3", accepted=MAR + timedelta(1)),
    ]

    assert rate(people, [pair(1, activated_on=None)]).value == 0
    assert rate(people, [pair(1, activated_on=MAR + timedelta(1))]).value == 0
    assert rate(people, [pair(1, activated_on=MAR), pair(2), pair(3)]).whole == 1
    assert rate(people, [pair(1, activated_on=MAR)]).value == 1
    assert rate([]).value is None


@pytest.mark.parametrize(
    ("withdrawn", "closed", "counted"),
    [
        (on(1, 31), FEB, 0),
        (FEB, FEB, 1),
        (on(2, 2), FEB, 1),
        (MAR, None, 0),
        (on(2, 28), None, 0),
        (on(3, 2), None, 1),
        (MAR, on(4, 1), 0),
        (on(3, 2), on(4, 1), 1),
        (on(2, 28), MAR, 0),
        (MAR, MAR, 1),
    ],
)
def test_who_withdrew_before_matching_closed_is_not_counted(withdrawn, closed, counted):
    figure = rate([mentee("mentee 1", withdrawn_on=withdrawn)], [pair(1)], matching_closed_on=closed)

    assert (figure.part, figure.whole) == (counted, counted)


def test_the_unmatched_are_divided_by_reason():
    people = [
        mentee(n, unmatched_reason=reason)
        for n, reason in enumerate(["no topic", "", "no topic", "declined"])
    ]

    measured = match_rate(people, [], role="mentee", as_of=MAR)

    assert measured.breakdown == {"no topic": 2, "": 1, "declined": 1}
    assert measured.released_breakdown().total == Hidden(Reason.SMALL)


def test_the_match_rate_of_few_people_is_hidden_and_of_nearly_all_is_a_bound():
    people = [mentee(f"mentee {n}") for n in range(20)]

    def released(accepted, matched):
        return rate(people[:accepted], [pair(n) for n in range(matched)]).released()

    assert released(4, 4) == Hidden(Reason.SMALL)
    assert released(20, 19) == Bounded(at_least=True, bound=0.9)
    assert released(20, 15) == Shown(0.75, 20, is_share=True)
    assert rate(people, [pair(n) for n in range(15)]).released(k=6) == Bounded(at_least=True, bound=0.7)


# M-08


@pytest.mark.parametrize(
    ("facts", "open_", "paused"),
    [
        ({}, 1, 0),
        ({"activated_on": None}, 0, 0),
        ({"activated_on": MAR}, 1, 0),
        ({"activated_on": on(3, 2)}, 0, 0),
        ({"formal_end_on": MAR}, 0, 0),
        ({"formal_end_on": on(3, 2)}, 1, 0),
        ({"ended_on": MAR}, 0, 0),
        ({"formal_end_on": on(3, 2), "ended_on": on(5, 1)}, 1, 0),
        ({"formal_end_on": FEB, "ended_on": on(5, 1)}, 0, 0),
        ({"pauses": ((FEB, None),)}, 1, 1),
        ({"pauses": ((MAR, None),)}, 1, 1),
        ({"pauses": ((on(3, 2), None),)}, 1, 0),
        ({"pauses": ((FEB, MAR),)}, 1, 0),
        ({"pauses": ((FEB, on(3, 2)),)}, 1, 1),
        ({"pauses": ((JAN, FEB), (FEB, on(3, 9)))}, 1, 1),
        ({"pauses": ((FEB, None),), "formal_end_on": MAR}, 0, 0),
    ],
)
def test_open_is_begun_and_not_formally_ended_and_paused_is_told_apart(facts, open_, paused):
    figures = open_relationships([pair(**facts)], as_of=MAR).figures

    assert {name: figure.value for name, figure in figures.items()} == {
        "open": open_,
        "active": open_ - paused,
        "paused": paused,
    }


def test_people_of_open_relationships_are_counted_once():
    shared = [RelationshipFact(n, ("mira",), (f"mentee {n}",), activated_on=JAN) for n in range(4)]

    figures = open_relationships(shared, as_of=MAR).figures

    assert (figures["active"].value, figures["active"].people, figures["active"].relationships) == (4, 5, 4)
    assert (figures["paused"].value, figures["paused"].people) == (0, 0)


def test_a_few_paused_relationships_cannot_be_subtracted():
    active, paused = [pair(n) for n in range(20)], [pair(n, pauses=((FEB, None),)) for n in range(20, 28)]

    few = open_relationships([*active, *paused[:2]], as_of=MAR).released()
    enough = open_relationships([*active, *paused], as_of=MAR).released()

    assert few == {"active": Shown(20, 40), "paused": Hidden(Reason.SMALL), "open": Hidden(Reason.SMALL)}
    assert enough == {"active": Shown(20, 40), "paused": Shown(8, 16), "open": Shown(28, 56)}
    assert open_relationships(active, as_of=MAR).released(k=41)["active"] == Hidden(Reason.SMALL, 41)


# M-22


def staged(id_, *stages, **facts):
    return pair(id_, stages=tuple((on(*day), stage) for day, stage in stages), **facts)


def counted(*pairs, as_of=MAR):
    measured = stage_distribution(pairs, as_of=as_of)
    return {name: figure.relationships for name, figure in measured.figures.items() if figure.relationships}


def test_each_pair_is_counted_in_the_stage_of_that_day():
    moved = staged(1, ((1, 1), "initiation"), ((2, 15), "cultivation"))
    paused = staged(2, ((1, 1), "initiation"), pauses=((FEB, None),))

    assert counted(moved, paused) == {"cultivation": 1, "paused": 1}
    assert counted(moved, paused, as_of=on(2, 14)) == {"initiation": 1, "paused": 1}
    assert counted(moved, paused, as_of=on(1, 31)) == {"initiation": 2}


def test_redefinition_stands_by_itself_until_it_is_complete():
    over = staged(1, ((1, 1), "separation"), ((2, 1), "redefinition"), formal_end_on=FEB, ended_on=on(2, 20))
    early = staged(2, ((1, 1), "cultivation"), formal_end_on=FEB, ended_on=FEB)

    assert counted(over, early, as_of=on(2, 19)) == {"redefinition": 1}
    assert counted(over, early, as_of=on(2, 20)) == {}


def test_stages_and_paused_sum_to_those_open():
    pairs = [
        staged(1, ((1, 1), "initiation")),
        staged(2, ((1, 1), "cultivation"), pauses=((FEB, None),)),
        staged(3, ((1, 1), "separation"), ((2, 1), "redefinition"), formal_end_on=FEB),
    ]
    open_ = open_relationships(pairs, as_of=MAR).figures["open"].relationships

    assert sum(n for name, n in counted(*pairs).items() if name != "redefinition") == open_ == 2


# M-12


def test_meetings_a_month_by_hand():
    """January has 31 active days, of which the second pair has 11 and the third 20."""
    pairs = [
        pair(1, meetings=met(on(1, 5), on(1, 19))),
        pair(2, activated_on=on(1, 21), meetings=met(on(1, 30), minutes=45)),
        pair(3, pauses=((on(1, 11), on(1, 22)),)),
    ]

    measured = meeting_frequency(pairs, window=JANUARY)

    rates = [2 * 30.44 / 31, 30.44 / 11, 0]
    figures = measured.figures
    assert figures["mean"].value == pytest.approx(sum(rates) / 3)
    assert figures["median"].value == pytest.approx(rates[0])
    assert (figures["held"].value, figures["hours"].value, figures["person_hours"].value) == (3, 2.75, 5.5)
    assert {
        (figure.people, figure.relationships) for name, figure in figures.items() if name != "by_both"
    } == {(6, 3)}
    assert (figures["by_both"].value, figures["by_both"].people, figures["by_both"].relationships) == (
        1,
        4,
        2,
    )
    assert (measured.definition.id, measured.as_of, measured.window) == ("M-12", on(1, 31), JANUARY)


def test_a_meeting_of_a_group_is_one_meeting_and_its_hours_are_told_by_head():
    circle = RelationshipFact(
        1, ("mira",), ("theo", "tess", "toni"), activated_on=JAN, meetings=met(on(1, 9), minutes=90, people=4)
    )

    figures = meeting_frequency([circle], window=JANUARY).figures

    assert (figures["held"].value, figures["hours"].value, figures["person_hours"].value) == (1, 1.5, 6)
    assert figures["mean"].people == 4


def test_how_many_meetings_both_confirmed_is_told_beside_the_number():
    meetings = met(on(1, 5), on(1, 6), on(1, 7)) + met(on(1, 8), by_both=False)

    figure = meeting_frequency([pair(meetings=meetings)], window=JANUARY).figures["by_both"]

    assert (figure.value, figure.part, figure.whole) == (0.75, 3, 4)


def test_without_active_days_there_is_no_frequency():
    figures = meeting_frequency([pair(activated_on=None), pair(2, activated_on=FEB)], window=JANUARY).figures

    assert figures["mean"].value is figures["median"].value is figures["by_both"].value is None
    assert (figures["mean"].people, figures["held"].value, figures["hours"].value) == (0, 0, 0)


def test_a_closing_meeting_on_the_last_day_counts_its_hour_without_an_active_day():
    ended = pair(formal_end_on=FEB, meetings=met(FEB))

    figures = meeting_frequency([ended], window=Window(FEB, on(2, 28))).figures

    assert (figures["held"].value, figures["hours"].relationships, figures["mean"].value) == (1, 1, None)


@pytest.mark.parametrize(
    ("day", "counts"),
    [(on(1, 9), 0), (on(1, 10), 1), (on(1, 15), 1), (on(1, 20), 1), (on(1, 21), 0), (on(2, 1), 0)],
)
def test_meetings_count_from_activation_to_formal_end(day, counts):
    fact = pair(
        activated_on=on(1, 10), formal_end_on=on(1, 20), meetings=met(day), pauses=((on(1, 14), on(1, 16)),)
    )

    assert len(held_in(fact, JANUARY)) == counts


def test_a_meeting_outside_the_window_does_not_count():
    fact = pair(activated_on=on(1, 1), meetings=met(on(1, 31), FEB, on(2, 28), MAR))

    assert [meeting.on for meeting in held_in(fact, Window(FEB, on(2, 28)))] == [FEB, on(2, 28)]
    assert held_in(pair(activated_on=None, meetings=met(FEB)), JANUARY) == []


def test_a_frequency_of_few_is_hidden():
    def released(*relationships):
        return meeting_frequency(relationships, window=JANUARY).figures["mean"].released()

    shared = [RelationshipFact(n, ("mira",), (f"mentee {n}",), activated_on=JAN) for n in range(4)]
    assert released(pair(1), pair(2)) == Hidden(Reason.SMALL)
    assert released(*shared[:3]) == Hidden(Reason.SMALL)
    assert released(*shared) == Shown(0, 5)
    crowd = RelationshipFact(1, ("mira",), tuple("abcd"), activated_on=JAN)
    assert released(crowd) == Hidden(Reason.FEW_PAIRS)


# M-13


def adherence(*relationships, window=SPRING):
    return cadence_adherence(relationships, window=window)


def test_rhythm_kept_by_hand():
    """January to April has 120 days: four meetings every 28 days, eight every 14."""
    pairs = [
        pair(1, meetings=met(on(1, 5), on(2, 5), on(3, 5))),
        pair(2, meetings=met(*(on(1, day) for day in range(1, 10)))),
        pair(3, cadences=((JAN, 14),), meetings=met(on(1, 5), on(2, 5))),
        pair(4, activated_on=on(4, 20)),
    ]

    measured = adherence(*pairs)

    mean_, kept = measured.figures["mean"], measured.figures["kept"]
    assert mean_.value == pytest.approx((3 / 4 + 1 + 2 / 8) / 3)
    assert (kept.value, kept.part, kept.whole) == (pytest.approx(2 / 3), 2, 3)
    assert (mean_.people, mean_.relationships, kept.people, kept.relationships) == (6, 3, 6, 3)
    assert measured.left_out == 1
    assert (measured.definition.id, measured.as_of, measured.window) == ("M-13", on(4, 30), SPRING)


@pytest.mark.parametrize(("days", "expected"), [(27, 0), (28, 1), (55, 1), (56, 2), (84, 3)])
def test_a_meeting_is_expected_when_a_whole_cadence_has_passed(days, expected):
    window = Window(JAN, JAN + timedelta(days - 1))

    assert active_days(pair(), window) == days
    assert expected_meetings(pair(), window) == expected


def test_paused_days_expect_nothing():
    paused = pair(pauses=((on(1, 29), on(4, 5)),))

    assert (active_days(paused, SPRING), expected_meetings(paused, SPRING)) == (28 + 26, 1)
    assert (
        active_days(pair(pauses=((JAN, None),)), SPRING),
        adherence(pair(pauses=((JAN, None),))).left_out,
    ) == (0, 0)


def test_a_changed_cadence_holds_from_its_day():
    """14 days of 28 are half a meeting, 7 days of 14 another half, 99 days of 33 three."""
    changed = pair(cadences=((on(1, 15), 14), (JAN, 28), (on(1, 22), 33)))

    assert expected_meetings(changed, Window(JAN, on(1, 14))) == 0
    assert expected_meetings(changed, Window(JAN, on(1, 21))) == 1
    assert expected_meetings(changed, SPRING) == 4
    assert expected_meetings(changed, Window(JAN, on(4, 29))) == 3


def test_the_first_cadence_holds_from_the_beginning():
    late = pair(cadences=((on(4, 1), 28), (on(4, 29), 1)))

    assert expected_meetings(late, Window(JAN, on(4, 28))) == 118 // 28
    assert expected_meetings(late, SPRING) == int(Fraction(118, 28) + 2)


def test_without_a_rhythm_there_is_none_to_keep():
    measured = adherence(pair(cadences=()), pair(2, activated_on=None), pair(3, activated_on=on(5, 1)))

    assert (measured.left_out, measured.figures["mean"].value, measured.figures["kept"].value) == (
        1,
        None,
        None,
    )


def test_exactly_three_quarters_are_kept():
    keeps = pair(meetings=met(on(1, 5), on(2, 5), on(3, 5)))
    misses = pair(2, cadences=((JAN, 12),), meetings=met(*(on(1, day) for day in range(1, 8))))

    assert expected_meetings(misses, SPRING) == 10
    assert adherence(keeps, misses).figures["kept"].part == 1


def test_a_rhythm_of_few_is_hidden():
    measured = adherence(*(pair(n) for n in range(2)))

    assert measured.released() == {"mean": Hidden(Reason.SMALL), "kept": Hidden(Reason.SMALL)}
    many = adherence(*(pair(n, meetings=met(on(1, 5)) * (4 * (n % 2))) for n in range(20)))
    assert many.released() == {"mean": Shown(0.5, 40), "kept": Shown(0.5, 40, is_share=True)}


# Days, one by one

DAYS = st.dates(on(1, 1), on(6, 30))
PAUSES = st.lists(
    st.tuples(DAYS, st.one_of(st.none(), st.integers(0, 40))).map(
        lambda pause: (pause[0], None if pause[1] is None else pause[0] + timedelta(pause[1]))
    ),
    max_size=4,
).map(tuple)
PAIRS = st.builds(
    pair,
    st.integers(0, 9),
    activated_on=st.one_of(st.none(), DAYS),
    formal_end_on=st.one_of(st.none(), DAYS),
    ended_on=st.one_of(st.none(), DAYS),
    pauses=PAUSES,
    cadences=st.lists(
        st.tuples(DAYS, st.integers(1, 60)), max_size=4, unique_by=lambda cadence: cadence[0]
    ).map(tuple),
    meetings=st.lists(st.builds(HeldMeeting, DAYS, st.integers(5, 480), st.integers(1, 9)), max_size=8).map(
        tuple
    ),
)
WINDOWS = st.tuples(DAYS, DAYS).map(lambda days: Window(min(days), max(days)))


def walked(fact, window):
    """The active days, found by asking every single day."""
    days = [window.first + timedelta(n) for n in range((window.last - window.first).days + 1)]
    return [day for day in days if fact.is_open_on(day) and not fact.is_paused_on(day)]


@given(PAIRS, WINDOWS)
def test_active_days_are_those_open_and_not_paused(fact, window):
    spans = active_spans(fact, window)

    assert active_days(fact, window) == len(walked(fact, window))
    assert all(first < until for first, until in spans)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))


@given(PAIRS, WINDOWS)
def test_expected_meetings_are_one_share_a_day(fact, window):
    versions = sorted(fact.cadences)
    due = sum(
        Fraction(1, ([days for first, days in versions if first <= day] or [versions[0][1]])[-1])
        for day in (walked(fact, window) if versions else ())
    )

    assert expected_meetings(fact, window) == int(due)


@given(st.lists(PAIRS, max_size=6), WINDOWS)
def test_frequency_and_rhythm_agree_with_counting_pair_by_pair(facts, window):
    active = [fact for fact in facts if walked(fact, window)]
    rates = [len(held_in(fact, window)) / (len(walked(fact, window)) / 30.44) for fact in active]
    asked = [fact for fact in active if expected_meetings(fact, window)]
    kept = [min(1, len(held_in(fact, window)) / expected_meetings(fact, window)) for fact in asked]

    frequency, rhythm = meeting_frequency(facts, window=window), cadence_adherence(facts, window=window)

    assert frequency.figures["mean"].value == (pytest.approx(mean(rates)) if rates else None)
    assert frequency.figures["median"].value == (pytest.approx(median(rates)) if rates else None)
    assert frequency.figures["mean"].relationships == len(active)
    assert frequency.figures["hours"].value <= frequency.figures["person_hours"].value
    assert rhythm.figures["mean"].value == (pytest.approx(mean(kept)) if kept else None)
    assert rhythm.figures["kept"].part == sum(value >= 0.75 for value in kept)
    assert rhythm.left_out + len(asked) == len(active)


@given(st.lists(PAIRS, max_size=8), DAYS)
def test_open_is_active_and_paused_together(facts, day):
    figures = open_relationships(facts, as_of=day).figures

    assert figures["open"].value == figures["active"].value + figures["paused"].value
    assert figures["active"].value == sum(bool(walked(fact, Window(day, day))) for fact in facts)
    assert figures["open"].people <= 2 * figures["open"].value


# Definitions


def test_every_metric_says_how_it_is_counted():
    assert list(METRICS) == ["M-04", "M-08", "M-12", "M-13", "M-22"]
    for definition in METRICS.values():
        with override("en"):
            texts = [str(getattr(definition, name)) for name in ("name", "formula", "population", "unit")]
        assert all(texts) and texts[1].endswith(".") and texts[2].endswith(".")
