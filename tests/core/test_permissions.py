"""Rules: what they answer, why, and how they join.  A thing here is the set of conditions that hold."""

from itertools import product

import pytest
from django.core.exceptions import PermissionDenied
from django.utils.functional import lazystr
from hypothesis import given
from hypothesis import strategies as st

from core.permissions import Answer, Rule, Rulebook, rule


def condition(name):
    return rule(f"not {name}", opposite=f"is {name}")(lambda person, thing: name in thing)


a, b, c, d = (condition(name) for name in "abcd")
EVERYTHING = [
    frozenset(n for n, holds in zip("abcd", row, strict=True) if holds) for row in product((0, 1), repeat=4)
]


def reason(rule_, thing):
    answer = rule_("anybody", frozenset(thing))
    return None if answer else answer.reason


@pytest.mark.parametrize(
    ("joined", "truth"),
    [
        (a, lambda t: "a" in t),
        (~a, lambda t: "a" not in t),
        (~~a, lambda t: "a" in t),
        (a & b, lambda t: "a" in t and "b" in t),
        (a | b, lambda t: "a" in t or "b" in t),
        (a & ~b, lambda t: "a" in t and "b" not in t),
        (~(a & b), lambda t: not ("a" in t and "b" in t)),
        (~(a | b), lambda t: not ("a" in t or "b" in t)),
        (~~(a & b), lambda t: "a" in t and "b" in t),
        (a & b | c & d, lambda t: ("a" in t and "b" in t) or ("c" in t and "d" in t)),
        ((a | b) & (c | d), lambda t: ("a" in t or "b" in t) and ("c" in t or "d" in t)),
        (~((a | ~b) & c), lambda t: not (("a" in t or "b" not in t) and "c" in t)),
    ],
)
def test_joined_rules_answer_as_logic_does(joined, truth):
    for thing in EVERYTHING:
        answer = joined("anybody", thing)
        assert isinstance(answer, Answer)
        assert bool(answer) is answer.yes is truth(thing)
        assert bool(answer.reason) is not answer.yes


def test_of_two_conditions_the_first_no_is_told():
    assert reason(a & b, "") == "not a"
    assert reason(a & b, "b") == "not a"
    assert reason(a & b, "a") == "not b"
    assert reason(a & b & c, "ac") == "not b"
    assert reason(a & (b & c), "ab") == "not c"
    assert reason(a & b, "ab") is None


def test_what_stands_behind_a_no_is_not_asked():
    asked = []
    watched = Rule(lambda person, thing: asked.append(thing) or Answer(True))

    (a & watched)("anybody", frozenset("b"))
    (a | watched)("anybody", frozenset("a"))
    assert asked == []
    (a & watched)("anybody", frozenset("a"))
    assert asked == [frozenset("a")]


def test_of_two_ways_the_one_that_came_further_gives_the_reason():
    either = a & b | c & d

    assert reason(either, "a") == "not b"
    assert reason(either, "c") == "not d"
    assert reason(either, "") == "not a"
    assert reason(either, "ac") == "not b"
    assert reason(a & b & c | d & c, "ab") == "not c"
    assert reason(d & c | a & b & c, "abd") == "not c"
    assert reason(d & ~a | a & b & c, "abd") == "not c"
    assert reason((a | b) & c, "b") == "not c"
    assert reason(a & (b | c & d), "ac") == "not d"


def test_turned_rules_say_why_they_say_no():
    assert reason(~a, "a") == "is a"
    assert reason(a & ~b, "ab") == "is b"
    assert reason(~(a & b), "ab") == "is a"
    assert reason(~(a | b), "b") == "is b"
    assert reason(~~a, "") == "not a"


def test_a_rule_without_a_reason_for_its_opposite_is_not_turned():
    plain = rule("not e")(lambda person, thing: "e" in thing)

    with pytest.raises(TypeError, match="opposite"):
        _ = ~plain
    with pytest.raises(TypeError, match="opposite"):
        _ = ~(a & plain)
    assert reason(a & plain, "a") == "not e"


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), st.sets(st.sampled_from("abcd")))
def test_a_no_always_names_a_condition_that_failed(names, thing):
    rules = {"a": a, "b": b, "c": c, "d": d}
    for join in (Rule.__and__, Rule.__or__):
        joined = rules[names[0]]
        for name in names[1:]:
            joined = join(joined, rules[name])
        told = reason(joined, thing)
        assert told is None or (told.removeprefix("not ") in names and told.removeprefix("not ") not in thing)


def test_a_rule_looks_at_the_person_and_at_the_thing():
    owns = rule("not yours")(lambda person, thing: thing["owner"] == person)

    assert owns("mira", {"owner": "mira"}).yes
    assert owns("theo", {"owner": "mira"}) == Answer(False, "not yours")


def test_a_rulebook_answers_every_verb():
    book = Rulebook(view=a | b, edit=a & b)

    answers = book.on("anybody", frozenset("b"))

    assert {verb: (answer.yes, answer.reason) for verb, answer in answers.items()} == {
        "view": (True, ""),
        "edit": (False, "not a"),
    }


def test_a_rulebook_refuses_with_the_reason_and_lets_pass_what_it_allows():
    book = Rulebook(view=a, edit=a & b)

    assert book.require("anybody", "view", frozenset("a")) is None
    with pytest.raises(PermissionDenied) as refusal:
        book.require("anybody", "edit", frozenset("a"))
    assert refusal.value.args == ("not b",)


def test_what_is_not_in_the_book_nobody_may():
    with pytest.raises(KeyError):
        Rulebook(view=a).require("anybody", "edit", frozenset("a"))


def test_a_reason_may_wait_for_the_readers_language():
    spoken = []
    waits = rule(lazystr(type("Said", (), {"__str__": lambda self: spoken.append(1) or "nicht a"})()))

    answer = waits(lambda person, thing: False)("anybody", None)

    assert spoken == []
    assert str(answer.reason) == "nicht a"
