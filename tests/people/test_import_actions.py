"""A file of people: brought, applied once, taken back to the last cell."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction

from activity.models import Event
from people.actions import apply_import, bring, choose_columns, create_person, give_up, undo_import
from people.actions.imports import Refused
from people.importing import Mapping, Outcome
from people.intake import examination_of
from people.models import Organisation, PeopleImport, ReportingLine, Site, Topic, User
from tests import make

FILE = """Employee ID,Full name,Email,Job title,Site,Department,Manager ID,Skills offered,Languages
1,Nell New,nell@example.org,Clerk,Leeds,Finance,3,Law; Budgets,English
2,Omar Old,omar@example.org,Lead,York,Finance,3,Speaking,English; French
3,Mona Manager,mona@example.org,Head,Leeds,Finance,,,English
"""
CHOICES = {
    "Employee ID": "employee_number",
    "Full name": "full_name",
    "Email": "email",
    "Job title": "job_title",
    "Site": "site",
    "Department": "unit",
    "Manager ID": "manager_number",
    "Skills offered": "skills_offered",
    "Languages": "languages",
}


@pytest.fixture
def organisation(db):
    return Organisation.objects.current()


@pytest.fixture
def omar(organisation):
    """Known from an earlier file, never here himself."""
    person = make.person("Omar Old", email="omar@example.org", joined=False)
    profile = person.profile
    profile.employee_number, profile.job_title, profile.answered_at = "2", "Clerk", None
    profile.site = Site.objects.create(name="Bath")
    profile.languages = ["de"]
    profile.save()
    make.topic(person, "Chess", "offered")
    make.topic(person, "Law", "offered", 2)
    make.reports_to(person, make.person("Erik Earlier"))
    return person


def brought(by, now, text=FILE, scope=""):
    one = bring(text.encode(), "people.csv", by=by, now=now, scope=scope)
    mapping = Mapping.from_json(one.mapping)
    chosen = {column.index: CHOICES.get(column.header, str(column.target)) for column in mapping.columns}
    return choose_columns(one, mapping.with_choices(chosen), by=by, now=now)


def dump():
    """Every row of every table but the log's and the import's own; keys of links do not matter."""
    found = {}
    for model in apps.get_models():
        if model._meta.app_label not in ("people", "programs", "relationships", "matching", "account"):
            continue
        if model is PeopleImport:
            continue
        names = [field.attname for field in model._meta.concrete_fields]
        if model._meta.model_name == "profiletopic":
            names.remove("id")
        found[model._meta.label] = sorted(
            tuple(str(getattr(row, name)) for name in names) for row in model._base_manager.all()
        )
    return found


def test_applying_adds_changes_and_draws_lines(hana, omar, now):
    one = brought(hana, now)
    apply_import(one, by=hana, now=now)

    assert (one.state, one.counts) == (
        "applied",
        {"added": 2, "changed": 1, "left_alone": 0, "needs_repair": 0, "leaver": 0},
    )
    nell, mona = User.objects.get(email="nell@example.org"), User.objects.get(email="mona@example.org")
    omar = User.objects.get(pk=omar.pk)
    assert (nell.has_usable_password(), nell.joined_at, nell.profile.source) == (False, None, "file")
    assert (nell.profile.site.name, nell.profile.unit.name, nell.profile.languages) == (
        "Leeds",
        "Finance",
        ["en"],
    )
    assert (omar.profile.job_title, omar.profile.site.name, omar.profile.languages) == (
        "Lead",
        "York",
        ["en", "fr"],
    )
    assert [link.topic.name for link in omar.profile.topic_links.filter(side="offered")] == ["Speaking"]
    current = ReportingLine.objects.current().values_list("person", "manager")
    assert set(current) == {(nell.pk, mona.pk), (omar.pk, mona.pk)}
    assert one.table == {}
    event = Event.objects.get(verb="people.imported")
    assert (event.by, event.details["added"]) == (hana, 2)


def test_undo_puts_every_table_back(hana, omar, now):
    before = dump()
    one = brought(hana, now)
    apply_import(one, by=hana, now=now)
    assert dump() != before
    result = undo_import(one, by=hana, now=now)
    assert result == {"taken_out": 2, "put_back": 1, "left_as_they_are": 0}
    assert dump() == before
    assert (one.state, one.before) == ("undone", {})


def test_applying_and_undoing_twice_is_once(hana, omar, now):
    one = brought(hana, now)
    stale = PeopleImport.objects.get(pk=one.pk)
    apply_import(one, by=hana, now=now)
    after = dump()
    for again in (one, stale):
        with pytest.raises(Refused), transaction.atomic():
            apply_import(again, by=hana, now=now)
    assert dump() == after
    undo_import(one, by=hana, now=now)
    with pytest.raises(Refused), transaction.atomic():
        undo_import(stale, by=hana, now=now)
    with pytest.raises(Refused), transaction.atomic():
        apply_import(stale, by=hana, now=now)


def test_the_same_file_again_changes_nothing(hana, omar, now):
    apply_import(brought(hana, now), by=hana, now=now)
    after = dump()
    second = brought(hana, now)
    apply_import(second, by=hana, now=now)
    assert second.counts["left_alone"] == 3
    assert dump() == after
    undo_import(second, by=hana, now=now)
    assert dump() == after


def test_who_has_done_something_since_stays(hana, omar, now):
    one = brought(hana, now)
    apply_import(one, by=hana, now=now)
    nell = User.objects.get(email="nell@example.org")
    make.enrolment(make.program(), nell)
    User.objects.filter(pk=omar.pk).update(full_name="Omar Olden")
    omar = User.objects.get(pk=omar.pk)
    omar.profile.job_title = "Chief"
    omar.profile.save()
    result = undo_import(one, by=hana, now=now)
    assert result == {"taken_out": 1, "put_back": 0, "left_as_they_are": 2}
    omar = User.objects.get(pk=omar.pk)
    assert (omar.profile.job_title, omar.profile.site.name) == ("Chief", "Bath")
    assert User.objects.filter(pk=nell.pk).exists()
    assert Topic.objects.filter(name="Budgets").exists()


def test_somebody_added_meanwhile_is_a_kind_refusal_and_nothing_is_half_done(hana, omar, now, monkeypatch):
    one = brought(hana, now)
    examined = examination_of(one, today=now.date())
    create_person(full_name="Nell New", email="nell@example.org", by=hana, now=now)
    monkeypatch.setattr("people.actions.imports.examination_of", lambda *_, **__: examined)
    before = dump()
    with pytest.raises(Refused, match="added by somebody else in the meantime"), transaction.atomic():
        apply_import(one, by=hana, now=now)
    one.refresh_from_db()
    assert (one.state, dump()) == ("examined", before)
    monkeypatch.undo()
    apply_import(one, by=hana, now=now)
    assert one.counts["added"] == 1


def test_leavers_are_closed_and_come_back_with_undo(hana, omar, now):
    text = FILE.replace("Languages\n", "Languages,Left on\n").replace("French\n", "French,2025-01-31\n")
    one = bring(text.encode(), "people.csv", by=hana, now=now)
    mapping = Mapping.from_json(one.mapping)
    chosen = {c.index: {**CHOICES, "Left on": "left_on"}[c.header] for c in mapping.columns}
    choose_columns(one, mapping.with_choices(chosen), by=hana, now=now)
    before = dump()
    apply_import(one, by=hana, now=now)
    omar.refresh_from_db()
    assert (omar.is_active, omar.left_at) == (False, now)
    undo_import(one, by=hana, now=now)
    assert dump() == before


def test_only_hr_admins_and_administrators(cast, now):
    for name, person in cast.items():
        if name in ("hana", "ada"):
            continue
        with pytest.raises(PermissionDenied):
            bring(FILE.encode(), "people.csv", by=person, now=now)
        one = brought(cast["hana"], now)
        for deed in (apply_import, give_up, undo_import):
            with pytest.raises(PermissionDenied):
                deed(one, by=person, now=now)
    assert PeopleImport.objects.filter(state="applied").count() == 0


def test_a_file_given_up_is_forgotten(hana, now):
    one = brought(hana, now)
    give_up(one, by=hana, now=now)
    assert (one.state, one.table) == ("given_up", {})
    with pytest.raises(Refused):
        apply_import(one, by=hana, now=now)
    with pytest.raises(Refused):
        choose_columns(one, Mapping.from_json(one.mapping), by=hana, now=now)
    with pytest.raises(Refused):
        give_up(one, by=hana, now=now)


def test_what_must_not_be_kept_is_never_written_down(hana, now):
    text = FILE.replace("Languages\n", "Languages,Salary,Race\n").replace("English\n", "English,51234,Blue\n")
    one = bring(text.encode(), "people.csv", by=hana, now=now)
    assert "51234" not in str(one.table) and "Blue" not in str(one.table)
    mapping = Mapping.from_json(one.mapping)
    assert [column.header for column in mapping.refused] == ["Salary", "Race"]


def test_who_has_joined_keeps_the_address_and_who_has_answered_the_answers(hana, omar, now):
    text = FILE.replace("omar@example.org", "other@example.org")
    User.objects.filter(pk=omar.pk).update(joined_at=now)
    omar.profile.answered_at = now
    omar.profile.save()
    one = brought(hana, now, text)
    row = examination_of(one, today=now.date()).of(Outcome.CHANGED)[0]
    assert {change.field for change in row.changes} == {"job_title", "site", "unit", "manager"}
    apply_import(one, by=hana, now=now)
    omar = User.objects.get(pk=omar.pk)
    assert (omar.email, omar.profile.languages, omar.profile.job_title) == (
        "omar@example.org",
        ["de"],
        "Lead",
    )


def test_the_address_of_somebody_who_was_never_here_follows_the_file(hana, omar, now):
    apply_import(brought(hana, now, FILE.replace("omar@", "Omar.Old@")), by=hana, now=now)
    assert User.objects.get(pk=omar.pk).email == "omar.old@example.org"


def test_the_file_of_a_program_fills_gaps_and_takes_nothing_over(cora, program, omar, now):
    """Its coordinator is not HR: no address, name, manager or leaving of somebody known is theirs to change."""
    erik = omar.lines_up.get().manager
    text = FILE.replace("omar@example.org", "cora.conti@example.org").replace("Omar Old", "Omar Oldest")
    one = brought(cora, now, text, scope=program.scope)
    apply_import(one, by=cora, now=now)
    omar = User.objects.get(pk=omar.pk)
    assert (omar.email, omar.full_name) == ("omar@example.org", "Omar Old")
    assert (omar.profile.job_title, omar.profile.unit.name) == ("Clerk", "Finance")
    assert ReportingLine.objects.current().get(person=omar).manager == erik
    assert omar.profile.languages == ["en", "fr"]

    gone = FILE.replace("Languages\n", "Languages,Left on\n").replace("French\n", "French,2025-01-31\n")
    one = bring(gone.encode(), "people.csv", by=cora, now=now, scope=program.scope)
    mapping = Mapping.from_json(one.mapping)
    chosen = {c.index: {**CHOICES, "Left on": "left_on"}[c.header] for c in mapping.columns}
    choose_columns(one, mapping.with_choices(chosen), by=cora, now=now)
    apply_import(one, by=cora, now=now)
    omar.refresh_from_db()
    assert omar.is_active


def test_people_without_an_address_are_people_too(hana, organisation, now):
    text = "Employee ID,Full name\n7,Nora None\n8,Noah None\n"
    apply_import(brought(hana, now, text), by=hana, now=now)
    assert list(User.objects.filter(email=None).order_by("pk").values_list("full_name", flat=True)) == [
        "Nora None",
        "Noah None",
    ]


def test_names_of_columns_are_remembered_for_the_next_file(hana, now):
    apply_import(brought(hana, now), by=hana, now=now)
    again = bring(FILE.encode(), "people.csv", by=hana, now=now + timedelta(days=1))
    targets = {column.header: str(column.target) for column in Mapping.from_json(again.mapping).columns}
    assert targets == CHOICES


def test_many_people_take_few_statements(hana, organisation, now, django_assert_max_num_queries):
    lines = [
        f"{n},Person No{n},p{n}@example.org,Clerk,Site {n % 7},Unit {n % 5},,Topic {n % 9},English"
        for n in range(200)
    ]
    one = brought(hana, now, FILE.splitlines()[0] + "\n" + "\n".join(lines))
    with django_assert_max_num_queries(40):
        apply_import(one, by=hana, now=now)
    assert one.counts["added"] == 200
    with django_assert_max_num_queries(140):
        undo_import(one, by=hana, now=now)
