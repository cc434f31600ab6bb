"""Other rules, tried on the people of today without touching the program; and taken over by it, if they are better."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity.actions import record
from activity.models import Job
from matching.actions.runs import ask_for_run
from matching.models import MatchRun
from matching.permissions import RUN_RULES
from matching.stages import Refused, RunState
from people.models import User
from programs.actions.programs import store_program
from programs.models import Program

# What of a run's rules a program can take over; the rest belongs to its format.
TAKEN_OVER = ("objective", "shared_minutes", "months_after_early_end", "switched_off", "minimum_score")


@transaction.atomic
def try_rules(run: MatchRun, given: dict[str, Any], *, by: User, now: datetime) -> tuple[MatchRun, Job]:
    """A new run with the weights and rules ``given``, made from ``run``.  The settings of the program stay."""
    RUN_RULES.require(by, "try_rules", run)
    rules = {**run.rules, **{name: given[name] for name in TAKEN_OVER}}
    terms = {
        "name": given["name"],
        "based_on": run,
        "weights": given["weights"],
        "rules": rules,
        "objective": given["objective"],
        "minimum_score": given["minimum_score"],
    }
    return ask_for_run(run.cycle, by=by, now=now, terms=terms)


@transaction.atomic
def adopt_rules(run: MatchRun, *, by: User, now: datetime) -> Program:
    """From now on the program asks what this run was asked."""
    RUN_RULES.require(by, "adopt", run)
    if run.state in (RunState.FAILED, RunState.STOPPED, RunState.DRAFT, RunState.RUNNING):
        raise Refused(_("This run has no result yet that its rules could be judged by."))
    program = run.cycle.program
    asked = {**run.rules, "objective": run.objective, "minimum_score": run.minimum_score}
    rules = {**program.rules, **{name: asked[name] for name in TAKEN_OVER if name in asked}}
    record("match_run.rules_adopted", run, by=by, at=now, scope=program.scope)
    return store_program(program, by=by, now=now, version=program.version, weights=run.weights, rules=rules)
