from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from activity import actions, jobs
from activity.models import Due, Heartbeat, Letter
from tests import make

TOKEN = "Kq3v-9xTzL0pWm7dYb2RfHs5CgJ8nUa1EoVi6XtQ4wSlPkZ"
NUMBERS = {
    "mentorship_clock_lag_seconds",
    "mentorship_clock_last_look_timestamp_seconds",
    "mentorship_due_oldest_seconds",
    "mentorship_due_rows",
    "mentorship_jobs{queued}",
    "mentorship_jobs{running}",
    "mentorship_letters_for_somebody{dead}",
    "mentorship_letters_for_somebody{held}",
    "mentorship_letters_for_somebody{unknown}",
    "mentorship_letters_oldest_ready_seconds",
    "mentorship_letters_on_the_way{claimed}",
    "mentorship_letters_on_the_way{sending}",
    "mentorship_letters_ready",
    "mentorship_letters_sent_last_hour",
    "mentorship_mail_server_trouble",
}


def read(response):
    """As Prometheus itself reads it."""
    return {
        f"{sample.name}{{{sample.labels['state']}}}" if sample.labels else sample.name: sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def letters(person, state, count, **values):
    now = timezone.now()
    for n in range(count):
        letter = actions.post("tests.news", person, about=person, key=f"{state} {n}", now=now)
        Letter.objects.filter(pk=letter.pk).update(state=state, **values)


def test_an_empty_installation_has_every_number_at_zero(client, db):
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in response["Cache-Control"]
    assert read(response) == dict.fromkeys(NUMBERS, 0)


def test_the_numbers_are_those_of_the_rows(client, theo):
    now = timezone.now()
    for state, count in {"ready": 2, "claimed": 3, "sending": 1, "unknown": 4, "dead": 5, "held": 6}.items():
        letters(theo, state, count, run_at=now - timedelta(seconds=400))
    letters(theo, "sent", 7, sent_at=now - timedelta(minutes=59))
    actions.post("tests.news", theo, about=theo, key="sent long ago", now=now)
    Letter.objects.filter(key="sent long ago").update(state="sent", sent_at=now - timedelta(hours=2))
    actions.post("tests.news", theo, about=theo, key="for later", now=now, run_at=now + timedelta(hours=1))
    for n in range(2):
        actions.arm("tests.tell", theo, at=now - timedelta(seconds=90), occurrence=f"{n}", now=now)
    actions.arm("tests.tell", theo, at=now + timedelta(days=1), occurrence="later", now=now)
    jobs.enqueue("tests.count", theo, by=theo, now=now)
    lag = timedelta(seconds=12)
    Heartbeat.objects.beat("tick", started=now, last_ok=now, lag=lag)
    Heartbeat.objects.beat("post", started=now, note="no answer in time")

    found = read(client.get("/metrics"))

    assert 400 <= found.pop("mentorship_letters_oldest_ready_seconds") < 500
    assert 90 <= found.pop("mentorship_due_oldest_seconds") < 190
    assert found == {
        "mentorship_clock_lag_seconds": 12,
        "mentorship_clock_last_look_timestamp_seconds": pytest.approx(now.timestamp(), abs=0.001),
        "mentorship_due_rows": 2,
        "mentorship_jobs{queued}": 1,
        "mentorship_jobs{running}": 0,
        "mentorship_letters_for_somebody{dead}": 5,
        "mentorship_letters_for_somebody{held}": 6,
        "mentorship_letters_for_somebody{unknown}": 4,
        "mentorship_letters_on_the_way{claimed}": 3,
        "mentorship_letters_on_the_way{sending}": 1,
        "mentorship_letters_ready": 2,
        "mentorship_letters_sent_last_hour": 7,
        "mentorship_mail_server_trouble": 1,
    }


def test_no_name_and_no_address_is_among_them(client, theo):
    letters(theo, "dead", 1, note=f"550 no {theo.email}", recipient=theo.email, subject=theo.full_name)
    Heartbeat.objects.beat("post", started=timezone.now(), note="mail.example.org: no answer in time")
    text = client.get("/metrics").content.decode()
    assert not any(word in text for word in ("Theo", "theo", "@", "example", theo.public_id))


@pytest.mark.parametrize("rows", [1, 100])
def test_many_rows_cost_no_more_questions_than_one(client, theo, rows, django_assert_num_queries):
    letters(theo, "ready", rows)
    letters(theo, "dead", rows)
    due = [actions.arm("tests.tell", theo, at=make.NOW, occurrence=f"{n}", now=make.NOW) for n in range(rows)]
    assert len(due) == Due.objects.count() == rows
    with django_assert_num_queries(7):
        client.get("/metrics")


FAR = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        (FAR, 404),
        ({"REMOTE_ADDR": ""}, 404),
        ({"REMOTE_ADDR": "10.0.0.7"}, 404),
        # A proxy on this machine passes on what somebody far away asks.
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 404),
        ({"HTTP_X_FORWARDED_PROTO": "https"}, 404),
        ({"HTTP_FORWARDED": "for=203.0.113.9"}, 404),
        (FAR | {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, 200),
        (FAR | {"HTTP_AUTHORIZATION": f"bearer {TOKEN} "}, 200),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, 200),
        (FAR | {"HTTP_AUTHORIZATION": f"Basic {TOKEN}"}, 404),
        (FAR | {"HTTP_AUTHORIZATION": f"Bearer {TOKEN[:-1]}"}, 404),
        (FAR | {"HTTP_AUTHORIZATION": "Bearer "}, 404),
        (FAR | {"HTTP_AUTHORIZATION": "Bearer ü"}, 404),
        (FAR | {"HTTP_AUTHORIZATION": TOKEN}, 404),
    ],
)
def test_only_the_machine_itself_and_who_has_the_token_may_read(client, db, settings, given, status):
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", **given).status_code == status


@pytest.mark.parametrize("said", ["Bearer ", "Bearer", "", "Bearer None"])
def test_without_a_token_nothing_opens_it_from_afar(client, db, settings, said):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", HTTP_AUTHORIZATION=said, **FAR).status_code == 404


def test_a_database_that_does_not_answer_is_said_without_an_error_page(client, db, monkeypatch):
    def gone(self, now):
        raise DatabaseError

    monkeypatch.setattr("activity.models.due.DueQuerySet.overdue", gone)
    assert client.get("/metrics").status_code == 503
