"""The order of grades: put by a person, never guessed, one for everybody."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from activity.models import Event
from people.actions import put_grades_in_order
from people.actions.profiles import Refused
from people.grades import Line, fingerprint, levels_of, lines_of, suggestion, unplaced
from people.models import Organisation, PeopleImport
from tests import make
from tests.pages import text

PAGE = reverse("people:grades")


def graded(*grades):
    return [make.answered(make.person(), grade=grade) for grade in grades]


def order():
    return Organisation.objects.current().grades


def fields_on(response):
    """Name of the grade to the name of its field."""
    return {line.name: field.html_name for line, field in response.context["form"].rows}


def places_on(response):
    return {line.name: field.value() for line, field in response.context["form"].rows}


def save(client, places, page=None):
    """As somebody types: what is not named stays as the page had it."""
    page = page or client.get(PAGE)
    names, shown = fields_on(page), places_on(page)
    typed = {names[name]: place if place is not None else "" for name, place in {**shown, **places}.items()}
    return client.post(PAGE, {**typed, "seen": page.context["form"]["seen"].value()})


# The order


def test_a_grade_is_the_same_however_it_is_spaced_and_capitalised():
    assert levels_of([["Clerk"], ["Lead", "senior  Clerk"]]) == {"clerk": 1, "lead": 2, "senior clerk": 2}
    held = {"SENIOR CLERK": 2, "clerk ": 1, "Boss": 3, "boss": 1, " ": 9}
    assert unplaced(held, [["Clerk"], ["senior  Clerk"]]) == (1, 4)
    assert unplaced(["Boss", "boss", "Clerk", ""], []) == (2, 3)


def test_those_in_order_come_first_and_then_those_most_people_have():
    lines = lines_of([["Clerk"], ["Lead"]], {"lead": 2, "Boss": 1, "Chair": 3, "Old": 1})
    assert lines == [
        Line("Clerk", 0, 1),
        Line("Lead", 2, 2),
        Line("Chair", 3, None),
        Line("Boss", 1, None),
        Line("Old", 1, None),
    ]
    assert [line.place for line in lines] == [10, 20, None, None, None]


def test_what_has_no_place_is_said_with_its_numbers(db):
    assert unplaced({"A": 1}, []).sentence == (
        "1 grade is not in order yet. Experience does not count for the 1 person who has it."
    )
    assert unplaced({"A": 4, "B": 3}, []).sentence == (
        "2 grades are not in order yet. Experience does not count for 7 people."
    )
    assert unplaced({"A": 4, "B": 3}, []).link == "Put 2 grades in order"


@pytest.mark.parametrize(
    "names, places",
    [
        (["SEO", "EO", "Grade 7", "SCS1", "Grade 6", "Contractor"],
         {"EO": 10, "SEO": 20, "Grade 7": 30, "Grade 6": 40, "SCS1": 50}),
        (["Band 10", "Band 2", "Band 1"], {"Band 1": 10, "Band 2": 20, "Band 10": 30}),
        (["Director", "Associate", "Lead", "Head", "Specialist"],
         {"Associate": 10, "Specialist": 20, "Lead": 30, "Head": 40, "Director": 50}),
        (["Senior Engineer", "Engineer 2", "Engineer 1", "Junior Engineer"],
         {"Junior Engineer": 10, "Engineer 1": 20, "Engineer 2": 30, "Senior Engineer": 40}),
        (["Blue", "Green"], {}),
    ],
)  # fmt: skip
def test_a_suggestion_reads_ladders_numbers_and_words_and_invents_nothing(names, places):
    assert suggestion(names) == places


# The deed


def test_only_hr_and_administrators_put_grades_in_order(cast, client, now):
    for who, person in cast.items():
        client.force_login(person)
        expected = 200 if who in ("hana", "ada") else 403
        assert client.get(PAGE).status_code == expected, who
        if who not in ("hana", "ada"):
            with pytest.raises(PermissionDenied):
                put_grades_in_order([["A"]], seen=fingerprint([]), by=person, now=now)
    assert order() == []


def test_the_order_is_kept_once_and_what_is_sent_twice_does_nothing(hana, now):
    seen = fingerprint([])
    assert put_grades_in_order([["A"], ["B"]], seen=seen, by=hana, now=now) is True
    assert put_grades_in_order([["A"], ["B"]], seen=seen, by=hana, now=now) is False
    assert order() == [["A"], ["B"]]
    event = Event.objects.get(verb="people.grades_ordered")
    assert (event.by, event.details) == (hana, {"levels": 2, "grades": 2})


def test_what_somebody_else_has_changed_since_is_not_overwritten(hana, ada, now):
    seen = fingerprint([])
    put_grades_in_order([["A"], ["B"]], seen=seen, by=ada, now=now)
    with pytest.raises(Refused):
        put_grades_in_order([["B"], ["A"]], seen=seen, by=hana, now=now)
    assert order() == [["A"], ["B"]]
    assert put_grades_in_order([["B"], ["A"]], seen=fingerprint(order()), by=hana, now=now)


# The page


def test_places_are_typed_saved_and_shown_with_room_between(hana_at):
    graded("Clerk", "clerk", "Lead", "Boss", "Odd")
    page = hana_at.get(PAGE)
    assert places_on(page) == {"Clerk": None, "Boss": None, "Lead": None, "Odd": None}
    assert "4 grades are not in order yet. Experience does not count for 5 people." in text(page)
    response = save(hana_at, {"Clerk": 3, "Boss": 700, "Lead": 700})
    assert (response.status_code, response["Location"]) == (303, PAGE)
    assert order() == [["Clerk"], ["Boss", "Lead"]]
    page = hana_at.get(PAGE)
    assert "Saved, with 2 levels." in text(page) and "2 of 2" in text(page)
    assert places_on(page) == {"Clerk": 10, "Boss": 20, "Lead": 20, "Odd": None}
    save(hana_at, {"Odd": 15})
    assert order() == [["Clerk"], ["Odd"], ["Boss", "Lead"]]
    assert "Every grade that somebody has is in order." in text(hana_at.get(PAGE))
    save(hana_at, dict.fromkeys(["Clerk", "Odd", "Boss", "Lead"]))
    assert order() == []


def test_sending_the_same_page_twice_does_no_harm(hana_at):
    graded("Clerk", "Lead")
    page = hana_at.get(PAGE)
    for _ in range(2):
        assert save(hana_at, {"Clerk": 1, "Lead": 2}, page).status_code == 303
    assert Event.objects.filter(verb="people.grades_ordered").count() == 1


def test_a_page_that_has_become_old_says_so_and_loses_nothing(hana_at):
    graded("Clerk", "Lead")
    old = hana_at.get(PAGE)
    save(hana_at, {"Clerk": 1, "Lead": 2})
    response = save(hana_at, {"Clerk": 5, "Lead": 4}, old)
    assert response.status_code == 422
    assert "Somebody else has changed the order in the meantime." in text(response)
    assert order() == [["Clerk"], ["Lead"]] and places_on(response) == {"Clerk": "5", "Lead": "4"}
    save(hana_at, {}, response)
    assert order() == [["Lead"], ["Clerk"]]


def test_grades_that_came_after_the_page_was_opened_stay_as_they_are(hana_at, hana, now):
    graded("Clerk", "Lead")
    save(hana_at, {"Clerk": 1, "Lead": 2})
    only_lead = fields_on(hana_at.get(PAGE))["Lead"]
    hana_at.post(PAGE, {only_lead: "1", "seen": fingerprint(order()), "place_unknown": "7"})
    assert order() == [["Lead"], ["Clerk"]]


@pytest.mark.parametrize(
    "typed, said",
    [
        ("first", "Give “50% <Lead>” a whole number, or leave it empty."),
        ("1.5", "Give “50% <Lead>” a whole number, or leave it empty."),
        ("a\0b", "Give “50% <Lead>” a whole number, or leave it empty."),
        ("9" * 9000, "Give “50% <Lead>” a whole number, or leave it empty."),
        ("0", "Give “50% <Lead>” a number from 1, or leave it empty."),
        ("-4", "Give “50% <Lead>” a number from 1, or leave it empty."),
        ("9" * 40, "Give “50% <Lead>” a number up to 9999, or leave it empty."),
    ],
)
def test_a_number_that_is_none_is_told_beside_its_field(hana_at, typed, said):
    graded("Clerk", "50% <Lead>")
    response = save(hana_at, {"Clerk": 1, "50% <Lead>": typed})
    field = fields_on(response)["50% <Lead>"]
    assert (response.status_code, order()) == (422, [])
    assert response.context["form"].errors == {field: [said]}
    page = text(response)
    assert f'href="#id_{field}"' in page and 'aria-invalid="true"' in page
    assert "<Lead>" not in page and places_on(response)["Clerk"] == "1"


def test_more_levels_than_experience_counts_are_refused(hana_at):
    graded(*(f"Odd {n}" for n in range(101)))
    response = save(hana_at, {f"Odd {n}": n + 1 for n in range(101)})
    assert "These are 101 levels; there can be 100." in text(response) and order() == []
    save(hana_at, {f"Odd {n}": max(n, 1) for n in range(101)})
    assert len(order()) == 100


def test_a_suggestion_fills_the_fields_and_keeps_nothing(hana_at):
    graded("Head", "Associate", "Blue")
    assert "Fill in a suggestion" in text(hana_at.get(PAGE))
    page = hana_at.get(f"{PAGE}?suggested")
    assert places_on(page) == {"Associate": 10, "Head": 20, "Blue": None} and order() == []
    assert "nothing is kept before you save" in text(page)
    assert list(places_on(page)) == ["Associate", "Head", "Blue"]
    save(hana_at, {}, page)
    assert order() == [["Associate"], ["Head"]]
    again = hana_at.get(f"{PAGE}?suggested")
    assert places_on(again) == {"Associate": 10, "Head": 20, "Blue": None}
    assert "Fill in a suggestion" not in text(again)


def test_names_that_tell_nothing_are_not_guessed(hana_at):
    graded("Blue", "Green")
    assert "do not tell their order" in text(hana_at.get(f"{PAGE}?suggested"))


def test_without_grades_the_page_says_where_they_come_from(hana_at):
    assert "Nobody here has a grade. They come with a file of people." in text(hana_at.get(PAGE))
    assert "Grades in order" in text(hana_at.get(reverse("people:directory")))


def test_many_grades_cost_no_more_than_few(hana_at, django_assert_num_queries):
    graded("Grade 0")
    hana_at.get(PAGE)
    for count in (1, 100):
        graded(*(f"Grade {n}" for n in range(1, count)))
        with django_assert_num_queries(7):
            assert len(hana_at.get(PAGE).context["form"].rows) == count


# A file that brings grades

FILE = (
    "Full name,Email,Grade\nAmy A,amy@example.org,EO\nBob B,bob@example.org,SEO\nCat C,cat@example.org,EO\n"
)


def test_a_file_counts_its_grades_that_have_no_place_and_leads_to_the_page(hana_at):
    def bring(file):
        hana_at.post(reverse("people:imports"), {"file": SimpleUploadedFile("grades.csv", file.encode())})
        one = PeopleImport.objects.latest("pk")
        hana_at.post(reverse("people:import_columns", args=[one.public_id]))
        return reverse("people:import", args=[one.public_id])

    address = bring(FILE)
    preview = text(hana_at.get(address))
    assert "2 grades are not in order yet. Experience does not count for 3 people." in preview
    assert "They can be put in order when the file is in." in preview
    done = text(hana_at.post(f"{address}application/", follow=True))
    assert re.search(rf'<a href="{PAGE}">Put 2 grades in order</a>', done)
    assert order() == []
    save(hana_at, {"EO": 10, "SEO": 20})
    assert "not in order yet" not in text(hana_at.get(address))
    assert "not in order yet" not in text(hana_at.get(bring(FILE.replace("A,amy", "D,dan"))))


@pytest.mark.django_db(transaction=True)
def test_levels_that_stood_with_people_become_one_order_and_go_back():
    def migrate(name):
        executor = MigrationExecutor(connection)
        executor.migrate([("people", name)])
        return executor.loader.project_state([("people", name)]).apps

    try:
        old = migrate("0003_one_code_for_norwegian")
        for n, (grade, level) in enumerate(
            [("Clerk", 4), ("clerk", 4), ("Clerk", 2), ("Lead", 9), ("", 6), ("Odd", None)]
        ):
            user = old.get_model("people", "User").objects.create(
                full_name=f"Person {n}", email=f"{n}@example.org"
            )
            old.get_model("people", "Profile").objects.create(user=user, grade=grade, grade_level=level)
        migrate("0004_grades_in_order")
        assert order() == [["Clerk"], ["Level 6"], ["Lead"]]
        back = migrate("0003_one_code_for_norwegian").get_model("people", "Profile").objects.order_by("pk")
        assert list(back.values_list("grade", "grade_level")) == [
            ("Clerk", 1),
            ("clerk", 1),
            ("Clerk", 1),
            ("Lead", 3),
            ("Level 6", 2),
            ("Odd", None),
        ]
    finally:
        call_command("migrate", verbosity=0)
