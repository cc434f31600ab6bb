import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from people.actions import bring
from people.models import PeopleImport, User
from tests import make
from tests.pages import text
from tests.people.test_import_actions import CHOICES, FILE

ALL = [
    "import",
    "import_columns",
    "import_application",
    "import_reversal",
    "import_giving_up",
    "import_problems",
]


def address(name, one=None):
    return reverse(f"people:{name}", args=[one.public_id] if one else [])


def upload(client, content=FILE, name="people.csv", **more):
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(address("imports"), {"file": SimpleUploadedFile(name, data), **more})


@pytest.fixture
def examined(hana_at):
    upload(hana_at)
    one = PeopleImport.objects.get()
    hana_at.post(address("import_columns", one))
    one.refresh_from_db()
    return one


def test_from_the_file_to_the_people_and_back(hana_at):
    response = upload(hana_at)
    one = PeopleImport.objects.get()
    assert (response.status_code, response["Location"]) == (303, address("import_columns", one))
    page = hana_at.get(response["Location"])
    chosen = {line["column"].header: line["target"] for line in page.context["lines"]}
    assert chosen == CHOICES

    response = hana_at.post(address("import_columns", one))
    assert response["Location"] == address("import", one)
    people = User.objects.count()
    preview = hana_at.get(response["Location"])
    assert "Add 3, change 0" in text(preview)
    assert preview.context["protection"].people == 3
    assert "reporting-line rule" in text(preview)
    assert User.objects.count() == people

    done = hana_at.post(address("import_application", one), follow=True)
    assert "3 people added." in text(done) and "Take it back" in text(done)
    again = hana_at.post(address("import_application", one), follow=True)
    assert "This file has been applied already, or given up." in text(again)
    assert User.objects.count() == people + 3
    back = hana_at.post(address("import_reversal", one), follow=True)
    assert "Taken back: 3 people taken out, 0 put back as they were." in text(back)
    assert User.objects.count() == people
    assert "This file is not applied" in text(hana_at.post(address("import_reversal", one), follow=True))


@pytest.mark.parametrize(
    "content, name",
    [
        (b"", "people.csv"),
        (b"\0\0\0\0", "people.csv"),
        (b"PK\x03\x04broken", "people.xlsx"),
        (b"\xff\xfe\x00", "people.csv"),
        (b"%PDF-1.7 ...", "people.csv"),
        (b"a,b\n1,2\n", "people.exe"),
        (b"one line only", "people.csv"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "people.xlsx"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_file(hana_at, content, name):
    response = upload(hana_at, content, name)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["file"])
    assert PeopleImport.objects.count() == 0


def test_no_file_is_said_too(hana_at):
    response = hana_at.post(address("imports"), {"x": "1"})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["file"])


def test_a_wrong_meaning_keeps_the_choices(hana_at):
    upload(hana_at)
    one = PeopleImport.objects.get()
    columns = {
        line["column"].header: line["column"].index
        for line in hana_at.get(address("import_columns", one)).context["lines"]
    }
    sent = {f"column_{columns['Job title']}": "site", f"column_{columns['Site']}": "site"}
    response = hana_at.post(address("import_columns", one), sent)
    assert response.status_code == 422 and response.context["has_errors"]
    assert {line["column"].header: line["target"] for line in response.context["lines"]}[
        "Job title"
    ] == "site"
    for odd in ("nonsense", "\0", "x" * 100_000):
        assert (
            hana_at.post(address("import_columns", one), {f"column_{columns['Site']}": odd}).status_code
            == 422
        )
        assert hana_at.post(address("import_columns", one), {"order": odd}).status_code in (303, 422)
    one.refresh_from_db()
    assert one.state in ("uploaded", "examined")


def test_a_file_given_up_can_be_looked_at_and_nothing_more(hana_at, examined):
    assert hana_at.post(address("import_giving_up", examined))["Location"] == address("imports")
    assert "Nothing was changed" in text(hana_at.get(address("import", examined)))
    again = hana_at.post(address("import_giving_up", examined), follow=True)
    assert "This file has been dealt with already." in text(again)
    assert hana_at.get(address("import_columns", examined)).status_code == 303
    assert hana_at.get(address("import_problems", examined)).status_code == 404


def test_rows_to_repair_can_be_downloaded(hana_at):
    upload(hana_at, FILE + "9,,nameless@example.org,Clerk,Leeds,Finance,3,,English\n")
    one = PeopleImport.objects.get()
    hana_at.post(address("import_columns", one))
    assert "Download the rows that need repair" in text(hana_at.get(address("import", one)))
    response = hana_at.get(address("import_problems", one))
    assert response["Content-Disposition"] == 'attachment; filename="rows-to-repair.csv"'
    assert "nameless@example.org" in response.content.decode("utf-8-sig")


def test_a_file_with_nothing_new_changes_nothing(hana_at, examined):
    hana_at.post(address("import_application", examined))
    upload(hana_at)
    one = PeopleImport.objects.latest("pk")
    hana_at.post(address("import_columns", one))
    assert "Add 0, change 0" in text(hana_at.get(address("import", one)))


def test_a_page_that_was_never_examined_leads_to_the_columns(hana_at):
    upload(hana_at)
    one = PeopleImport.objects.get()
    assert hana_at.get(address("import", one))["Location"] == address("import_columns", one)
    done = hana_at.post(address("import_application", one), follow=True)
    assert User.objects.filter(email="nell@example.org").count() == 0 and done.status_code == 200


def test_only_hr_admins_and_administrators_see_any_of_it(client, cast, examined):
    for who, person in cast.items():
        client.force_login(person)
        expected = 200 if who in ("hana", "ada") else 403
        assert client.get(address("imports")).status_code == expected, who
        assert client.get(address("import", examined)).status_code == expected, who
        if expected == 403:
            for name in ALL:
                assert client.post(address(name, examined)).status_code in (403, 405), (who, name)
    examined.refresh_from_db()
    assert examined.state == "examined"


def test_the_file_of_a_program_is_not_found_here(hana_at, cora, program, now):
    one = bring(FILE.encode(), "people.csv", by=cora, now=now, scope=program.scope)
    for name in ALL:
        for method in ("get", "post"):
            assert getattr(hana_at, method)(address(name, one)).status_code in (404, 405)
    assert one.file_name not in text(hana_at.get(address("imports")))


def test_earlier_files_cost_the_same_for_many(hana_at, hana, django_assert_num_queries):
    def bring_some(count):
        for n in range(count):
            PeopleImport.objects.create(file_name=f"{n}.csv", digest="0", created_by=make.hr_admin())

    bring_some(1)
    hana_at.get(address("imports"))
    for _ in range(2):
        with django_assert_num_queries(6):
            hana_at.get(address("imports"))
        bring_some(10)


def test_the_preview_costs_the_same_for_many(hana_at, django_assert_num_queries):
    def preview(text_):
        upload(hana_at, text_)
        one = PeopleImport.objects.latest("pk")
        hana_at.post(address("import_columns", one))
        hana_at.get(address("import", one))
        with django_assert_num_queries(9):
            assert hana_at.get(address("import", one)).status_code == 200

    preview(FILE)
    preview(
        FILE
        + "".join(
            f"{n},Person No{n},p{n}@example.org,Clerk,Leeds,Finance,3,Law,English\n" for n in range(10, 80)
        )
    )
