"""What a pair does over the months: agree, set goals, meet, write, wind up.  Each scene is one evening's deeds."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mentorship.demo import words
from mentorship.demo.stage import Theatre
from relationships import actions
from relationships.models import Goal, Meeting, Relationship
from relationships.stages import Refused
from relationships.terms import Terms, suggestions


@dataclass
class Pair:
    """One relationship on the stage; ``n`` varies what it does."""

    pk: int
    n: int

    @property
    def now(self) -> Relationship:
        return Relationship.objects.with_people().get(pk=self.pk)


def agree(pair: Pair, *, signs: bool = True, now: datetime) -> None:
    """The mentee proposes how they work, both sign."""
    relationship = pair.now
    terms = Terms(
        words={**suggestions({}), "mode": "hybrid"},
        cadence_days=relationship.program.cadence_days,
        meeting_minutes=relationship.program.meeting_minutes,
        review_on=(now + timedelta(days=120)).date(),
    )
    agreement = actions.propose_terms(relationship, terms, based_on="", by=relationship.mentee, now=now)
    actions.sign(relationship, agreement.content_hash, by=relationship.mentee, now=now)
    if signs:
        actions.sign(pair.now, agreement.content_hash, by=relationship.mentor, now=now)


def set_goal(pair: Pair, which: int, due_on: date, *, agreed: bool = True, now: datetime) -> None:
    relationship = pair.now
    title, specific, evidence, first_step, relevance, steps = words.GOALS[which % len(words.GOALS)]
    content = {
        "title": title,
        "category": Goal.Category.LEADERSHIP,
        "specific": specific,
        "measure": Goal.Measure.YES_NO,
        "evidence": evidence,
        "first_step": first_step,
        "relevance": relevance,
        "confidence": 7,
        "due_on": min(due_on, relationship.planned_end_on),
        "visibility": Goal.Visibility.BOTH,
    }
    goal = actions.draft_goal(relationship, content=content, by=relationship.mentee, now=now)
    for step in steps:
        actions.add_step(goal, title=step, by=relationship.mentee, now=now)
    goal = actions.propose_goal(goal, by=relationship.mentee, now=now)
    if agreed:
        actions.agree_goal(Goal.objects.get(pk=goal.pk), by=relationship.mentor, now=now)


def plan(pair: Pair, starts_at: datetime, *, now: datetime) -> None:
    relationship = pair.now
    if not relationship.is_open or relationship.status != "active":
        return
    by = relationship.mentee if pair.n % 2 else relationship.mentor
    actions.plan_meeting(
        relationship,
        starts_at=starts_at,
        minutes=relationship.meeting_minutes,
        mode=Meeting.Mode.VIDEO,
        place="https://video.halden.example/room",
        by=by,
        now=now,
    )
    topic = words.TOPICS[(pair.n + starts_at.month) % len(words.TOPICS)]
    actions.add_topic(pair.now, text=topic, by=relationship.mentee, now=now)


def hold(
    pair: Pair, starts_at: datetime, *, confirmed: bool = True, closing: bool = False, now: datetime
) -> None:
    """One says that it was held, the other confirms, and now and then something is written down."""
    relationship = pair.now
    meeting = relationship.meetings.filter(starts_at=starts_at, state=Meeting.State.SCHEDULED).first()
    if meeting is None or not relationship.is_open:
        return
    meeting.relationship = relationship
    first, second = relationship.mentee, relationship.mentor
    if pair.n % 3 == 0:
        first, second = second, first
    meeting = actions.mark_held(meeting, is_closing=closing, by=first, now=now)
    if confirmed:
        actions.confirm_meeting(
            Meeting.objects.get(pk=meeting.pk), by=second, now=now + timedelta(minutes=50)
        )
    for topic in pair.now.agenda_items.filter(done_at=None):
        topic.relationship = relationship
        actions.finish_topic(topic, meeting=meeting, by=second, now=now)
    if pair.n % 2 == 0:
        note = words.SHARED_NOTES[(pair.n + starts_at.month) % len(words.SHARED_NOTES)]
        actions.write_note(pair.now, body=note, private=False, meeting=meeting, by=first, now=now)
    if pair.n % 5 == 0:
        note = words.PRIVATE_NOTES[pair.n % len(words.PRIVATE_NOTES)]
        actions.write_note(
            pair.now, body=note, private=True, meeting=meeting, by=relationship.mentee, now=now
        )


def update(pair: Pair, percent: int, *, now: datetime) -> None:
    relationship = pair.now
    if not relationship.is_open:
        return
    for goal in relationship.goals.filter(state__in=["agreed", "in_progress"]):
        goal.relationship = relationship
        note = words.UPDATES[(pair.n + percent) % len(words.UPDATES)]
        actions.update_goal(goal, percent=percent, note=note, by=relationship.mentee, now=now)
        step = goal.milestones.filter(state="open").first()
        if step:
            step.goal = goal
            actions.set_step(step, "done", by=relationship.mentee, now=now)


def close_goals(pair: Pair, *, now: datetime) -> None:
    relationship = pair.now
    if not relationship.is_alive:
        return
    states = ("achieved", "achieved", "partly_achieved", "carried_over")
    for at, goal in enumerate(relationship.goals.filter(state__in=["agreed", "in_progress"])):
        goal.relationship = relationship
        state = states[(pair.n + at) % len(states)]
        actions.close_goal(goal, state, evidence="We both saw it happen.", by=relationship.mentee, now=now)


def propose_move(pair: Pair, verb: str, *, by_mentor: bool = False, now: datetime) -> None:
    """One asks, the other agrees the next day (a scene of its own)."""
    relationship = pair.now
    if not relationship.is_alive:
        return
    try:
        actions.ask_or_move(
            relationship, verb, by=relationship.mentor if by_mentor else relationship.mentee, now=now
        )
    except Refused:
        return


def agree_to_move(pair: Pair, verb: str, *, now: datetime) -> None:
    propose_move(pair, verb, by_mentor=True, now=now)


def rest(pair: Pair, *, now: datetime) -> None:
    relationship = pair.now
    if relationship.status != "active":
        return
    actions.pause(relationship, until=(now + timedelta(days=45)).date(), by=relationship.mentor, now=now)


def stop(pair: Pair, *, now: datetime) -> None:
    relationship = pair.now
    if not relationship.is_alive:
        return
    actions.end(relationship, by=relationship.mentee, now=now)


def on_a_weekday(moment: datetime) -> datetime:
    """Nobody meets on a Sunday."""
    return moment + timedelta(days=max(0, 7 - moment.weekday()) % 7 if moment.weekday() > 4 else 0)


def rhythm(
    theatre: Theatre, pair: Pair, first: datetime, days: int, count: int, *, last_confirmed: bool = True
) -> list[datetime]:
    """A row of meetings: planned some days before, held, logged the same evening."""
    moments = [on_a_weekday(first + timedelta(days=days * k, hours=(pair.n + k) % 3)) for k in range(count)]
    before = first - timedelta(days=4)
    for k, starts_at in enumerate(moments):
        theatre.at(before, lambda now, at=starts_at: plan(pair, at, now=now))
        theatre.look_at(starts_at - timedelta(hours=24))
        confirmed = last_confirmed or k < count - 1
        theatre.at(
            starts_at + timedelta(hours=2),
            lambda now, at=starts_at, yes=confirmed: hold(pair, at, confirmed=yes, now=now),
        )
        before = starts_at + timedelta(hours=3)
    return moments
