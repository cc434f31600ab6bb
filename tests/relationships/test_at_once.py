"""Two people at the same moment, in two connections: one of them is first, and nothing is done twice."""

import threading
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from relationships import actions
from relationships.models import Agreement, Closure, Relationship, StageTransition
from relationships.stages import Refused
from relationships.terms import Terms
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 4


def at_once(*deeds):
    """What each deed gave or was refused with, all begun at the same moment."""
    outcomes, ready = [None] * len(deeds), threading.Barrier(len(deeds))

    def run(n, deed):
        try:
            ready.wait(timeout=20)
            outcomes[n] = deed()
        except (Refused, PermissionDenied) as refusal:
            outcomes[n] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, deed)) for n, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def fresh(pair):
    return Relationship.objects.with_people().get(pk=pair.pk)


def done(outcomes):
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def test_two_mentees_and_one_place(program, mira, now):
    """Invariant 3: never more mentees than places."""
    cycle = program.cycles.get()
    mentor = make.enrolment(program, mira, "mentor", capacity=1)
    mentees = [make.enrolment(program) for _n in range(3)]

    def begin(mentee):
        members = [
            (mira, "mentor", mentor.__class__.objects.get(pk=mentor.pk)),
            (mentee.person, "mentee", mentee),
        ]
        return lambda: actions.begin(program, cycle, members, by=mentee.person, now=now)

    outcomes = at_once(*[begin(mentee) for mentee in mentees])
    assert len(done(outcomes)) == 1
    assert Relationship.objects.count() == 1


def test_the_same_pair_twice(program, mira, theo, now):
    """Invariant 1: one open relationship of the same two in a cycle."""
    cycle = program.cycles.get()
    mentor = make.enrolment(program, mira, "mentor", capacity=5)
    mentee = make.enrolment(program, theo, capacity=5)

    def begin():
        members = [(mira, "mentor", mentor), (theo, "mentee", mentee)]
        return actions.begin(program, cycle, members, by=theo, now=now)

    assert len(done(at_once(begin, begin, begin))) == 1
    assert Relationship.objects.count() == 1


def test_both_end_it(program, mira, theo, now):
    """Invariant 12: one closure."""
    for _round in range(ROUNDS):
        pair = make.relationship(program_=program, mentor=mira, mentee=theo)
        outcomes = at_once(*[partial(actions.end, fresh(pair), by=by, now=now) for by in (mira, theo)])
        assert len(done(outcomes)) == 1
        assert Closure.objects.filter(relationship=pair).count() == 1
        assert StageTransition.objects.filter(relationship=pair, verb="end").count() == 1


def test_both_ask(program, mira, theo, now):
    for _round in range(ROUNDS):
        pair = make.relationship(program_=program, mentor=mira, mentee=theo, stage="cultivation")
        at_once(*[partial(actions.ask, fresh(pair), "wind_up", by=by, now=now) for by in (mira, theo)])
        assert pair.move_requests.filter(state="open").count() == 1
        pair.delete()


def test_a_member_and_the_coordinator_move_it(program, mira, theo, cora, now):
    for _round in range(ROUNDS):
        pair = make.relationship(program_=program, mentor=mira, mentee=theo)
        deeds = [
            partial(actions.move, fresh(pair), "cultivate", by=cora, now=now, reason="."),
            partial(actions.pause, fresh(pair), until=now.date().replace(day=30), by=theo, now=now),
            partial(actions.end, fresh(pair), by=mira, now=now),
        ]
        assert len(done(at_once(*deeds))) == 1
        assert pair.transitions.exclude(verb="activate").count() == 1
        pair.delete()


def written(pair, words, by, now, based_on=""):
    return actions.propose_terms(
        pair, Terms({"purpose": words}, 14, 45, None), based_on=based_on, by=by, now=now
    )


def test_both_sign(program, mira, theo, now):
    for _round in range(ROUNDS):
        pair = make.relationship(program_=program, mentor=mira, mentee=theo)
        read = written(pair, "To lead.", mira, now).content_hash
        deeds = [partial(actions.sign, fresh(pair), read, by=by, now=now) for by in (mira, theo)]
        assert len(done(at_once(*deeds))) == 2
        agreement = Agreement.objects.get(relationship=pair)
        assert (agreement.state, agreement.signatures.count()) == ("in_force", 2)
        pair.delete()


def test_one_signs_while_the_other_writes_anew(program, mira, theo, now):
    """Invariant 6: whoever signs has signed the text that was read, and no other."""
    for _round in range(ROUNDS):
        pair = make.relationship(program_=program, mentor=mira, mentee=theo)
        read = written(pair, "First.", mira, now).content_hash
        at_once(
            partial(actions.sign, fresh(pair), read, by=theo, now=now),
            partial(written, fresh(pair), "Second.", mira, now, based_on=read),
        )
        for agreement in pair.agreements.all():
            assert {row.content_hash for row in agreement.signatures.all()} <= {agreement.content_hash}
        assert pair.agreements.to_sign().count() == 1
        pair.delete()
