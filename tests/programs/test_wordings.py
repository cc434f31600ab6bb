"""The words that a program puts into its letters: what may be written, and what becomes of it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from activity.models import Event
from programs import actions
from programs.models import Wording
from programs.stages import Refused
from programs.wordings import EDITABLE, check_subject, check_text, filled

INVITATION = EDITABLE["programs.invitation"]
TEXTS = {"subject": "Join {program}", "opening": "Hello {first_name},", "closing": "Yours", "language": "en"}
NAMES = "{first_name}, {program}, {coordinator}, {date}"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("Hello {first_name}, welcome to {program}.\n\n{coordinator}", []),
        ("100 % and $x and <b>&amp;</b> 🙂 \u05e9\u05dc\u05d5\u05dd", []),
        ("{name}", [f"“{{name}}” is not a placeholder of this letter. These are: {NAMES}."]),
        ("{first_name.email}", [f"“{{first_name.email}}” is not a placeholder of this letter. These are: {NAMES}."]),
        ("{partner}", [f"“{{partner}}” is not a placeholder of this letter. These are: {NAMES}."]),
        ("{ first_name }", [f"“{{ first_name }}” is not a placeholder of this letter. These are: {NAMES}."]),
        ("{}", [f"“{{}}” is not a placeholder of this letter. These are: {NAMES}."]),
        ("{first_name", [f"There is a “{{” by itself. A placeholder has both: {NAMES}."]),
        ("a } b } c", [f"There is a “}}” by itself. A placeholder has both: {NAMES}."]),
        (
            "{{first_name}}",
            [
                f"There is a “{{” by itself. A placeholder has both: {NAMES}.",
                f"There is a “}}” by itself. A placeholder has both: {NAMES}.",
            ],
        ),
        ("a\x07b", ["There is a character in it that cannot be seen. Type the text anew."]),
        ("a\u2028b", ["There is a character in it that cannot be seen. Type the text anew."]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_can_stand_there(text, problems):
    found = []
    try:
        check_text(text, INVITATION)
    except ValidationError as refusal:
        found = refusal.messages
    assert found == problems


@pytest.mark.parametrize("text", ["two\nlines", "two\rlines", "a\tb", "Bcc: x\r\n\r\nbody"])
def test_a_subject_is_one_line(text):
    with pytest.raises(ValidationError, match="one line"):
        check_subject(text, INVITATION)


def test_what_stands_in_a_name_is_never_read_as_a_placeholder():
    values = {"first_name": "{program}", "program": "{coordinator}", "coordinator": "{0.password}"}
    assert filled("{first_name} {program} {coordinator}", values) == "{program} {coordinator} {0.password}"
    assert filled("{gone} x {", values) == "x"


def test_words_are_kept_changed_and_taken_back(program, cora, now):
    first = actions.change_wording(program, "programs.invitation", TEXTS, based_on=0, by=cora, now=now)
    assert (first.subject, first.version, first.changed_by) == ("Join {program}", 1, cora)
    second = actions.change_wording(
        program, "programs.invitation", {**TEXTS, "subject": "Come"}, based_on=1, by=cora, now=now
    )
    assert (second.pk, second.subject, second.version) == (first.pk, "Come", 2)
    assert actions.restore_wording(program, "programs.invitation", by=cora, now=now) is True
    assert actions.restore_wording(program, "programs.invitation", by=cora, now=now) is False
    told = Event.objects.within(program).filter(verb__contains="word").order_by("pk")
    assert [(event.verb, event.details, event.by) for event in told] == [
        ("program.letter_worded", {"kind": "programs.invitation"}, cora),
        ("program.letter_worded", {"kind": "programs.invitation"}, cora),
        ("program.letter_unworded", {"kind": "programs.invitation"}, cora),
    ]


@pytest.mark.parametrize("based_on", [0, 1, 7])
def test_words_that_somebody_else_has_changed_meanwhile_are_not_overwritten(program, cora, now, based_on):
    for version in (0, 1):
        actions.change_wording(program, "programs.invitation", TEXTS, based_on=version, by=cora, now=now)
    with pytest.raises(Refused, match="Somebody else has changed these words"):
        actions.change_wording(program, "programs.invitation", TEXTS, based_on=based_on, by=cora, now=now)
    assert Wording.objects.get().version == 2


def test_words_that_were_taken_back_meanwhile_are_not_changed(program, cora, now):
    actions.change_wording(program, "programs.invitation", TEXTS, based_on=0, by=cora, now=now)
    actions.restore_wording(program, "programs.invitation", by=cora, now=now)
    with pytest.raises(Refused):
        actions.change_wording(program, "programs.invitation", TEXTS, based_on=1, by=cora, now=now)
    assert not Wording.objects.exists()


def test_only_coordinators_word_the_letters_of_their_program(program, cast, cora, now):
    for name, person in cast.items():
        if name == "cora":
            continue
        with pytest.raises(PermissionDenied):
            actions.change_wording(program, "programs.invitation", TEXTS, based_on=0, by=person, now=now)
        with pytest.raises(PermissionDenied):
            actions.restore_wording(program, "programs.invitation", by=person, now=now)
    assert not Wording.objects.exists()
