"""A file of people for one program: on its list, matchable, and off again."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from people.actions import bring, choose_columns
from people.actions.imports import Refused
from people.importing import Mapping
from people.models import Organisation, PeopleImport, User
from programs.actions import invite_all
from programs.actions.imports import apply_to_program, undo_in_program
from programs.models import Enrolment
from tests import make
from tests.people.test_import_actions import dump

FILE = """Employee ID,Full name,Email,Role,Places,Skills offered,Skills wanted
1,Nell New,nell@example.org,mentee,,,Law
2,Omar Old,,mentor,3,Law,
3,Bo Both,bo@example.org,both,2,Chess,Law
"""
CHOICES = {
    "Employee ID": "employee_number",
    "Full name": "full_name",
    "Email": "email",
    "Role": "role",
    "Places": "capacity",
    "Skills offered": "skills_offered",
    "Skills wanted": "skills_wanted",
}


def brought(program, by, now, text=FILE):
    one = bring(text.encode(), "people.csv", by=by, now=now, scope=program.scope)
    mapping = Mapping.from_json(one.mapping)
    chosen = {column.index: CHOICES[column.header] for column in mapping.columns}
    return choose_columns(one, mapping.with_choices(chosen), by=by, now=now)


def listed():
    rows = Enrolment.objects.order_by("person__full_name", "role")
    return [(row.person.full_name, row.role, row.state, row.capacity, row.answered_by_file) for row in rows]


def test_everybody_is_on_the_list_in_their_role_with_the_answers_of_the_file(draft, cora, now):
    one = brought(draft, cora, now)
    apply_to_program(draft, one, by=cora, now=now)
    assert listed() == [
        ("Bo Both", "mentee", "accepted", 1, True),
        ("Bo Both", "mentor", "accepted", 2, True),
        ("Nell New", "mentee", "accepted", 1, True),
        ("Omar Old", "mentor", "accepted", 3, True),
    ]
    assert one.counts["enrolled"] == 4


def test_a_file_without_answers_only_puts_them_on_the_list(draft, cora, now):
    text = "Employee ID,Full name,Email,Role\n1,Nell New,nell@example.org,mentee\n"
    apply_to_program(draft, brought(draft, cora, now, text), by=cora, now=now)
    assert listed() == [("Nell New", "mentee", "invited", 1, False)]


def test_among_peers_everybody_is_a_peer_whatever_the_file_says(cora, now):
    peers = make.draft_program(cora, now=now, template="peers")
    apply_to_program(peers, brought(peers, cora, now), by=cora, now=now)
    assert listed() == [
        ("Bo Both", "peer", "accepted", 1, True),
        ("Nell New", "peer", "accepted", 1, True),
        ("Omar Old", "peer", "accepted", 1, True),
    ]


def test_a_file_for_peers_need_not_say_who_is_who(client, cora, now):
    peers = make.draft_program(cora, now=now, template="peers")
    text = "Employee ID,Full name,Email\n1,Nell New,nell@example.org\n"
    one = bring(text.encode(), "people.csv", by=cora, now=now, scope=peers.scope)
    client.force_login(cora)
    page = client.get(reverse("programs:import_columns", args=[peers.public_id, one.public_id]))
    assert "All are mentors" not in page.content.decode()
    chosen = {f"column_{c.index}": CHOICES[c.header] for c in Mapping.from_json(one.mapping).columns}
    sent = client.post(page.request["PATH_INFO"], {**chosen, "order": ""})
    assert sent.status_code == 303


def test_undo_puts_every_table_back_and_happens_once(draft, cora, now):
    Organisation.objects.current()
    before = dump()
    one = brought(draft, cora, now)
    apply_to_program(draft, one, by=cora, now=now)
    for _ in range(2):
        with pytest.raises(Refused), transaction.atomic():
            apply_to_program(draft, one, by=cora, now=now)
    assert Enrolment.objects.count() == 4
    result = undo_in_program(draft, one, by=cora, now=now)
    after = dump()
    assert {name: (rows, before[name]) for name, rows in after.items() if rows != before[name]} == {}
    assert result["taken_out"] == 3
    with pytest.raises(Refused), transaction.atomic():
        undo_in_program(draft, one, by=cora, now=now)


def test_the_same_file_twice_enrols_once(draft, cora, now):
    for enrolled in (4, 0):
        one = brought(draft, cora, now)
        apply_to_program(draft, one, by=cora, now=now)
        assert one.counts["enrolled"] == enrolled
    undo_in_program(draft, one, by=cora, now=now)
    assert Enrolment.objects.count() == 4


def test_who_has_been_invited_or_offered_stays_when_it_is_taken_back(opened, cora, now):
    one = brought(opened, cora, now)
    apply_to_program(opened, one, by=cora, now=now)
    nell, omar = (User.objects.get(full_name=name) for name in ("Nell New", "Omar Old"))
    invite_all(Enrolment.objects.filter(person=nell), by=cora, now=now)
    make.proposal(opened, omar, make.person(), state="suggested")
    undo_in_program(opened, one, by=cora, now=now)
    assert {row[0] for row in listed()} >= {"Nell New", "Omar Old"}
    assert not User.objects.filter(full_name="Bo Both").exists()


def test_put_on_the_list_by_another_meanwhile_is_a_kind_refusal(draft, cora, now, monkeypatch):
    theo = make.person("Nell New", email="nell@example.org")
    one = brought(draft, cora, now)
    make.enrolment(draft, theo)
    real = Enrolment.objects.filter
    monkeypatch.setattr("programs.actions.imports.Enrolment.objects.filter", lambda **_: real(pk=None))
    with pytest.raises(Refused, match="just put some of these people on the list"), transaction.atomic():
        apply_to_program(draft, one, by=cora, now=now)
    one.refresh_from_db()
    assert (one.state, User.objects.filter(full_name="Bo Both").exists()) == ("examined", False)


def test_only_coordinators_apply_and_take_back(draft, cast, cora, now):
    one = brought(draft, cora, now)
    for who, person in cast.items():
        if who != "cora":
            for deed in (apply_to_program, undo_in_program):
                with pytest.raises(PermissionDenied):
                    deed(draft, one, by=person, now=now)


def test_by_the_pages_with_the_role_said_for_all(client, draft, cora):
    client.force_login(cora)
    address = reverse("programs:imports", args=[draft.public_id])
    text = "Employee ID,Full name,Email\n1,Nell New,nell@example.org\n"
    sent = {"file": SimpleUploadedFile("mentors.csv", text.encode()), "role": "mentor"}
    response = client.post(address, sent)
    one = PeopleImport.objects.get()
    assert (response.status_code, one.mapping["default_role"]) == (303, "mentor")
    assert client.post(response["Location"], {"role": ""}).status_code == 422
    preview = client.post(response["Location"], {"role": "mentor"}, follow=True).content.decode()
    assert "Put 1 person on the list" in preview
    client.post(reverse("programs:import_application", args=[draft.public_id, one.public_id]))
    assert [row[:2] for row in listed()] == [("Nell New", "mentor")]
    back = client.post(
        reverse("programs:import_reversal", args=[draft.public_id, one.public_id]), follow=True
    )
    assert (
        "Taken back: 1 people taken out" in back.content.decode()
        or "Taken back: 1 person taken out" in back.content.decode()
    )
    assert listed() == []


def test_a_file_of_another_program_is_not_found(client, draft, cora, other_pair, now):
    one = brought(draft, cora, now)
    elsewhere = make.program(coordinators=[cora], title="Second")
    client.force_login(cora)
    for name in ("import", "import_columns", "import_problems"):
        assert (
            client.get(reverse(f"programs:{name}", args=[elsewhere.public_id, one.public_id])).status_code
            == 404
        )
    assert (
        client.post(
            reverse("programs:import_application", args=[elsewhere.public_id, one.public_id])
        ).status_code
        == 404
    )
