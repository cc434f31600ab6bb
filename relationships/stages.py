"""The life of a relationship, as one table (domain 4.4 to 4.6).  Nothing else decides where it may go.

A row says who may make the move, and how:

``ONE``     any one member, at once
``NOTICE``  any one member; the other hears of it and has seven days to say "not yet"
``ASK``     one member asks, the other acknowledges; after fourteen days the coordinator is asked to look
``REASON``  the coordinator, with a written reason when the gate does not hold
``YES``     the coordinator, or the clock, without more
``NOBODY``  not in this column

``gate`` names the criteria of ``relationships.gates`` that must hold for two-step moves of members and for the
clock; the coordinator's override of an unmet gate is kept with its reason.  Nothing stands before a move of one
member alone.
"""

# ruff: noqa: E501  the table is read by its columns

from datetime import timedelta
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    PENDING = "pending", _("Waiting to begin")
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    COMPLETED = "completed", _("Completed")
    ENDED_EARLY = "ended_early", _("Ended early")
    CANCELLED = "cancelled", _("Cancelled")


class Stage(models.TextChoices):
    NONE = "", _("Not begun")
    INITIATION = "initiation", _("Initiation")
    CULTIVATION = "cultivation", _("Cultivation")
    SEPARATION = "separation", _("Separation")
    REDEFINITION = "redefinition", _("Redefinition")


GLOSSES = {
    Stage.INITIATION: _("get to know each other and agree how"),
    Stage.CULTIVATION: _("work on your goals"),
    Stage.SEPARATION: _("finish well"),
    Stage.REDEFINITION: _("decide what comes next"),
}


class How(models.TextChoices):
    NOBODY = "nobody"
    ONE = "one"
    NOTICE = "notice"
    ASK = "ask"
    REASON = "reason"
    YES = "yes"


TWO_STEPS = frozenset({How.NOTICE, How.ASK})
ANSWER_WITHIN = {How.NOTICE: timedelta(days=7), How.ASK: timedelta(days=14)}
TAKEN_BACK_WITHIN = timedelta(days=7)


class Move(NamedTuple):
    verb: str
    status: Status
    stage: Stage
    to_status: Status
    to_stage: Stage
    member: How
    coordinator: How
    system: How
    gate: str
    label: str

    def how(self, actor: str) -> How:
        """``actor`` names a column: member, coordinator or system."""
        return {"member": self.member, "coordinator": self.coordinator, "system": self.system}[actor]

    @property
    def is_of_stage(self) -> bool:
        """Leads to another stage, and not only to another status."""
        return self.stage != self.to_stage


S, T, H = Status, Stage, How

# fmt: off
MOVES = (
    #    verb          from                        to                            member    coordinator system    gate
    Move("activate",   S.PENDING, T.NONE,          S.ACTIVE,      T.INITIATION,   H.NOBODY, H.YES,     H.YES,    "accepted",   _("Begin")),
    Move("cancel",     S.PENDING, T.NONE,          S.CANCELLED,   T.NONE,         H.ONE,    H.YES,     H.YES,    "",           _("Cancel")),

    Move("cultivate",  S.ACTIVE,  T.INITIATION,    S.ACTIVE,      T.CULTIVATION,  H.NOTICE, H.REASON,  H.NOTICE, "initiation", _("Move to Cultivation")),
    Move("wind_up",    S.ACTIVE,  T.INITIATION,    S.ACTIVE,      T.SEPARATION,   H.ASK,    H.REASON,  H.YES,    "met_once",   _("Move to Separation")),
    Move("wind_up",    S.ACTIVE,  T.CULTIVATION,   S.ACTIVE,      T.SEPARATION,   H.ASK,    H.REASON,  H.YES,    "planned",    _("Move to Separation")),
    Move("recontract", S.ACTIVE,  T.CULTIVATION,   S.ACTIVE,      T.INITIATION,   H.ASK,    H.REASON,  H.NOBODY, "",           _("Go back to Initiation")),
    Move("extend",     S.ACTIVE,  T.SEPARATION,    S.ACTIVE,      T.CULTIVATION,  H.ASK,    H.REASON,  H.NOBODY, "",           _("Go on with Cultivation")),
    Move("redefine",   S.ACTIVE,  T.SEPARATION,    S.ACTIVE,      T.REDEFINITION, H.ASK,    H.REASON,  H.YES,    "separation", _("Move to Redefinition")),
    Move("complete",   S.ACTIVE,  T.REDEFINITION,  S.COMPLETED,   T.REDEFINITION, H.ASK,    H.YES,     H.YES,    "followed",   _("Complete")),

    Move("pause",      S.ACTIVE,  T.INITIATION,    S.PAUSED,      T.INITIATION,   H.ONE,    H.YES,     H.NOBODY, "",           _("Pause")),
    Move("pause",      S.ACTIVE,  T.CULTIVATION,   S.PAUSED,      T.CULTIVATION,  H.ONE,    H.YES,     H.NOBODY, "",           _("Pause")),
    Move("pause",      S.ACTIVE,  T.SEPARATION,    S.PAUSED,      T.SEPARATION,   H.ONE,    H.YES,     H.NOBODY, "",           _("Pause")),
    Move("resume",     S.PAUSED,  T.INITIATION,    S.ACTIVE,      T.INITIATION,   H.ONE,    H.YES,     H.NOBODY, "",           _("Resume")),
    Move("resume",     S.PAUSED,  T.CULTIVATION,   S.ACTIVE,      T.CULTIVATION,  H.ONE,    H.YES,     H.NOBODY, "",           _("Resume")),
    Move("resume",     S.PAUSED,  T.SEPARATION,    S.ACTIVE,      T.SEPARATION,   H.ONE,    H.YES,     H.NOBODY, "",           _("Resume")),

    Move("end",        S.ACTIVE,  T.INITIATION,    S.ENDED_EARLY, T.INITIATION,   H.ONE,    H.YES,     H.YES,    "left",       _("End")),
    Move("end",        S.ACTIVE,  T.CULTIVATION,   S.ENDED_EARLY, T.CULTIVATION,  H.ONE,    H.YES,     H.YES,    "left",       _("End")),
    Move("end",        S.ACTIVE,  T.SEPARATION,    S.ENDED_EARLY, T.SEPARATION,   H.ONE,    H.YES,     H.YES,    "left",       _("End")),
    Move("end",        S.ACTIVE,  T.REDEFINITION,  S.ENDED_EARLY, T.REDEFINITION, H.ONE,    H.YES,     H.YES,    "left",       _("End")),
    Move("end",        S.PAUSED,  T.INITIATION,    S.ENDED_EARLY, T.INITIATION,   H.ONE,    H.YES,     H.YES,    "left",       _("End")),
    Move("end",        S.PAUSED,  T.CULTIVATION,   S.ENDED_EARLY, T.CULTIVATION,  H.ONE,    H.YES,     H.YES,    "left",       _("End")),
    Move("end",        S.PAUSED,  T.SEPARATION,    S.ENDED_EARLY, T.SEPARATION,   H.ONE,    H.YES,     H.YES,    "left",       _("End")),
)
# fmt: on

# What is final is not written twice: it is where no move begins.
FINAL = frozenset(Status) - {move.status for move in MOVES}
ALIVE = frozenset(Status) - FINAL


# A move of the clock that was taken back; it is in no column, since it leads wherever the move came from.
TAKE_BACK = "take_back"


class Refused(Exception):
    """Not possible now.  The message is fit for the reader."""


def moves_from(status: str, stage: str) -> list[Move]:
    return [move for move in MOVES if (move.status, move.stage) == (status, stage)]


def find(verb: str, status: str, stage: str) -> Move:
    for move in moves_from(status, stage):
        if move.verb == verb:
            return move
    raise Refused(_("This is not possible any more: the relationship has moved on in the meantime."))
