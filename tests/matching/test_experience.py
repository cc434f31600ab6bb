"""Experience on one scale for everybody: levels of the organisation's grades, or years where most have said them."""

import pytest
from django.urls import reverse

from matching.drafting import sheet
from matching.engine.certificate import people_of
from matching.experience import scale_of
from matching.snapshot import question
from people.models import Profile
from programs.models import Enrolment, Program
from tests import make


def asked(program, now):
    _pool, found = question(Enrolment.objects.filter(cycle__program=program).first().cycle, now)
    return found


def known(found):
    """Experience by id, of both sides."""
    mentees, mentors, _rules = people_of(found)
    return {person.id: person.experience for person in (*mentees, *mentors)}


@pytest.fixture
def graded(opened):
    """A mentee and two mentors: one level above, and five."""
    people = {}
    for role, grade in (("mentee", "B"), ("mentor", "c "), ("mentor", "G")):
        people[grade] = make.answered(make.person(f"Grade {grade}"), grade=grade)
        make.enrolment(opened, people[grade], role)
    return people


def test_without_an_order_nobody_has_a_level(opened, graded, now):
    found = asked(opened, now)
    assert set(known(found).values()) == {None} and found["distance"] == [3, 12]


def test_the_order_of_grades_gives_levels_and_a_distance_in_levels(opened, graded, now):
    make.grades("A", "B", ["C", "D"], "E", "F", "G")
    found = asked(opened, now)
    assert known(found) == {graded["B"].public_id: 2, graded["c "].public_id: 3, graded["G"].public_id: 6}
    assert found["distance"] == [1, 3]


def test_a_grade_without_a_place_says_nothing(opened, graded, now):
    make.grades("B", "C")
    assert known(asked(opened, now))[graded["G"].public_id] is None


def test_years_and_levels_are_never_compared_with_each_other(graded):
    make.grades("A", "B", "C", "G")
    Profile.objects.filter(grade="G").update(years_of_experience=30)
    scale = scale_of(Profile.objects.exclude(grade=""))
    assert (scale.in_grades, sorted(scale.of.values())) == (True, [2, 3, 4])
    Profile.objects.exclude(grade="").update(years_of_experience=5)
    scale = scale_of(Profile.objects.exclude(grade=""))
    assert (scale.in_grades, set(scale.of.values()), scale.distance_in("pairs")) == (False, {5}, {})


def test_peers_stand_side_by_side(opened, now):
    Program.objects.filter(pk=opened.pk).update(format="peer")
    make.grades("A", "B")
    for grade in "AB":
        make.enrolment(opened, make.answered(make.person(), grade=grade), "peer")
    found = asked(opened, now)
    assert found["distance"] == [-1, 1]
    assert sorted(person["experience"] for person in found["people"]) == [1, 2]


def test_a_mentor_as_far_above_as_wished_is_put_first(opened, graded, cora, now, work):
    make.grades("A", "B", "C", "D", "E", "F", "G")
    run = work(opened, cora, now)
    members = run.proposals.get().members.values_list("person__full_name", flat=True)
    assert (run.state, set(members)) == ("review", {"Grade B", "Grade c "})


def test_what_is_said_of_a_distance_is_what_it_was_scored_by(opened, graded, cora, now, work):
    """One level above is as wished, and worth all points; five are too many.  In years both would be too few."""
    make.grades("A", "B", "C", "D", "E", "F", "G")
    run = work(opened, cora, now)
    pair = run.proposals.get()
    assert pair.parts["experience"] == run.maxima["experience"]
    assert "distance_as_wished" in [fact["code"] for fact in pair.evidence["facts"]]
    assert "distance_off" not in pair.warnings
    by_hand = sheet(run).written(graded["B"].public_id, graded["G"].public_id)
    assert by_hand["parts"]["experience"] < run.maxima["experience"]
    assert "distance_off" in by_hand["warnings"]
    near = sheet(run).written(graded["B"].public_id, graded["c "].public_id)
    assert "distance_off" not in near["warnings"]


def index_of(client, opened):
    response = client.get(reverse("matching:index", args=[opened.public_id]))
    return " ".join(response.content.decode().split())


def test_the_page_says_for_how_many_experience_does_not_count_and_whom_to_ask(client, opened, graded, cora):
    client.force_login(cora)
    words = "3 grades are not in order yet. Experience does not count for 3 people."
    page = index_of(client, opened)
    assert f"{words} HR admins and administrators put grades in order." in page
    assert reverse("people:grades") not in page
    make.grades("B", "C", "G")
    assert "not in order yet" not in index_of(client, opened)


def test_who_may_put_grades_in_order_is_led_there(client, opened, graded, cora):
    cora.organisation_roles.create(role="hr_admin")
    client.force_login(cora)
    make.grades("B", "C")
    page = index_of(client, opened)
    assert "1 grade is not in order yet. Experience does not count for the 1 person who has it." in page
    assert f'<a href="{reverse("people:grades")}">Put 1 grade in order</a>' in page


def test_where_experience_does_not_count_nothing_is_said_of_grades(client, opened, graded, cora):
    Program.objects.filter(pk=opened.pk).update(weights={"topics": 30, "experience": 0})
    client.force_login(cora)
    assert "not in order yet" not in index_of(client, opened)


def test_the_page_asks_no_more_when_grades_have_no_place(
    client, opened, graded, cora, django_assert_num_queries
):
    client.force_login(cora)
    index_of(client, opened)
    for n in range(2):
        with django_assert_num_queries(12):
            assert f"{3 + 20 * n} grades are not in order yet" in index_of(client, opened)
        for m in range(20):
            make.enrolment(opened, make.answered(make.person(), grade=f"Odd {m}"))
