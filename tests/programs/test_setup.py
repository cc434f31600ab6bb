from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from activity.models import Event
from programs import actions
from programs.forms.setup import TASKS
from programs.models import Answer, Program, ProgramRole
from programs.stages import Refused
from tests import make
from tests.pages import text


def address(name, program, *more):
    return reverse(f"programs:{name}", args=[program.public_id, *more])


def filled(client, program, task):
    """What a browser would send if nothing was changed."""
    form = client.get(address("task", program, task)).context["form"]
    sent = {}
    for field in form:
        value = field.value()
        sent[field.html_name] = (
            "" if value is None else value.isoformat() if hasattr(value, "isoformat") else value
        )
    return sent


@pytest.fixture
def desk(client, cora):
    client.force_login(cora)
    return client


# Making one


def test_the_gallery_leads_to_a_program_and_its_hub(desk, cora, draft, now):
    gallery = text(desk.get(reverse("programs:new")))
    assert "Emerging leaders" in gallery and "Open slots cannot be offered here yet." in gallery

    starts_on = (now + timedelta(days=60)).date()
    sent = {"template": "onboarding", "title": "Hello 2027", "starts_on": starts_on, "zone": "Europe/Oslo"}
    response = desk.post(reverse("programs:new"), sent)
    made = Program.objects.get(title="Hello 2027")
    assert (response.status_code, response["Location"]) == (303, address("setup", made))
    assert (made.zone, made.template, made.cadence_days, made.created_by) == (
        "Europe/Oslo",
        "onboarding",
        14,
        cora,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 121},
        {"title": "\0"},
        {"starts_on": ""},
        {"starts_on": "2020-01-01"},
        {"starts_on": "9999-12-31"},
        {"starts_on": "0001-01-01"},
        {"starts_on": "soon"},
        {"zone": "Nowhere/Land"},
        {"zone": ""},
        {"title": "x" * 1_000_000},
    ],
)
def test_a_wrong_start_is_said_beside_its_field_and_keeps_the_rest(desk, draft, now, wrong):
    good = {
        "template": "leadership",
        "title": "Kept",
        "starts_on": (now + timedelta(days=9)).date(),
        "zone": "UTC",
    }
    response = desk.post(reverse("programs:new"), {**good, **wrong})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(wrong)
    if "title" not in wrong:
        assert 'value="Kept"' in text(response)
    assert Program.objects.count() == 1


def test_an_unknown_template_shows_the_gallery(desk, draft):
    for template in ("flash", "nonsense", "\0", ""):
        response = desk.get(reverse("programs:new"), {"template": template})
        assert response.status_code == 200 and "Start from a template" in text(response)


# The tasks


@pytest.mark.parametrize("code", TASKS)
def test_a_task_saved_as_it_stands_changes_nothing_but_that_it_is_done(desk, draft, cora, code):
    before = Program.objects.values().get(pk=draft.pk)
    response = desk.post(address("task", draft, code), filled(desk, draft, code))

    assert (response.status_code, response["Location"]) == (303, address("setup", draft))
    after = Program.objects.values().get(pk=draft.pk)
    assert list(after["tasks_done"]) == [code]
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"version", "tasks_done"}
    event = Event.objects.filter(verb="program.changed").get()
    assert (event.by, event.details["task"], event.scope) == (cora, code, draft.scope)


def test_the_hub_counts_what_is_done_and_names_what_is_missing(desk, draft):
    page = desk.get(address("setup", draft))
    assert (page.context["done"], page.context["people"]) == (4, 0)

    Program.objects.filter(pk=draft.pk).update(eligibility="")
    page = desk.get(address("setup", draft))
    states = {line["task"].code: str(line["state"]) for line in page.context["lines"]}
    assert states == {
        "basics": "Check this",
        "people": "There is a problem",
        "questions": "Done",
        "matching": "Done",
        "rhythm": "Done",
        "emails": "Done",
    }


def test_the_dates_decide_the_length(desk, draft):
    start = timezone.localdate() + timedelta(days=50)
    sent = filled(desk, draft, "basics") | {
        "kick_off_on": start.isoformat(),
        "planned_end_on": (start + timedelta(days=100)).isoformat(),
        "outcome": "Women in grade 7",
        "baseline": "31 %",
        "target": "40 %",
    }
    assert desk.post(address("task", draft, "basics"), sent).status_code == 303

    draft.refresh_from_db()
    outcome = draft.outcomes.get()
    assert draft.length_days == 100
    assert (outcome.metric, outcome.baseline, outcome.target) == ("Women in grade 7", "31 %", "40 %")
    assert draft.cycles.get().kick_off_on == start


def day(after):
    return (timezone.localdate() + timedelta(days=after)).isoformat()


@pytest.mark.parametrize(
    "code, wrong, field",
    [
        ("basics", {"title": ""}, "title"),
        ("basics", {"purpose": "  "}, "purpose"),
        ("basics", {"target": ""}, "target"),
        ("basics", {"title": "\0"}, "title"),
        ("basics", {"outcome": "x" * 201}, "outcome"),
        ("basics", {"zone": "Mars/Base"}, "zone"),
        ("basics", {"kick_off_on": "9999-12-31"}, "kick_off_on"),
        ("basics", {"kick_off_on": "0001-01-01"}, "kick_off_on"),
        ("basics", {"planned_end_on": "9999-12-31"}, "planned_end_on"),
        ("basics", {"kick_off_on": day(50), "planned_end_on": day(60)}, "planned_end_on"),
        ("basics", {"planned_end_on": "31/31/2027"}, "planned_end_on"),
        ("people", {"eligibility": ""}, "eligibility"),
        ("people", {"deputy": "nobody@example.org"}, "deputy"),
        ("people", {"sponsor": "not an address"}, "sponsor"),
        ("people", {"enrolment_closes_on": day(-1), "matching_on": ""}, "enrolment_closes_on"),
        ("people", {"enrolment_closes_on": "9999-12-31", "matching_on": ""}, "enrolment_closes_on"),
        ("people", {"matching_on": "9999-12-31"}, "matching_on"),
        ("people", {"enrolment_closes_on": day(20), "matching_on": day(10)}, "matching_on"),
        ("questions", {"own_options": "Yes\nNo"}, "own_text"),
        ("questions", {"own_text": "Well?", "own_options": "Only one"}, "own_options"),
        ("questions", {"own_text": "x" * 201}, "own_text"),
        ("questions", {"own_readers": "everybody"}, "own_readers"),
        ("matching", {"weight_topics": "-1"}, "weight_topics"),
        ("matching", {"weight_topics": "101"}, "weight_topics"),
        ("matching", {"weight_topics": "many"}, "weight_topics"),
        ("matching", {"objective": "luck"}, "objective"),
        ("matching", {"default_capacity": "11"}, "default_capacity"),
        ("rhythm", {"cadence_days": "0"}, "cadence_days"),
        ("rhythm", {"cadence_days": "99999999999999999999"}, "cadence_days"),
        ("rhythm", {"meeting_minutes": ""}, "meeting_minutes"),
        ("rhythm", {"mode": "telepathy"}, "mode"),
        ("rhythm", {"offer_days": "31"}, "offer_days"),
        ("emails", {"conduct": ""}, "conduct"),
        ("emails", {"privacy_notice": "\0"}, "privacy_notice"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(desk, draft, code, wrong, field):
    sent = filled(desk, draft, code) | wrong
    response = desk.post(address("task", draft, code), sent)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    kept = {name: response.context["form"][name].value() for name in wrong}
    assert kept == wrong
    draft.refresh_from_db()
    assert (draft.tasks_done, draft.version) == ({}, 0)


def test_all_weights_at_nothing_are_refused(desk, draft):
    sent = filled(desk, draft, "matching")
    sent = {name: "0" if name.startswith("weight_") else value for name, value in sent.items()}
    response = desk.post(address("task", draft, "matching"), sent)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["weight_topics"])


def test_a_program_shorter_than_its_rhythm_is_refused_on_both_pages(desk, draft):
    Program.objects.filter(pk=draft.pk).update(cadence_days=90)
    sent = filled(desk, draft, "basics") | {"kick_off_on": day(50), "planned_end_on": day(110)}
    response = desk.post(address("task", draft, "basics"), sent)
    assert response.status_code == 422
    assert response.context["form"].errors["planned_end_on"] == [
        "People meet every 90 days: the program must be longer than that."
    ]

    Program.objects.filter(pk=draft.pk).update(length_days=40, cadence_days=28)
    response = desk.post(
        address("task", draft, "rhythm"), filled(desk, draft, "rhythm") | {"cadence_days": 41}
    )
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["cadence_days"])


@pytest.mark.parametrize("code", TASKS)
def test_a_megabyte_in_any_field_is_no_server_error(desk, draft, code):
    sent = filled(desk, draft, code)
    for name in sent:
        status = desk.post(address("task", draft, code), sent | {name: "é" * 500_000}).status_code
        assert status in (303, 422), name
        draft.refresh_from_db()
        sent["version"] = draft.version


def test_an_unknown_task_is_not_found(desk, draft):
    assert desk.get(address("task", draft, "nonsense")).status_code == 404


# Two at once


def test_a_stale_page_shows_both_texts_and_saves_only_when_pressed_again(desk, draft, cora, now):
    sent = filled(desk, draft, "basics")
    actions.change_program(
        Program.objects.get(pk=draft.pk), by=cora, now=now, version=0, title="Theirs", purpose="Their purpose"
    )
    response = desk.post(address("task", draft, "basics"), sent | {"title": "Mine"})

    page = text(response)
    assert response.status_code == 409
    assert "Theirs" in page and 'value="Mine"' in page and "Their purpose" in page
    assert Program.objects.get(pk=draft.pk).title == "Theirs"
    assert draft.outcomes.count() == 1

    again = {field.html_name: field.value() for field in response.context["form"]}
    assert desk.post(address("task", draft, "basics"), again).status_code == 303
    assert Program.objects.get(pk=draft.pk).title == "Mine"


def test_a_stale_save_leaves_nothing_of_itself_behind(draft, cora, otto, now):
    stale = Program.objects.get(pk=draft.pk)
    actions.change_program(draft, by=cora, now=now, version=0, title="Theirs")
    given = {
        "version": 0,
        "audience": "",
        "eligibility": "x",
        "enrolment_closes_on": None,
        "matching_on": None,
        "deputy": otto,
        "sponsor": None,
    }
    with pytest.raises(Refused):
        actions.save_task(stale, "people", given, by=cora, now=now)

    assert draft.roles.filter(role="deputy").count() == 0
    assert draft.cycles.get().matching_on is not None


def test_nobody_else_saves_a_task(draft, otto, oda, hana, mira, now):
    for person in (otto, oda, hana, mira):
        with pytest.raises(PermissionDenied):
            actions.save_task(draft, "rhythm", {"version": 0, "cadence_days": 7}, by=person, now=now)
        with pytest.raises(PermissionDenied):
            actions.change_program(draft, by=person, now=now, version=0, title="Mine")
    assert Event.objects.filter(verb="program.changed").count() == 0


# Roles


def test_naming_another_deputy_takes_the_role_from_the_first_and_logs_both(desk, draft, otto, mira):
    for person in (otto, mira):
        sent = filled(desk, draft, "people") | {"deputy": person.email.upper()}
        assert desk.post(address("task", draft, "people"), sent).status_code == 303

    roles = draft.roles.filter(role="deputy").order_by("pk")
    held = [(role.person_id, role.ended_at is None) for role in roles]
    assert held == [(otto.pk, False), (mira.pk, True)]
    logged = (
        Event.objects.filter(verb__startswith="program.role")
        .order_by("pk")
        .values_list("verb", "details__person")
    )
    assert list(logged) == [
        ("program.role_given", otto.pk),
        ("program.role_given", mira.pk),
        ("program.role_taken", otto.pk),
    ]


def test_a_deputy_can_hand_the_role_on_and_is_then_outside(client, draft, otto, mira):
    draft.roles.create(person=otto, role="deputy")
    client.force_login(otto)
    sent = filled(client, draft, "people") | {"deputy": mira.email}
    response = client.post(address("task", draft, "people"), sent)

    assert (response.status_code, response["Location"]) == (303, reverse("programs:index"))
    assert client.get(address("setup", draft)).status_code == 404
    assert draft.roles.get(role="deputy", ended_at=None).person == mira


def test_the_last_coordinator_stays(desk, draft, cora, otto, now):
    own = draft.roles.get(role="coordinator")
    draft.roles.create(person=otto, role="deputy")
    response = desk.post(address("settings", draft), {"role": own.pk}, follow=True)
    assert "A program needs a coordinator." in text(response)

    gone = ProgramRole.objects.create(program=draft, person=make.person(is_active=False), role="coordinator")
    with pytest.raises(Refused):
        actions.take_role(own, by=cora, now=now)
    gone.delete()

    draft.roles.create(person=otto, role="coordinator")
    response = desk.post(address("settings", draft), {"role": own.pk})
    assert response["Location"] == reverse("programs:index")
    assert list(draft.roles.filter(role="coordinator", ended_at=None).values_list("person", flat=True)) == [
        otto.pk
    ]
    assert desk.post(address("settings", draft), {"role": own.pk}).status_code == 404


def test_a_role_of_another_program_cannot_be_taken_here(desk, draft, other_pair):
    theirs = other_pair.program.roles.get()
    for role in (theirs.pk, "x", "", "9" * 400, "\0"):
        assert desk.post(address("settings", draft), {"role": role}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.ended_at is None


def test_a_role_is_given_once(draft, cora, otto, now):
    first = actions.give_role(draft, otto, "sponsor", by=cora, now=now)
    assert actions.give_role(draft, otto, "sponsor", by=cora, now=now) == first
    assert Event.objects.filter(verb="program.role_given").count() == 1
    with pytest.raises(PermissionDenied):
        actions.give_role(draft, otto, "coordinator", by=otto, now=now)
    with pytest.raises(PermissionDenied):
        actions.take_role(first, by=otto, now=now)


# Questions


def ask(program, field):
    return f"ask_{program.questions.get(field=field).public_id}"


def test_a_question_can_be_left_out_and_asked_again(desk, draft):
    sent = filled(desk, draft, "questions") | {
        ask(draft, "values"): "no",
        ask(draft, "working_style"): "optional",
    }
    assert desk.post(address("task", draft, "questions"), sent).status_code == 303
    assert not draft.questions.filter(field="values").exists()
    assert not draft.questions.get(field="working_style").is_required

    sent = filled(desk, draft, "questions")
    assert sent["add_values"] == "no"
    assert (
        desk.post(address("task", draft, "questions"), sent | {"add_values": "required"}).status_code == 303
    )
    again = draft.questions.get(field="values")
    assert (again.is_required, again.order, again.kind) == (True, 6, "field")


def test_what_matching_needs_cannot_be_left_out(desk, draft):
    sent = filled(desk, draft, "questions") | {
        ask(draft, name): "no" for name in ("languages", "capacity", "skills_wanted")
    }
    assert desk.post(address("task", draft, "questions"), sent).status_code == 303
    assert draft.questions.count() == 11


def test_a_question_of_ones_own_comes_last_with_its_choices(desk, draft):
    sent = filled(desk, draft, "questions") | {
        "own_text": "When would you begin?",
        "own_options": "Now, at once\n\n Later \nLater",
        "own_readers": "partner",
    }
    assert desk.post(address("task", draft, "questions"), sent).status_code == 303

    own = draft.questions.last()
    assert (own.text, own.kind, own.options, own.readers, own.is_required) == (
        "When would you begin?",
        "choice",
        ["Now, at once", "Later"],
        "partner",
        False,
    )


def test_a_question_that_somebody_has_answered_stays(desk, draft, cora, now):
    own = make.question(draft)
    enrolment = make.enrolment(draft, state="invited")
    sent = filled(desk, draft, "questions") | {f"ask_{own.public_id}": "no"}
    Answer.objects.create(enrolment=enrolment, question=own, content={"answer": "Curiosity."})

    page = text(desk.get(address("task", draft, "questions")))
    assert "1 person has answered it, so it stays." in page
    assert desk.post(address("task", draft, "questions"), sent).status_code == 422
    with pytest.raises(Refused):
        given = {"version": 0, f"ask_{own.public_id}": "no", "own_text": ""}
        actions.save_task(draft, "questions", given, by=cora, now=now)
    assert Answer.objects.get().content == {"answer": "Curiosity."}


# Code and notice


def test_a_changed_code_or_notice_is_a_new_version(desk, draft):
    sent = filled(desk, draft, "emails")
    desk.post(address("task", draft, "emails"), sent | {"conduct": "Be kind.", "invitation_note": "Do join."})
    draft.refresh_from_db()
    assert (draft.conduct_version, draft.privacy_version, draft.invitation_note) == (2, 1, "Do join.")


# After publishing


def test_what_is_changed_after_publishing_says_whom_it_reaches(desk, opened, cora, now):
    enrolment = make.enrolment(opened, state="invited", invited_at=None)
    actions.invite(enrolment, by=cora, now=now)
    page = text(desk.get(address("task", opened, "rhythm")))
    assert "1 person will see the change" in page
    sent = filled(desk, opened, "rhythm") | {"cadence_days": 14}
    assert desk.post(address("task", opened, "rhythm"), sent).status_code == 303
    opened.refresh_from_db()
    assert (opened.cadence_days, opened.state) == (14, "published")


def test_the_number_of_questions_to_the_database_does_not_grow(desk, draft, django_assert_num_queries):
    def ask_all(number):
        with django_assert_num_queries(number):
            desk.get(address("setup", draft))

    desk.get(address("setup", draft))
    ask_all(9)
    for _ in range(5):
        make.enrolment(draft, state="invited")
        make.question(draft)
        draft.roles.create(person=make.person(), role="sponsor")
    ask_all(9)


def test_the_list_of_programs_takes_the_same_questions_for_many(desk, cora, django_assert_num_queries):
    for title in ("First", "Second"):
        make.program(coordinators=[cora], title=title)
    desk.get(reverse("programs:index"))
    for _ in range(2):
        with django_assert_num_queries(9):
            desk.get(reverse("programs:index"))
        for n in range(5):
            make.program(coordinators=[cora], title=f"P {n}", state="draft")
