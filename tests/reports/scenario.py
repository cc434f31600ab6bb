"""One program counted by hand: twelve pairs since August, fourteen mentees still waiting, a group of four.

In September two pairs pause, eight of the ten others meet once.  Four of the matched mentees are in Finance,
four who wait in Legal, four people are in Bergen: none of these may be read anywhere."""

from datetime import UTC, datetime, timedelta

from people.models import Site
from relationships.models import Pause
from reports.actions import write_missing_nights
from tests import make
from tests.make import NOW

AUGUST, SEPTEMBER = datetime(2026, 8, 1, 9, tzinfo=UTC), datetime(2026, 9, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
MATCHED = ["Operations"] * 8 + ["Finance"] * 4
WAITING = ["Operations"] * 5 + ["Finance"] * 5 + ["Legal"] * 4


def placed(name, function, site):
    person = make.person(name)
    person.profile.function, person.profile.site = function, site
    person.profile.save()
    return person


def counted_program(coordinator, *, title="Emerging Leaders", **fields):
    program = make.program(coordinators=[coordinator], title=title, **fields)
    oslo, bergen = (Site.objects.get_or_create(name=name)[0] for name in ("Oslo", "Bergen"))
    accepted = {"accepted_at": AUGUST - 10 * DAY}
    for n, function in enumerate(MATCHED):
        mentor = placed(f"Mentor {n}", function, oslo)
        mentee = placed(f"Mentee {n}", function, bergen if n < 4 else oslo)
        make.enrolment(program, mentor, "mentor", state="matched", **accepted)
        make.enrolment(program, mentee, "mentee", state="matched", **accepted)
        paused = n >= 10
        pair = make.relationship(
            program_=program,
            mentor=mentor,
            mentee=mentee,
            stage="cultivation",
            status="paused" if paused else "active",
            activated_at=AUGUST,
        )
        make.meeting(pair, starts_at=AUGUST + 9 * DAY, minutes=60)
        if paused:
            Pause.objects.create(relationship=pair, began_at=SEPTEMBER, until=(NOW + 5 * DAY).date())
        elif n < 8:
            make.meeting(pair, starts_at=SEPTEMBER + n * DAY)
    for n, function in enumerate(WAITING):
        person = placed(f"Waiting {n}", function, oslo)
        make.enrolment(program, person, "mentee", state="ready", **accepted)
    return program


def night(now=NOW):
    return write_missing_nights(now)
