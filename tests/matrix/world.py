"""One program with everything in it, and everybody who could knock at a door.

Each confidential field of each thing holds a canary: a word of its own that may be met by its readers alone.
"""

from datetime import time, timedelta
from types import SimpleNamespace
from typing import Any

from activity.jobs import Progress, claim
from activity.models import Job, Letter
from matching import actions as matching
from matching.jobs import JOBS
from matching.models import PairDecision, Proposal, ProposalMember, Shortlist, ShortlistEntry, Unmatched
from people.actions import apply_import, bring, choose_columns
from people.importing import Mapping
from people.models import Exclusion, Organisation, PeopleImport, Profile
from programs.models import Answer, ProgramRole, Question
from relationships.models import (
    ActionItem,
    Attendance,
    BusyCalendar,
    CalendarFeed,
    ClosingWaiver,
    Closure,
    ClosureReason,
    GoalRevision,
    GoalUpdate,
    Milestone,
    RedefinitionChoice,
    StageTransition,
)
from reports.actions import make_export, write_missing_nights
from tests import make
from tests.make import NOW

DAY = timedelta(days=1)
WORKING = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}

# Who knocks.  Nobody has an account; Dora's was closed while she coordinated this program; Xena did once.
PERSONAS = (
    "nobody",
    "theo",
    "mira",
    "olga",
    "ole",
    "cora",
    "oda",
    "hana",
    "ada",
    "otto",
    "dora",
    "xena",
)
PAIR, MATCHING = {"theo", "mira"}, {"theo", "cora"}

# Canary to those who may meet it (docs/security.md).  Whoever is not named here must never.
READERS: dict[str, set[str]] = {
    "agreement": PAIR,
    "agreement-next": PAIR,
    "goal-title": PAIR,
    "goal-specific": PAIR,
    "goal-evidence": PAIR,
    "goal-first-step": PAIR,
    "goal-resources": PAIR,
    "goal-relevance": PAIR,
    "goal-unit": PAIR,
    "goal-step": PAIR,
    "goal-update": PAIR,
    "goal-revision": PAIR,
    "own-title": {"theo"},
    "own-specific": {"theo"},
    "own-step": {"theo"},
    "proposed-title": PAIR,
    "agenda": PAIR,
    "action-item": PAIR,
    "place": PAIR,
    "shared-note": PAIR,
    "meeting-note": PAIR,
    "private-note": {"theo"},
    "usefulness": {"theo"},
    "busy-address": {"theo"},
    "waiver": PAIR,
    "reason": {"theo"},
    "choice": {"theo"},
    "override": {"cora"},
    "profile-goals": PAIR | {"cora"},
    "career-story": MATCHING,
    "motivation": MATCHING,
    "draft-goal": MATCHING,
    "answer-matching": MATCHING,
    "answer-partner": PAIR | {"cora"},
    "answer-coordinator": MATCHING,
    "removal": {"cora"},
    # A name on the list of everybody; that Theo has named this person is told to nobody else.
    "not-this-person": {"theo", "hana", "ada"},
    # What stands on somebody's list to choose from.
    "shortlist": {"theo"},
    "snapshot": {"cora"},
    "certificate": {"cora"},
    "pair-override": {"cora"},
    "program-file": {"cora"},
    "program-file-before": {"cora"},
    "organisation-file": {"hana", "ada"},
    "organisation-file-before": {"hana", "ada"},
}


def canary(name: str) -> str:
    assert name in READERS
    return f"canary-{name}-y"


def build() -> SimpleNamespace:
    w = SimpleNamespace()
    Organisation.objects.current()
    people_of(w)
    pair_of(w)
    meetings_of(w)
    goals_of(w)
    over_of(w)
    joining_of(w)
    matching_of(w)
    choosing_of(w)
    files_of(w)
    write_missing_nights(NOW)
    exports_of(w)
    return w


def people_of(w: SimpleNamespace) -> None:
    w.theo = make.person("Theo Tamm", email="theo@example.org", zone="Europe/Oslo", password="of-theo")
    w.mira = make.person("Mira Moreau", email="mira@example.org")
    w.cora = make.person("Cora Conti", email="cora@example.org")
    w.dora, w.xena = make.person("Dora Dorn"), make.person("Xena Xu")
    w.otto, w.hana, w.ada = make.person("Otto Outside"), make.hr_admin(), make.administrator()
    w.oda = make.person("Oda Other")
    w.program = make.program(coordinators=[w.cora, w.dora])
    w.draft = make.program(coordinators=[w.cora, w.dora], title="Still a draft", state="draft")
    ProgramRole.objects.create(
        program=w.program, person=w.xena, role="coordinator", given_at=NOW - 90 * DAY, ended_at=NOW - DAY
    )
    w.role = w.program.roles.get(person=w.dora)
    elsewhere = make.program(coordinators=[w.oda], title="Elsewhere")
    w.other_pair = make.relationship(
        program_=elsewhere,
        mentor=make.person("Ole Other"),
        mentee=make.person("Olga Other"),
        stage="cultivation",
    )
    w.ole, w.olga = w.other_pair.mentor, w.other_pair.mentee
    make.goal(w.other_pair)
    make.meeting(w.other_pair)
    profile = w.theo.profile
    profile.goals, profile.career_story = canary("profile-goals"), canary("career-story")
    profile.working_hours, profile.grade = WORKING, "Clerk"
    profile.save()


def pair_of(w: SimpleNamespace) -> None:
    """Active, agreed on once, with a change of the agreement waiting for Mira."""
    words = {"motivation": canary("motivation"), "draft_goal": canary("draft-goal")}
    w.enrolment = make.enrolment(w.program, w.theo, state="matched", **words)
    make.enrolment(w.program, w.mira, "mentor", state="matched", capacity=3)
    w.pair = make.relationship(
        program_=w.program, mentor=w.mira, mentee=w.theo, stage="cultivation", activated_at=NOW - 60 * DAY
    )
    w.agreed = make.agreement(w.pair, review_on=NOW.date(), terms={"purpose": canary("agreement")})
    w.change = make.agreement(
        w.pair,
        state="proposed",
        version=2,
        terms={"purpose": canary("agreement-next")},
        content_hash="1" * 64,
    )
    StageTransition.objects.create(
        relationship=w.pair,
        verb="move_on",
        from_status="active",
        from_stage="initiation",
        to_status="active",
        to_stage="cultivation",
        at=NOW - 30 * DAY,
        effective_at=NOW - 30 * DAY,
        by=w.cora,
        actor="coordinator",
        reason=canary("override"),
    )


def meetings_of(w: SimpleNamespace) -> None:
    w.held = make.meeting(w.pair, starts_at=NOW - 5 * DAY)
    w.planned = make.meeting(w.pair, starts_at=NOW + 3 * DAY, state="scheduled", place=canary("place"))
    w.waiting = make.meeting(w.pair, starts_at=NOW - 2 * DAY, state="scheduled")
    w.topic = make.agenda_item(w.pair, canary("agenda"))
    make.agenda_item(w.pair, "And then?")
    w.done_topic = make.agenda_item(w.pair, "Talked about", meeting=w.held, done_at=NOW - 5 * DAY)
    w.note = make.note(w.pair, body=canary("shared-note"))
    w.meeting_note = make.note(w.pair, body=canary("meeting-note"), meeting=w.held)
    w.private = make.note(w.pair, private=True, body=canary("private-note"), meeting=w.held)
    w.feed = CalendarFeed.objects.create(person=w.theo, created_at=NOW)
    BusyCalendar.objects.create(
        person=w.theo, address=canary("busy-address"), given_at=NOW, next_read_at=NOW + DAY
    )
    Attendance.objects.create(meeting=w.held, person=w.theo, usefulness=canary("usefulness"))
    ActionItem.objects.create(
        relationship=w.pair, meeting=w.held, owner=w.theo, text=canary("action-item"), created_at=NOW - DAY
    )


def goals_of(w: SimpleNamespace) -> None:
    parts = ("title", "specific", "evidence", "first_step", "resources", "relevance", "unit")
    w.goal = make.goal(w.pair, **{part: canary(f"goal-{part.replace('_', '-')}") for part in parts})
    w.step = Milestone.objects.create(goal=w.goal, title=canary("goal-step"))
    GoalUpdate.objects.create(
        goal=w.goal, author=w.theo, at=NOW - DAY, percent=20, note=canary("goal-update")
    )
    GoalRevision.objects.create(
        goal=w.goal,
        number=1,
        content={"title": canary("goal-revision")},
        changed_by=w.theo,
        changed_at=NOW - DAY,
    )
    w.own = make.goal(
        w.pair,
        state="draft",
        visibility="only_me",
        title=canary("own-title"),
        specific=canary("own-specific"),
    )
    w.own_step = Milestone.objects.create(goal=w.own, title=canary("own-step"))
    w.proposed = make.goal(w.pair, state="proposed", title=canary("proposed-title"))


def over_of(w: SimpleNamespace) -> None:
    """The same two, in a relationship that has ended early."""
    w.over = make.relationship(
        program_=w.program, mentor=w.mira, mentee=w.theo, status="ended_early", stage="cultivation"
    )
    closure = Closure.objects.create(relationship=w.over, type="early_no_fault", at=NOW - DAY, by=w.theo)
    ClosureReason.objects.create(closure=closure, person=w.theo, code=canary("reason"))
    ClosingWaiver.objects.create(relationship=w.over, by=w.theo, at=NOW - DAY, reason=canary("waiver"))
    RedefinitionChoice.objects.create(
        relationship=w.over, person=w.theo, outcomes=[canary("choice")], given_at=NOW - DAY
    )


def joining_of(w: SimpleNamespace) -> None:
    for order, readers in enumerate(("matching", "partner", "coordinator"), 1):
        question = Question.objects.create(
            program=w.program, order=order, kind="text", text=f"Asked for the {readers}", readers=readers
        )
        Answer.objects.create(
            enrolment=w.enrolment, question=question, content={"answer": canary(f"answer-{readers}")}
        )
    for order, field in enumerate(("goals", "not_this_person"), 4):
        Question.objects.create(program=w.program, order=order, field=field, text=f"Your {field}")
    w.removed = make.enrolment(w.program, state="removed", removal_reason=canary("removal"))
    w.invited = make.enrolment(w.program, make.person("Ivo Invited", joined=False), state="invited")
    w.listed = make.enrolment(w.program, state="invited", invited_at=None)
    unwanted = make.person(canary("not-this-person"), joined=False)
    Exclusion.objects.create(author=w.theo, other=unwanted, since=NOW - DAY)
    w.unwanted = unwanted


def matching_of(w: SimpleNamespace) -> None:
    """A run under review, another one that is waiting, and an offer to Theo and Mira."""
    for n in range(2):
        for role in ("mentee", "mentor"):
            person = make.person(f"Ready {role} {n}")
            Profile.objects.filter(user=person).update(working_hours=WORKING, answered_at=NOW - 9 * DAY)
            make.enrolment(w.program, person, role)
    cycle = w.program.cycles.get()
    w.run, done = matching.ask_for_run(cycle, by=w.cora, now=NOW)
    work(done)
    w.run.refresh_from_db()
    w.run.snapshot = {**w.run.snapshot, "canary": canary("snapshot")}
    w.run.certificate = {**w.run.certificate, "canary": canary("certificate")}
    w.run.save()
    w.suggested = w.run.proposals.order_by("pk").first()
    first, second = (w.suggested.members.get(role=role).enrolment for role in ("mentee", "mentor"))
    w.decision = PairDecision.objects.create(
        cycle=cycle,
        first=first,
        second=second,
        kind="override",
        rules=["hours"],
        reason=canary("pair-override"),
        by=w.cora,
        created_at=NOW,
    )
    w.waiting_alone = make.enrolment(w.program, make.person("Wim Waiting"))
    Unmatched.objects.create(run=w.run, enrolment=w.waiting_alone, role="mentee", code="own_choice")
    w.other_run, done = matching.ask_for_run(cycle, by=w.cora, now=NOW)
    work(done)
    w.other_run.refresh_from_db()
    w.next_run, w.job = matching.ask_for_run(cycle, by=w.cora, now=NOW)
    # She asked for it while she still coordinated.
    w.former_job = Job.objects.create(
        kind="matching.run",
        about=f"matching.matchrun:{w.run.pk}",
        by=w.xena,
        data={"run": w.run.pk},
        created_at=NOW - 2 * DAY,
    )
    w.offer = Proposal.objects.create(
        cycle=cycle,
        state="offered",
        score=7000,
        offered_at=NOW - DAY,
        told_from=NOW - DAY,
        expires_at=NOW + 6 * DAY,
    )
    for person, role in ((w.theo, "mentee"), (w.mira, "mentor")):
        own = person.enrolments.get(cycle=cycle)
        ProposalMember.objects.create(proposal=w.offer, person=person, role=role, enrolment=own)


def choosing_of(w: SimpleNamespace) -> None:
    """Theo may choose, the next lists are being made, and runs begin by themselves."""
    cycle = w.program.cycles.get()
    w.shortlist = Shortlist.objects.create(
        cycle=cycle, enrolment=w.enrolment, opened_at=NOW - DAY, closes_at=NOW + 6 * DAY
    )
    shared = {"criterion": "interests", "code": "shared_interests", "warning": False}
    ShortlistEntry.objects.create(
        shortlist=w.shortlist,
        enrolment=w.mira.enrolments.get(cycle=cycle),
        position=1,
        facts=[{**shared, "details": {"interests": [canary("shortlist")]}}],
    )
    w.lists_job = Job.objects.create(
        kind="matching.shortlists",
        about=f"programs.cycle:{cycle.pk}",
        by=w.cora,
        data={"shown": 3, "days": 7, "both": False},
        created_at=NOW,
    )
    given = {"every_weeks": 2, "weekday": 0, "at": time(7, 30), "minimum_score": 50, "minimum_share": 0}
    w.schedule = matching.schedule_runs(cycle, {**given, "publishes": False}, by=w.cora, now=NOW)


def work(job: Job) -> None:
    """The long run here and now, without the thread that renews its lease."""
    claimed = claim(job, JOBS)
    JOBS[job.kind].work(claimed, Progress(claimed))


def files_of(w: SimpleNamespace) -> None:
    w.program_file = brought(w.cora, w.program.scope, canary("program-file"))
    w.organisation_file = brought(w.ada, "", canary("organisation-file"))
    w.program_file_applied = applied(w.cora, w.program.scope, canary("program-file-before"))
    w.organisation_file_applied = applied(w.ada, "", canary("organisation-file-before"))
    w.letter = Letter.objects.create(
        key="matrix",
        kind="programs.invitation",
        person=w.invited.person,
        about=f"programs.enrolment:{w.invited.pk}",
        scope=w.program.scope,
        state="dead",
        created_at=NOW,
        wanted_at=NOW,
        run_at=NOW,
        message_id="<matrix@example.org>",
    )


def brought(by: Any, scope: str, word: str) -> PeopleImport:
    """Examined, with one row to add and one that needs repair."""
    lines = ["Email,Full name,Job title,Role"]
    lines += [f"new.{word}@example.org,{word} New,{word},Mentee", f"nowhere,{word} Broken,{word},Mentor"]
    one = bring("\n".join(lines).encode(), "people.csv", by=by, now=NOW, scope=scope)
    return choose_columns(one, Mapping.from_json(one.mapping), by=by, now=NOW)


def applied(by: Any, scope: str, word: str) -> PeopleImport:
    """Applied by its deed, with a person added who can be taken out again."""
    lines = ["Email,Full name,Job title,Role", f"was.{scope[-3:]}@example.org,Was There,Clerk,Mentee"]
    one = bring("\n".join(lines).encode(), "earlier.csv", by=by, now=NOW, scope=scope)
    one = choose_columns(one, Mapping.from_json(one.mapping), by=by, now=NOW)
    apply_import(one, by=by, now=NOW)
    one.refresh_from_db()
    one.before = {**one.before, "canary": word}
    one.save()
    return one


def exports_of(w: SimpleNamespace) -> None:
    w.log = make_export("log", "csv", by=w.cora, now=NOW, as_of=NOW.date(), program=w.program)
    night = (NOW - DAY).date()
    w.outcomes = make_export("outcomes", "xlsx", by=w.hana, now=NOW, as_of=night, filters={"split": "site"})
    w.former_log = make_export.__wrapped__(
        "log", "csv", by=w.cora, now=NOW, as_of=NOW.date(), program=w.program
    )
    type(w.log).objects.filter(pk=w.former_log.pk).update(by=w.xena)
