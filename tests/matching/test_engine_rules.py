"""The hard rules: what is forbidden, by which rule, and what may be overridden."""

from datetime import date, time

import numpy as np
import pytest

from matching.engine import rules as rules_module
from matching.engine.availability import WEEK, length, shared, tidy, week_minutes
from matching.engine.errors import BadProfile, BadRules
from matching.engine.profiles import Person, Preference, lines_up
from matching.engine.rules import Override, Rule, Rules, judge, named

TODAY = date(2026, 3, 10)
OFFICE = {day: [(time(9), time(17))] for day in range(5)}


def mentee(id="theo", **answers):
    return Person(id=id, role="mentee", **answers)


def mentor(id="mira", **answers):
    return Person(id=id, role="mentor", **answers)


def reasons(one, other, rules=None):
    return judge([one], [other], rules or Rules(today=TODAY)).reasons(0, 0)


def test_two_strangers_may_be_a_pair():
    assert reasons(mentee(), mentor()) == ()


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        (mentee("x"), mentor("x"), Rule.SAME_PERSON),
        (mentee(reports_to={"mira", "boss"}), mentor(), Rule.REPORTING_LINE),
        (mentee(), mentor(reports_to={"theo"}), Rule.REPORTING_LINE),
        (mentee(excludes={"mira"}), mentor(), Rule.EXCLUDED),
        (mentee(), mentor(excludes={"theo"}), Rule.EXCLUDED),
        (mentee(blocked={"mira"}), mentor(), Rule.SAFETY_BLOCK),
        (mentee(), mentor(blocked={"theo"}), Rule.SAFETY_BLOCK),
        (mentee(ended_early_with={"mira": date(2024, 3, 11)}), mentor(), Rule.ENDED_EARLY),
        (mentee(), mentor(ended_early_with={"theo": date(2026, 1, 1)}), Rule.ENDED_EARLY),
        (mentee(languages={"en"}), mentor(languages={"de", "fr"}), Rule.LANGUAGE),
        (mentee(hours=((0, 200),)), mentor(hours=((81, 400),)), Rule.HOURS),
    ],
)
def test_each_rule_forbids_its_pair(one, other, rule):
    assert reasons(one, other) == (rule,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (mentee(ended_early_with={"mira": date(2024, 3, 10)}), mentor()),
        (mentee(languages={"en", "de"}), mentor(languages={"de", "fr"})),
        (mentee(hours=((0, 200),)), mentor(hours=((80, 400),))),
        (mentee(reports_to={"boss"}), mentor(reports_to={"boss"})),
        (mentee(languages={"en"}), mentor()),
        (mentee(hours=((0, 10),)), mentor()),
    ],
)
def test_at_the_edge_of_a_rule_and_where_nothing_is_known_a_pair_may_be(one, other):
    assert reasons(one, other) == ()


def test_all_reasons_are_named_the_most_serious_first():
    one = mentee(reports_to={"mira"}, excludes={"mira"}, blocked={"mira"}, languages={"en"}, hours=())
    other = mentor(languages={"de"}, hours=((0, WEEK),))
    assert [rule.code for rule in reasons(one, other)] == [
        "safety_block",
        "reporting_line",
        "excluded",
        "language",
        "hours",
    ]


def test_an_override_frees_one_pair_from_one_rule():
    one, other = mentee(reports_to={"mira"}, excludes={"mira"}), mentor()
    override = Override(mentee="theo", mentor="mira", rule=Rule.REPORTING_LINE, reason="Moves next week.")
    ruled = Rules(today=TODAY, overrides=(override,))
    assert reasons(one, other, ruled) == (Rule.EXCLUDED,)
    assert reasons(one, mentor("gerd", reports_to={"theo"}), ruled) == (Rule.REPORTING_LINE,)
    language = Override(mentee="theo", mentor="mira", rule=Rule.LANGUAGE, reason="An interpreter helps.")
    spoken = judge(
        [mentee(languages={"en"}), mentee("tim", languages={"en"})],
        [mentor(languages={"de"})],
        Rules(today=TODAY, overrides=(language,)),
    )
    assert spoken.mask().tolist() == [[0], [int(Rule.LANGUAGE)]]


@pytest.mark.parametrize(
    ("rule", "reason"), [(Rule.SAFETY_BLOCK, "Because."), (Rule.SAME_PERSON, "So."), (Rule.HOURS, "  ")]
)
def test_safety_is_never_overridden_and_an_override_needs_a_reason(rule, reason):
    with pytest.raises(BadRules):
        Rules(today=TODAY, overrides=(Override(mentee="a", mentor="b", rule=rule, reason=reason),))


def test_a_program_may_switch_rules_off_but_not_safety():
    one, other = mentee(languages={"en"}, reports_to={"mira"}), mentor(languages={"de"})
    off = Rules(today=TODAY, switched_off=Rule.LANGUAGE | Rule.REPORTING_LINE)
    assert reasons(one, other, off) == ()
    with pytest.raises(BadRules):
        Rules(today=TODAY, switched_off=Rule.SAFETY_BLOCK)


def random_people(rng, role, count):
    ids = [f"p{k}" for k in range(12)]

    def some(of, most):
        return {of[k] for k in rng.choice(len(of), rng.integers(0, most + 1), replace=False)}

    def hours():
        if rng.random() < 0.3:
            return None
        starts = rng.integers(0, 200, rng.integers(0, 3))
        return tidy((int(s) * 10, int(s) * 10 + int(rng.integers(1, 30)) * 10) for s in starts)

    return [
        Person(
            id=ids[k],
            role=role,
            languages=some(["en", "de", "fr"], 2),
            hours=hours(),
            reports_to=some(ids, 2) - {ids[k]},
            excludes=some(ids, 1),
            blocked=some(ids, 1),
            ended_early_with={other: date(2024, 3, int(rng.integers(1, 28))) for other in some(ids, 1)},
        )
        for k in rng.choice(12, count, replace=False)
    ]


def expected(one, other, today):
    """The rules once more, for one pair at a time."""
    found = Rule(0)
    if one.id == other.id:
        found |= Rule.SAME_PERSON
    if one.id in other.reports_to or other.id in one.reports_to:
        found |= Rule.REPORTING_LINE
    if one.id in other.excludes or other.id in one.excludes:
        found |= Rule.EXCLUDED
    if one.id in other.blocked or other.id in one.blocked:
        found |= Rule.SAFETY_BLOCK
    ended = [one.ended_early_with.get(other.id), other.ended_early_with.get(one.id)]
    if any(day is not None and day > today.replace(year=today.year - 2) for day in ended):
        found |= Rule.ENDED_EARLY
    if one.languages and other.languages and not one.languages & other.languages:
        found |= Rule.LANGUAGE
    if one.hours is not None and other.hours is not None and length(shared(one.hours, other.hours)) < 120:
        found |= Rule.HOURS
    return int(found)


def test_all_pairs_at_once_are_judged_as_one_by_one(monkeypatch):
    rng = np.random.default_rng(31)
    for cells in (16_000_000, 0):
        monkeypatch.setattr(rules_module, "TABLE_CELLS", cells)
        for _ in range(150):
            mentees, mentors = random_people(rng, "mentee", 6), random_people(rng, "mentor", 5)
            verdict = judge(mentees, mentors, Rules(today=TODAY))
            by_hand = [[expected(a, b, TODAY) for b in mentors] for a in mentees]
            assert verdict.mask().tolist() == by_hand
            assert verdict.block([4, 1]).tolist() == [by_hand[4], by_hand[1]]
            assert verdict.allowed().tolist() == [[bits == 0 for bits in row] for row in by_hand]


def test_nobody_on_a_side_is_judged_as_an_empty_table():
    assert judge([], [], Rules(today=TODAY)).mask().shape == (0, 0)
    assert judge([mentee()], [], Rules(today=TODAY)).mask().shape == (1, 0)
    assert judge([], [mentor()], Rules(today=TODAY)).mask().shape == (0, 1)


def test_it_is_said_for_how_many_people_a_rule_cannot_protect():
    people = [mentee("a", reports_to={"z"}), mentee("b", languages={"en"}), mentee("c", hours=())]
    counted = judge(people, [mentor("a", reports_to={"z"})], Rules(today=TODAY)).unprotected
    assert counted == {"reporting_line": 2, "language": 2, "hours": 2}


def test_named_reads_a_cell_of_the_table():
    assert named(int(Rule.HOURS | Rule.SAFETY_BLOCK)) == (Rule.SAFETY_BLOCK, Rule.HOURS)
    assert named(0) == ()


def test_lines_go_all_the_way_up_and_dotted_lines_one_step():
    line = lines_up({"a": ["b"], "b": ["c"], "c": [], "x": ["y"], "y": ["x"]}, {"a": ["m"], "b": ["n"]})
    assert line == {
        "a": {"b", "c", "m"},
        "b": {"c", "n"},
        "c": frozenset(),
        "x": {"y"},
        "y": {"x"},
    }


def test_local_hours_become_minutes_of_the_utc_week():
    winter, summer = date(2026, 1, 14), date(2026, 7, 15)
    assert week_minutes({0: [(time(9), time(17))]}, "Europe/Berlin", winter) == ((8 * 60, 16 * 60),)
    assert week_minutes({0: [(time(9), time(17))]}, "Europe/Berlin", summer) == ((7 * 60, 15 * 60),)
    assert week_minutes({0: [(time(9), time(17))]}, "Asia/Kolkata", winter) == ((210, 690),)
    assert week_minutes({0: [(time(0), time(2))]}, "Asia/Tokyo", winter) == ((WEEK - 540, WEEK - 420),)
    assert week_minutes({6: [(time(22), time(2))]}, "UTC", winter) == ((0, 120), (WEEK - 120, WEEK))
    assert week_minutes({}, "UTC", winter) == ()


def test_offices_far_apart_share_what_their_zones_let_them():
    def minutes(one, other, on):
        return length(shared(week_minutes(OFFICE, one, on), week_minutes(OFFICE, other, on)))

    assert minutes("Europe/London", "Europe/Berlin", date(2026, 1, 14)) == 5 * 7 * 60
    assert minutes("Europe/London", "America/New_York", date(2026, 1, 14)) == 5 * 3 * 60
    assert minutes("Europe/London", "America/New_York", date(2026, 3, 18)) == 5 * 4 * 60
    assert minutes("Europe/London", "Asia/Tokyo", date(2026, 1, 14)) == 0


def test_intervals_are_folded_into_one_week_and_joined():
    assert tidy([(50, 60), (0, 10), (10, 20), (55, 70), (5, 5)]) == ((0, 20), (50, 70))
    assert tidy([(WEEK - 10, WEEK + 10)]) == ((0, 10), (WEEK - 10, WEEK))
    assert tidy([(-20, 30)]) == ((0, 30), (WEEK - 20, WEEK))
    assert tidy([(3, WEEK + 3)]) == ((0, WEEK),)


@pytest.mark.parametrize(
    ("hours", "zone"),
    [(OFFICE, "Mars/Base"), (OFFICE, "../etc"), (OFFICE, ""), ({7: [(time(1), time(2))]}, "UTC")],
)
def test_unknown_zones_and_days_are_refused(hours, zone):
    with pytest.raises(BadProfile):
        week_minutes(hours, zone, TODAY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("role", "boss"),
        ("capacity", -1),
        ("capacity", 1.5),
        ("topics_wanted", {"a": 0}),
        ("chosen", {"a": True}),
        ("working_style", {"pace": 6}),
        ("learning_orientation", 0),
        ("mode", "telepathy"),
        ("experience", -1),
        ("distance_wished", (5, 3)),
        ("hours", ((10, 5),)),
        ("hours", ((10, 50), (40, 60))),
        ("hours", ((0, WEEK + 1),)),
        ("languages", "en"),
        ("interests", {1, 2}),
    ],
)
def test_answers_out_of_range_are_refused_with_the_name_of_the_field(field, value):
    with pytest.raises(BadProfile) as raised:
        Person(**{"id": "x", "role": "mentee", field: value})
    assert raised.value.field == field


def test_a_preference_is_one_of_three_wishes():
    assert Preference("function").wish == "same"
    for wrong in (("function", "other"), ("function", "one_of"), ("function", "same", frozenset({"x"}))):
        with pytest.raises(BadProfile):
            Preference(*wrong)
