"""One plain function per thing.  Name only what the test is about; the rest is a sensible default.

Rows are made directly, in a state that the deeds could have left; tests about deeds call the deeds.
"""

import itertools
from datetime import UTC, datetime, timedelta

from matching.models import MatchRun, Proposal, ProposalMember
from people.models import Organisation, OrganisationRole, Profile, ProfileTopic, ReportingLine, Topic, User
from programs.actions import create_program, publish
from programs.models import Cycle, Enrolment, Outcome, Program, ProgramRole, Question
from relationships.models import (
    AgendaItem,
    Agreement,
    Goal,
    Meeting,
    PrivateNote,
    Relationship,
    RelationshipMember,
    SharedNote,
    StageTransition,
)

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)  # a Monday
counter = itertools.count(1)


def person(name="", *, email="", zone="Europe/London", password=None, joined=True, **fields) -> User:
    n = next(counter)
    name = name or f"Person {n}"
    user = User(
        full_name=name,
        email=email if email is None else email or f"{name.lower().replace(' ', '.')}.{n}@example.org",
        zone=zone,
        zone_confirmed=True,
        joined_at=NOW - timedelta(days=100) if joined else None,
        **fields,
    )
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    Profile.objects.create(user=user, languages=["en"], answered_at=NOW - timedelta(days=90))
    return user


def hr_admin(name="Hana Haddad", **fields) -> User:
    user = person(name, **fields)
    OrganisationRole.objects.create(person=user, role="hr_admin")
    return user


def administrator(name="Ada Admin", **fields) -> User:
    user = person(name, **fields)
    OrganisationRole.objects.create(person=user, role="administrator")
    return user


def reports_to(person, manager, kind="line") -> ReportingLine:
    return ReportingLine.objects.create(person=person, manager=manager, kind=kind, since=NOW.date())


def topic(person, name, side="wanted", rank=1) -> ProfileTopic:
    found = Topic.objects.filter(name__iexact=name).first() or Topic.objects.create(name=name)
    return ProfileTopic.objects.create(profile=person.profile, topic=found, side=side, rank=rank)


def program(*, coordinators=(), title="Emerging Leaders", state="running", **fields) -> Program:
    made = Program.objects.create(
        title=title,
        state=state,
        **{
            "purpose": "People grow into leading others.",
            "eligibility": "Everybody in their first two years of leading.",
            "zone": "Europe/London",
            "conduct": "Be on time, be kind, keep confidences.",
            "privacy_notice": "Your partner reads what you share.",
            "published_at": NOW - timedelta(days=60),
            **fields,
        },
    )
    Outcome.objects.create(program=made, metric="First-time leads who stay", baseline="70 %", target="85 %")
    for coordinator in coordinators:
        ProgramRole.objects.create(program=made, person=coordinator, role="coordinator")
    cycle(made)
    return made


def cycle(program_, *, number=1, state="active", **fields) -> Cycle:
    return Cycle.objects.create(
        program=program_,
        number=number,
        state=state,
        **{
            "enrolment_opens_on": (NOW - timedelta(days=60)).date(),
            "enrolment_closes_on": (NOW + timedelta(days=30)).date(),
            "matching_on": (NOW + timedelta(days=31)).date(),
            "kick_off_on": (NOW - timedelta(days=30)).date(),
            "planned_end_on": (NOW + timedelta(days=244)).date(),
            **fields,
        },
    )


def enrolment(program_, person_=None, role="mentee", *, state="ready", capacity=1, **fields) -> Enrolment:
    return Enrolment.objects.create(
        cycle=program_.cycles.first(),
        person=person_ or person(),
        role=role,
        state=state,
        capacity=capacity,
        **{
            "invited_at": NOW - timedelta(days=40),
            "answered_at": NOW - timedelta(days=35) if state != "invited" else None,
            "accepted_at": NOW - timedelta(days=34) if state not in ("invited", "applied") else None,
            "ready_at": NOW - timedelta(days=34) if state in ("ready", "matched", "completed") else None,
            "conduct_accepted_version": 1 if state in ("ready", "matched", "completed") else None,
            "privacy_accepted_version": 1 if state in ("ready", "matched", "completed") else None,
            **fields,
        },
    )


def relationship(
    *,
    program_=None,
    mentor=None,
    mentee=None,
    status="active",
    stage="initiation",
    activated_at=NOW - timedelta(days=20),
    **fields,
) -> Relationship:
    program_ = program_ or program()
    mentor, mentee = mentor or person(), mentee or person()
    begun = status not in ("pending", "cancelled")
    over = status in ("completed", "ended_early")
    ended_at = fields.pop("ended_at", NOW - timedelta(days=1) if over else None)
    made = Relationship.objects.create(
        program=program_,
        cycle=program_.cycles.first(),
        status=status,
        stage=stage if begun else "",
        stage_since=activated_at,
        pair_key=f"{mentor.pk}:{mentee.pk}",
        **{
            "zone": program_.zone,
            "cadence_days": program_.cadence_days,
            "activated_at": activated_at if begun else None,
            "planned_start_on": activated_at.date(),
            "separation_on": (activated_at + timedelta(days=244)).date(),
            "planned_end_on": (activated_at + timedelta(days=274)).date(),
            "formal_end_at": ended_at or (NOW if stage == "redefinition" else None),
            "ended_at": ended_at,
            "paused_until": (NOW + timedelta(days=30)).date() if status == "paused" else None,
            **fields,
        },
    )
    for person_, role in ((mentor, "mentor"), (mentee, "mentee")):
        own = Enrolment.objects.filter(cycle=made.cycle, person=person_, role=role).first()
        RelationshipMember.objects.create(
            relationship=made,
            person=person_,
            role=role,
            joined_at=made.activated_at,
            enrolment=own or enrolment(program_, person_, role, state="matched"),
        )
    if begun:
        StageTransition.objects.create(
            relationship=made,
            verb="activate",
            from_status="pending",
            from_stage="",
            to_status="active",
            to_stage="initiation",
            at=activated_at,
            effective_at=activated_at,
            actor="system",
        )
    return Relationship.objects.with_people().get(pk=made.pk)


def meeting(relationship_, *, starts_at=NOW - timedelta(days=3), state="held", **fields) -> Meeting:
    marked = {"marked_by": relationship_.mentee, "marked_at": starts_at} if state == "held" else {}
    made = Meeting.objects.create(
        relationship=relationship_,
        starts_at=starts_at,
        state=state,
        **{"minutes": 45, "zone": relationship_.zone, "planned_by": relationship_.mentee, **marked, **fields},
    )
    if made.counts_as_held and (relationship_.last_met_at is None or relationship_.last_met_at < starts_at):
        relationship_.last_met_at = starts_at
        relationship_.save(update_fields=["last_met_at"])
    return made


def agreement(relationship_, *, state="in_force", version=1, **fields) -> Agreement:
    return Agreement.objects.create(
        relationship=relationship_,
        state=state,
        version=version,
        **{
            "terms": {"purpose": "To prepare for leading the depot."},
            "content_hash": "0" * 64,
            "cadence_days": relationship_.cadence_days,
            "meeting_minutes": relationship_.meeting_minutes,
            "proposed_by": relationship_.mentee,
            "proposed_at": NOW - timedelta(days=10),
            "in_force_at": NOW - timedelta(days=9) if state == "in_force" else None,
            **fields,
        },
    )


def goal(relationship_, *, state="agreed", owner=None, **fields) -> Goal:
    owner = owner or relationship_.mentee
    agreed = state not in ("draft", "proposed")
    return Goal.objects.create(
        relationship=relationship_,
        owner=owner,
        state=state,
        **{
            "title": "Lead the depot roster change",
            "specific": "I lead the roster change of the depot from proposal to roll-out.",
            "measure": "yes_no",
            "evidence": "The new roster is in use on all five lines.",
            "first_step": "Write the draft for the steering group.",
            "relevance": "It is the first change I lead by myself.",
            "due_on": (NOW + timedelta(days=60)).date(),
            "smart_parts": 5,
            "proposed_by": owner if state != "draft" else None,
            "proposed_at": NOW - timedelta(days=9) if state != "draft" else None,
            "agreed_by": relationship_.partner_of(owner) if agreed else None,
            "agreed_at": NOW - timedelta(days=8) if agreed else None,
            "created_at": NOW - timedelta(days=10),
            **fields,
        },
    )


def note(relationship_, *, author=None, private=False, body="Ask for the last three rosters.", **fields):
    kind = PrivateNote if private else SharedNote
    author = author or relationship_.mentee
    return kind.objects.create(
        relationship=relationship_,
        author=author,
        body=body,
        **{"created_at": NOW - timedelta(days=2), **fields},
    )


def agenda_item(relationship_, text="How do I say no?", *, author=None, **fields) -> AgendaItem:
    author, order = author or relationship_.mentee, relationship_.agenda_items.count() + 1
    return AgendaItem.objects.create(
        relationship=relationship_, author=author, text=text, **{"order": order, "created_at": NOW, **fields}
    )


def initiated(relationship_) -> Relationship:
    """All that Initiation needs is done."""
    meeting(relationship_, starts_at=NOW - timedelta(days=14), kind="intro")
    meeting(relationship_, starts_at=NOW - timedelta(days=5))
    agreement(relationship_)
    goal(relationship_)
    return relationship_


def finished(relationship_) -> Relationship:
    """All that Separation needs is done, too."""
    initiated(relationship_)
    relationship_.goals.update(state="achieved", closed_at=NOW - timedelta(days=2))
    meeting(relationship_, starts_at=NOW - timedelta(days=2), kind="closure")
    return relationship_


def answered(person_, **profile) -> User:
    """Somebody whose profile has all that matching asks for."""
    given = {
        "values": ["candour", "care", "craft", "curiosity", "fairness"],
        "working_style": {"planning": 2, "talking": 4, "feedback": 3, "pace": 3},
        **profile,
    }
    Profile.objects.filter(user=person_).update(**given)
    person_.refresh_from_db()
    return person_


def grades(*levels) -> Organisation:
    """The order of grades, lowest first; a level is one grade or a list of them."""
    organisation = Organisation.objects.current()
    organisation.grades = [[level] if isinstance(level, str) else list(level) for level in levels]
    organisation.save(update_fields=["grades"])
    return organisation


def question(program_, text="What brings you here?", *, kind="text", **fields) -> Question:
    order = program_.questions.count() + 1
    return Question.objects.create(program=program_, text=text, kind=kind, order=order, **fields)


def draft_program(
    coordinator, *, now, template="leadership", starts_in=30, title="Emerging Leaders"
) -> Program:
    """As the set-up leaves it, made from a template by the deed."""
    maker = administrator(f"Maker {next(counter)}")
    starts_on = (now + timedelta(days=starts_in)).date()
    made = create_program(template=template, title=title, starts_on=starts_on, by=maker, now=now)
    made.roles.update(person=coordinator)
    return made


def open_program(coordinator, *, now, **fields) -> Program:
    return publish(draft_program(coordinator, now=now, **fields), by=coordinator, now=now)


def proposal(program_, mentor, mentee, *, state="offered", told_from=None, run=None, **fields) -> Proposal:
    """One pair, offered ten minutes ago unless said otherwise; both are enrolled if they are not."""
    told_from = told_from or NOW
    cycle_ = program_.cycles.first()
    offered = {"offered_at": told_from, "told_from": told_from, "expires_at": told_from + timedelta(days=7)}
    made = Proposal.objects.create(
        cycle=cycle_, run=run, state=state, **{**(offered if state != "suggested" else {}), **fields}
    )
    for person_, role in ((mentor, "mentor"), (mentee, "mentee")):
        own = Enrolment.objects.filter(cycle=cycle_, person=person_, role=role).first()
        ProposalMember.objects.create(
            proposal=made, person=person_, role=role, enrolment=own or enrolment(program_, person_, role)
        )
    return made


def match_run(program_, by, *, number=1, state="review", **fields) -> MatchRun:
    return MatchRun.objects.create(
        cycle=program_.cycles.first(), number=number, state=state, created_by=by, created_at=NOW, **fields
    )
