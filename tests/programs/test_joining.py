from datetime import timedelta

import pytest
from django.urls import reverse

from activity.models import Letter
from people.models import Exclusion
from programs.letters import questions_for
from programs.models import Answer, Cycle, Question
from tests import make
from tests.pages import text


@pytest.fixture
def theos(opened, theo):
    return make.enrolment(opened, theo, state="invited", answered_at=None)


def at(enrolment, number):
    return reverse("programs:question", args=[enrolment.public_id, number])


def page(enrolment, name="join_check"):
    return reverse(f"programs:{name}", args=[enrolment.public_id])


HOURS = {"mon_from": "09:00", "mon_to": "17:00", "zone": "Europe/Oslo"}
GIVEN = {
    "skills_wanted": {"skills_wanted": "Budgets\nSpeaking, budgets"},
    "skills_offered": {"skills_offered": "Law"},
    "capacity": {"capacity": "2"},
    "goals": {"goals": "I lead the depot."},
    "languages": {"languages": ["en", "nb"]},
    "working_hours": HOURS,
    "values": {
        f"value_{n}": code for n, code in enumerate(["care", "craft", "order", "humour", "purpose"], 1)
    },
    "working_style": {"planning": "1", "talking": "2", "feedback": "3", "pace": "4"},
    "learning_orientation": {"stretch": "5"},
    "preferences": {"function": "different"},
    "not_this_person": {"people": ""},
}


def answer_everything(client, enrolment):
    for number, question in enumerate(questions_for(enrolment), 1):
        response = client.post(at(enrolment, number), GIVEN[question.field])
        assert response.status_code == 303, (question.field, response.context["form"].errors)
    return response


@pytest.mark.parametrize("role, count", [("mentee", 9), ("mentor", 9)])
def test_one_question_a_page_to_the_check_and_off(as_theo, opened, theo, role, count):
    enrolment = make.enrolment(opened, theo, role, state="invited")
    assert answer_everything(as_theo, enrolment)["Location"] == page(enrolment)
    response = as_theo.get(page(enrolment))
    assert (len(response.context["facts"]), response.context["unanswered"]) == (count, [])

    response = as_theo.post(page(enrolment), {"conduct": "on", "privacy": "on"})
    assert response["Location"] == page(enrolment, "join_done")
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.progress) == ("ready", {"step": count})
    assert enrolment.capacity == (2 if role == "mentor" else 1)
    theo.profile.refresh_from_db()
    assert theo.profile.languages == ["en", "nb"]
    assert theo.profile.working_hours == {"mon": [["09:00", "17:00"]]}
    assert theo.profile.learning_orientation == {"stretch": 5}
    assert "You are in: Emerging Leaders" in text(as_theo.get(page(enrolment, "join_done")))


def test_every_question_says_who_reads_the_answer(as_theo, theos):
    words = {
        "matching": "You and the coordinators of this program can read this, for matching.",
        "partner": "You, your mentoring partner and the coordinators of this program can read this.",
        "coordinator": "You and the coordinators of this program can read this.",
    }
    for number, question in enumerate(questions_for(theos), 1):
        shown = text(as_theo.get(at(theos, number)))
        assert question.text.replace("'", "&#x27;") in shown
        if question.field == "not_this_person":
            assert "Only you and the matching know this. Coordinators and HR cannot read it." in shown
        else:
            assert words[question.readers] in shown


def test_an_optional_question_may_be_passed_over_and_a_needed_one_not(as_theo, theos):
    fields = [question.field for question in questions_for(theos)]
    assert as_theo.post(at(theos, fields.index("goals") + 1), {"goals": ""}).status_code == 303
    response = as_theo.post(at(theos, 1), {"skills_wanted": " "})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["skills_wanted"])


def test_what_was_typed_stays_when_it_was_wrong(as_theo, theos, theo):
    many = "\n".join(f"Skill {n}" for n in range(6))
    response = as_theo.post(at(theos, 1), {"skills_wanted": many})
    assert response.status_code == 422 and "Skill 5" in text(response)
    assert "Name at most 5; these are 6." in text(response)
    assert theo.profile.topic_links.count() == 0


@pytest.mark.parametrize("bad", ["\0", "x" * 1_000_000, "é" * 81, "<script>", "😀" * 30, ",,,,\n,,"])
def test_hostile_answers_are_no_server_error(as_theo, opened, theo, theos, bad):
    own = [make.question(opened, kind="text"), make.question(opened, kind="choice", options=["Yes", "No"])]
    for number, question in enumerate(questions_for(theos), 1):
        names = as_theo.get(at(theos, number)).context["form"].fields
        response = as_theo.post(at(theos, number), dict.fromkeys(names, bad))
        assert response.status_code in (303, 400, 422), question
        if response.status_code == 303:
            assert "<script>" not in text(as_theo.get(page(theos)))
    assert Answer.objects.filter(question=own[1]).count() == 0


def test_stopping_saves_and_mails_the_way_back(as_theo, theos, theo):
    response = as_theo.post(at(theos, 1), {"skills_wanted": "Budgets", "later": "1"})
    assert response["Location"] == reverse("home")
    assert [letter.kind for letter in Letter.objects.all()] == ["programs.continue_later"]
    theos.refresh_from_db()
    assert theos.progress == {"step": 1}


def test_changing_an_answer_from_the_check_leads_back_to_it(as_theo, theos):
    response = as_theo.post(f"{at(theos, 1)}?check", {"skills_wanted": "Budgets"})
    assert response["Location"] == page(theos)
    as_theo.post(f"{at(theos, 1)}?check", {"skills_wanted": "Speaking"})
    assert as_theo.get(page(theos)).context["facts"][0]["value"] == "Speaking"


def test_numbers_beyond_the_questions_lead_to_the_check(as_theo, theos):
    for number in (0, 10, 99999999999999999999999):
        assert as_theo.get(at(theos, number))["Location"] == page(theos)
    theos.program.questions.all().delete()
    assert as_theo.get(at(theos, 1))["Location"] == page(theos)
    assert as_theo.get(page(theos)).status_code == 200


def test_nobody_else_sees_or_answers_it(client, theos, cast, theo):
    for name, person in cast.items():
        if name == "theo":
            continue
        client.force_login(person)
        for address in (at(theos, 1), page(theos), page(theos, "join_done"), page(theos, "matching_day")):
            assert client.get(address).status_code == 404, name
        assert client.post(at(theos, 1), {"skills_wanted": "Mine"}).status_code == 404
        assert client.post(page(theos), {"conduct": "on", "privacy": "on"}).status_code == 404
    client.logout()
    assert client.get(at(theos, 1))["Location"].startswith("/sign-in/")
    assert theo.profile.topic_links.count() == 0


def test_the_answers_are_not_sent_before_all_needed_ones_are_there(as_theo, theos):
    assert "Still open" in text(as_theo.get(page(theos)))
    response = as_theo.post(page(theos), {"conduct": "on", "privacy": "on"}, follow=True)
    assert "Some questions still need an answer" in text(response)
    theos.refresh_from_db()
    assert theos.state == "invited"


def test_both_terms_must_be_ticked(as_theo, theos):
    answer_everything(as_theo, theos)
    for sent in ({"conduct": "on"}, {"privacy": "on"}):
        response = as_theo.post(page(theos), sent)
        assert (response.status_code, len(response.context["form"].errors)) == (422, 1)
    response = as_theo.post(page(theos), {"conduct": "", "privacy": ""})
    assert len(response.context["form"].errors) == 2
    theos.refresh_from_db()
    assert theos.state == "invited"


def test_sending_twice_is_once(as_theo, theos):
    answer_everything(as_theo, theos)
    for _ in range(2):
        response = as_theo.post(page(theos), {"conduct": "on", "privacy": "on"})
        assert response["Location"] == page(theos, "join_done")
    assert Letter.objects.filter(kind="programs.answers_received").count() == 1


def test_after_the_last_day_the_answers_are_kept_and_not_sent(as_theo, theos, now):
    answer_everything(as_theo, theos)
    yesterday = (now - timedelta(days=2)).date()
    Cycle.objects.update(enrolment_opens_on=yesterday, enrolment_closes_on=yesterday)
    assert "The time for answers is over." in text(as_theo.get(at(theos, 1)))
    response = as_theo.post(page(theos), {"conduct": "on", "privacy": "on"}, follow=True)
    assert "The time for answers is over. Your answers are kept." in text(response)
    theos.refresh_from_db()
    assert theos.state == "invited"


def test_not_this_person_is_kept_for_the_matching_alone(as_theo, theos, theo, mira, client, cora):
    number = [question.field for question in questions_for(theos)].index("not_this_person") + 1
    response = as_theo.post(at(theos, number), {"people": "nobody@example.org"})
    assert response.status_code == 422 and "Nobody here has the address nobody@example.org" in text(response)
    as_theo.post(at(theos, number), {"people": mira.email.upper()})
    wish = Exclusion.objects.get()
    assert (wish.author, wish.other, wish.kind, wish.until) == (theo, mira, "not_this_person", None)

    client.force_login(cora)
    shown = text(client.get(reverse("programs:participant", args=[theos.program.public_id, theos.public_id])))
    assert "not be matched with" not in shown and "Mira" not in shown


def test_ones_own_question_keeps_its_answer(as_theo, theos, opened):
    own = make.question(opened, kind="choices", options=["A", "B", "C"], is_required=True)
    number = len(questions_for(theos))
    assert as_theo.post(at(theos, number), {"answer": ["D"]}).status_code == 422
    for chosen in (["A", "B"], ["C"]):
        assert as_theo.post(at(theos, number), {"answer": chosen}).status_code == 303
    assert Answer.objects.get(question=own).content == {"answer": ["C"]}
    assert Question.objects.get(pk=own.pk).answers.count() == 1
    assert as_theo.get(page(theos)).context["facts"][-1]["value"] == "C"


def test_the_day_of_matching_is_a_calendar_file(as_theo, theos):
    response = as_theo.get(page(theos, "matching_day"))
    assert response["Content-Type"].startswith("text/calendar")
    assert f"DTSTART;VALUE=DATE:{theos.cycle.matching_on:%Y%m%d}" in response.content.decode()
    Cycle.objects.update(matching_on=None)
    assert as_theo.get(page(theos, "matching_day")).status_code == 404


def test_many_answers_cost_no_more_than_few(as_theo, theos, django_assert_num_queries):
    as_theo.get(page(theos))
    for _ in range(2):
        with django_assert_num_queries(9):
            as_theo.get(page(theos))
        answer_everything(as_theo, theos)
