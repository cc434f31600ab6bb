"""The score: what each answer earns, that it adds up, and what a missing answer does."""

import json

import numpy as np
import pytest

from matching.engine.errors import BadKeys, BadProfile, BadWeights
from matching.engine.evidence import deep_reason, evidence
from matching.engine.profiles import Person, Preference
from matching.engine.questions import CRITERIA, distance_fit, slots, split
from matching.engine.scoring import DEFAULT_DISTANCE, DEFAULT_WEIGHTS, FULL, UNITS, score
from tests.matching.engine_people import program


def mentee(id="theo", **answers):
    return Person(id=id, role="mentee", **answers)


def mentor(id="mira", **answers):
    return Person(id=id, role="mentor", **answers)


def table(mentees, mentors, weights=None, **options):
    return score(mentees, mentors, weights, **options).table().tolist()


ALL = {
    "values": ("candour", "care"),
    "working_style": {"pace": 4, "detail": 2},
    "learning_orientation": 5,
    "interests": {"chess"},
    "attributes": {"function": {"it"}},
    "preferences": (Preference("function"),),
    "mode": "in_person",
    "site": "bonn",
    "hours": ((480, 960),),
}


def test_the_default_weights_are_those_of_the_domain_and_make_a_hundred():
    assert sum(DEFAULT_WEIGHTS.values()) == 100
    assert set(DEFAULT_WEIGHTS) == set(CRITERIA)
    assert {c: DEFAULT_WEIGHTS[c] for c in ("topics", "values", "working_style", "preferences")} == {
        "topics": 30,
        "values": 12,
        "working_style": 8,
        "preferences": 25,
    }


def test_a_perfect_pair_earns_a_hundred_points():
    one = mentee(topics_wanted={"law": 1}, experience=1, **ALL)
    other = mentor(topics_offered={"law", "it"}, experience=9, **ALL)
    found = score([one], [other])
    assert found.maximum == {criterion: weight * UNITS for criterion, weight in DEFAULT_WEIGHTS.items()}
    assert {c: p.tolist() for c, p in found.points([0], [0]).items()} == {
        c: [u] for c, u in found.maximum.items()
    }
    assert found.table().tolist() == [[FULL]]


@pytest.mark.parametrize(
    ("weight", "asked", "answered", "points"),
    [
        ("topics", {"topics_wanted": {"a": 1, "b": 2, "c": 3}}, {"topics_offered": {"a"}}, 44.45),
        ("topics", {"topics_wanted": {"a": 1, "b": 2, "c": 3}}, {"topics_offered": {"c", "x"}}, 22.22),
        ("topics", {"topics_wanted": {"a": 1, "b": 1}}, {"topics_offered": {"b"}}, 50),
        ("values", {"values": ("a", "b", "c", "d", "e")}, {"values": ("e", "a")}, 40),
        ("values", {"values": ("a",)}, {"values": ("x", "y", "z", "v", "w", "a")}, 0),
        ("working_style", {"working_style": {"pace": 1}}, {"working_style": {"pace": 2}}, 75),
        ("working_style", {"working_style": {"p": 1, "q": 1}}, {"working_style": {"p": 1, "q": 5}}, 50),
        (
            "working_style",
            {"working_style": {"pace": 1}, "different_from_me_in": {"pace"}},
            {"working_style": {"pace": 5}},
            100,
        ),
        ("learning", {"learning_orientation": 5}, {"learning_orientation": 3}, 50),
        ("learning", {"learning_orientation": 1}, {"learning_orientation": 1}, 0),
        ("interests", {"interests": {"a", "b", "c", "d"}}, {"interests": {"a", "z"}}, 25),
        (
            "preferences",
            {"preferences": [Preference("unit")], "attributes": {"unit": {"n"}}},
            {"attributes": {"unit": {"s", "n"}}},
            100,
        ),
        (
            "preferences",
            {"different_from_me_in": {"unit"}, "attributes": {"unit": {"n"}}},
            {"attributes": {"unit": {"n"}}},
            0,
        ),
        (
            "preferences",
            {"preferences": [Preference("unit", "one_of", {"a", "b"})]},
            {"attributes": {"unit": {"b"}}},
            100,
        ),
        (
            "preferences",
            {"preferences": [Preference("languages")], "languages": {"cy"}},
            {"languages": {"en", "cy"}},
            100,
        ),
        (
            "preferences",
            {"attributes": {"life": {"parent"}}},
            {"preferences": [Preference("life")], "attributes": {"life": {"carer"}}},
            0,
        ),
        ("preferences", {"chosen": {"mira": 1}}, {}, 100),
        ("preferences", {"chosen": {"mira": 2}}, {}, 80),
        ("preferences", {"chosen": {"mira": 9}}, {}, 20),
        ("preferences", {"chosen": {"mira": 1}}, {"chosen": {"theo": 3}}, 80),
        ("practicality", {"hours": ((0, 120),)}, {"hours": ((60, 240),)}, 50),
        ("practicality", {"mode": "hybrid"}, {"mode": "virtual"}, 70),
        ("practicality", {"mode": "in_person"}, {"mode": "virtual"}, 0),
        (
            "practicality",
            {"mode": "in_person", "site": "a"},
            {"mode": "in_person", "site": "b"},
            60,
        ),
        ("practicality", {"mode": "virtual", "site": "a"}, {"mode": "virtual", "site": "b"}, 100),
        ("experience", {"experience": 2}, {"experience": 5}, 100),
        ("experience", {"experience": 2}, {"experience": 2}, 66.7),
        ("experience", {"experience": 2, "distance_wished": (1, 2)}, {"experience": 5}, 50),
    ],
)
def test_each_criterion_earns_what_it_says(weight, asked, answered, points):
    assert table([mentee(**asked)], [mentor(**answered)], {weight: 7}) == [[round(points * UNITS)]]


def test_a_criterion_nobody_can_answer_is_left_out_and_its_weight_goes_to_the_others():
    people = [mentee(topics_wanted={"a": 1}, learning_orientation=5)], [mentor(topics_offered={"a"})]
    found = score(*people)
    assert found.maximum == dict.fromkeys(CRITERIA, 0) | {"topics": FULL}
    assert found.table().tolist() == [[FULL]]


def test_a_mentor_who_did_not_answer_gets_the_average_of_those_who_did():
    asks = mentee(topics_wanted={"a": 1, "b": 1, "c": 1, "d": 1})
    known = [mentor("x", topics_offered={"a"}), mentor("y", topics_offered={"a", "b", "c"})]
    assert table([asks], [*known, mentor("z")]) == [[2500, 7500, 5000]]


def test_a_mentee_who_asked_nothing_gets_the_programs_average_with_everybody():
    asks = mentee(topics_wanted={"a": 1, "b": 1})
    known = [mentor("x", topics_offered={"a"}), mentor("y", topics_offered={"a", "b"})]
    assert table([asks, mentee("tim")], known) == [[5000, 10000], [7500, 7500]]


def test_a_question_left_open_by_one_side_leaves_the_rest_of_the_criterion():
    one = mentee(working_style={"pace": 2, "detail": 4})
    assert table([one], [mentor(working_style={"pace": 2})]) == [[FULL]]


def test_the_halves_of_both_sides_preferences_count_the_same():
    unit = {"attributes": {"unit": {"n"}}}
    both = table(
        [mentee(preferences=[Preference("unit")], **unit)],
        [mentor(preferences=[Preference("unit", "different")], **unit)],
    )
    assert both == [[FULL // 2]]


def test_demographic_attributes_count_only_where_somebody_asks_for_them():
    told = [mentor("x", attributes={"life": {"parent"}}), mentor("y", attributes={"life": {"carer"}})]
    plain = mentee(attributes={"life": {"parent"}}, learning_orientation=3)
    learned = [mentor(p.id, attributes=p.attributes, learning_orientation=3) for p in told]
    assert table([plain], learned) == [[5000, 5000]]
    asks = mentee(attributes={"life": {"parent"}}, preferences=[Preference("life")])
    assert table([asks], told) == [[FULL, 0]]


def test_points_add_up_to_the_score_for_every_pair_whatever_is_missing():
    rng = np.random.default_rng(41)
    for answers in (1.0, 0.7, 0.3, 0.0):
        for _ in range(15):
            mentees, mentors = program(
                rng, int(rng.integers(1, 20)), int(rng.integers(1, 12)), answers=answers
            )
            found = score(mentees, mentors)
            units = found.table()
            rows, columns = np.divmod(np.arange(units.size), units.shape[1])
            points = found.points(rows, columns)
            assert np.array_equal(sum(points.values()), units.ravel())
            assert np.array_equal(found.at(rows, columns), units.ravel())
            assert all((p >= 0).all() and (p <= found.maximum[c]).all() for c, p in points.items())
            assert sum(found.maximum.values()) in (0, FULL)
            assert found.block([0]).tolist() == units[:1].tolist()


def test_scores_do_not_depend_on_the_order_of_people():
    rng = np.random.default_rng(42)
    mentees, mentors = program(rng, 30, 20)
    a, b = rng.permutation(30), rng.permutation(20)
    one = score(mentees, mentors)
    other = score([mentees[i] for i in a], [mentors[j] for j in b])
    assert np.array_equal(one.table()[a][:, b], other.table())
    assert one.maximum == other.maximum


def test_only_the_proportion_of_weights_counts():
    rng = np.random.default_rng(43)
    people = program(rng, 8, 6)
    doubled = {criterion: 2 * weight for criterion, weight in DEFAULT_WEIGHTS.items()}
    assert table(*people, doubled) == table(*people)
    assert sum(score(*people, {"values": 1, "topics": 1e-3}).maximum.values()) == FULL


@pytest.mark.parametrize(
    "weights",
    [
        {},
        {"topics": 0},
        {"topics": -1},
        {"topics": float("nan")},
        {"topics": 1e9},
        {"luck": 3},
        {"topics": "3"},
    ],
)
def test_absurd_weights_are_refused(weights):
    with pytest.raises(BadWeights):
        score([mentee()], [mentor()], weights)


def test_a_person_on_the_wrong_side_or_twice_is_refused():
    with pytest.raises(BadProfile):
        score([mentor()], [mentor()])
    with pytest.raises(BadKeys):
        score([mentee(), mentee()], [mentor()])


@pytest.mark.parametrize("sides", [(0, 0), (3, 0), (0, 3)])
def test_an_empty_side_is_an_empty_table(sides):
    found = score(*program(np.random.default_rng(1), *sides))
    assert found.table().shape == sides
    assert found.block(slice(None)).shape == sides


def test_shares_are_whole_add_up_and_follow_the_weights():
    assert split(100, (1, 1, 1)) == (34, 33, 33)
    assert split(10, (0, 0)) == (0, 0)
    assert split(7, ()) == ()
    assert split(10_000, (3, 0, 1)) == (7500, 0, 2500)
    rng = np.random.default_rng(44)
    for _ in range(300):
        weights = tuple(rng.integers(0, 9, rng.integers(1, 7)).tolist())
        total = int(rng.integers(0, 10_000))
        shares = split(total, weights)
        assert sum(shares) == (total if any(weights) else 0)
        if any(weights):
            assert all(abs(s - total * w / sum(weights)) < 1 for s, w in zip(shares, weights, strict=True))


def test_a_half_hour_counts_when_at_least_half_of_it_is_worked():
    assert slots(((0, 30), (44, 61), (75, 90))) == {0, 1, 2}
    assert slots(((0, 14),)) == frozenset()
    assert slots(((0, 10), (20, 30))) == {0}
    assert slots(None) == frozenset()


def test_experience_fades_outside_the_wished_distance():
    assert [distance_fit((10, (2, 6)), 10 + more) for more in (2, 6, 1, 7, -2, 10, 11)] == [
        1000,
        1000,
        750,
        750,
        0,
        0,
        0,
    ]


def test_evidence_names_what_both_said_deep_reasons_first():
    one = mentee(
        topics_wanted={"law": 2, "budget": 1, "art": 3},
        experience=1,
        preferences=(Preference("function"), Preference("unit", "different")),
        attributes={"function": {"it"}, "unit": {"n"}},
        values=("candour", "care"),
        working_style={"pace": 4, "detail": 5},
        learning_orientation=4,
        interests={"chess", "art"},
        mode="in_person",
        site="bonn",
        hours=((480, 960),),
    )
    other = mentor(
        topics_offered={"law", "budget"},
        experience=2,
        chosen={"theo": 1},
        attributes={"function": {"it"}, "unit": {"n"}},
        values=("care", "order", "candour"),
        working_style={"pace": 3, "detail": 1},
        learning_orientation=5,
        interests={"chess"},
        mode="hybrid",
        site="leeds",
        hours=((780, 1200),),
    )
    facts = [
        (fact.criterion, fact.code, fact.details, fact.warning)
        for fact in evidence(one, other, distance=DEFAULT_DISTANCE)
    ]
    assert facts == [
        ("values", "shared_values", {"values": ["candour", "care"], "first": ["care"]}, False),
        ("working_style", "close_style", {"sliders": ["pace"]}, False),
        ("working_style", "far_style", {"sliders": ["detail"]}, False),
        ("learning", "both_high", {"mentee": 4, "mentor": 5}, False),
        ("interests", "shared_interests", {"interests": ["chess"]}, False),
        ("topics", "topics_covered", {"covered": ["budget", "law"], "missing": ["art"], "of": 3}, False),
        (
            "preferences",
            "preference_met",
            {"by": "mentee", "attribute": "function", "wish": "same", "values": ["it"]},
            False,
        ),
        (
            "preferences",
            "preference_unmet",
            {"by": "mentee", "attribute": "unit", "wish": "different", "values": ["n"]},
            True,
        ),
        ("preferences", "chosen", {"by": "mentor", "rank": 1}, False),
        ("practicality", "little_time", {"minutes": 180, "intervals": [[780, 960]]}, True),
        ("practicality", "near_mode", {"mentee": "in_person", "mentor": "hybrid"}, False),
        ("practicality", "far_site", {"mentee": "bonn", "mentor": "leeds"}, True),
        ("experience", "distance_off", {"more": 1, "least": 3, "most": 12}, True),
    ]
    assert deep_reason(evidence(one, other, distance=DEFAULT_DISTANCE))


@pytest.mark.parametrize("far, warns", [(1, False), (2, True), (3, True)])
def test_two_sliders_far_apart_are_something_to_look_at_and_one_is_not(far, warns):
    sliders = ["pace", "detail", "contact", "frankness"]
    apart = {name: 5 if at < far else 1 for at, name in enumerate(sliders)}
    facts = evidence(
        mentee(working_style=dict.fromkeys(sliders, 1)),
        mentor(working_style=apart),
        distance=DEFAULT_DISTANCE,
    )
    style = {fact.code: fact for fact in facts if fact.criterion == "working_style"}
    assert style["far_style"].details == {"sliders": sorted(sliders[:far])}
    assert style["far_style"].warning is warns


def test_evidence_says_where_nothing_was_answered_and_where_nothing_is_shared():
    facts = evidence(
        mentee(values=("a",), interests={"x"}),
        mentor(values=("b",), interests={"y"}),
        distance=DEFAULT_DISTANCE,
    )
    assert [(f.criterion, f.code) for f in facts[:4]] == [
        ("values", "nothing_shared"),
        ("working_style", "not_answered"),
        ("learning", "not_answered"),
        ("interests", "nothing_shared"),
    ]
    assert facts[1].details == {"by": ["mentee", "mentor"]}
    assert not deep_reason(facts)


def test_evidence_is_plain_json_and_covers_every_criterion():
    rng = np.random.default_rng(45)
    for answers in (0.2, 0.9):
        mentees, mentors = program(rng, 15, 15, answers=answers)
        for one, other in zip(mentees, mentors, strict=True):
            facts = evidence(one, other, distance=DEFAULT_DISTANCE)
            assert json.loads(json.dumps([fact.details for fact in facts])) == [
                fact.details for fact in facts
            ]
            order = [CRITERIA.index(fact.criterion) for fact in facts]
            assert order == sorted(order)
            assert set(order) >= set(range(8)) - {1}
