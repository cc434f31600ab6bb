"""The digest: in one mail what did not find a place among the few a week, each as one line with its link.

A line is the subject of the letter that it stands for, read at the moment of sending and under the reader's
rights of that moment; what is no longer true, or no longer wanted, is left out.  No line is left: no mail.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from activity.failures import in_short, is_gone
from activity.kinds import LetterKind, Patience
from activity.models import Letter, Refusal
from activity.restraint import DIGEST
from activity.writing import in_one_line, link

log = logging.getLogger(__name__)

State = Letter.State
Kinds = Mapping[str, LetterKind]


class Line(NamedTuple):
    words: str
    address: str
    why: str


def digest_kind(kinds: Kinds) -> LetterKind:
    """The digest over that table, which it joins itself."""

    def context(letter: Letter, now: datetime) -> dict[str, Any] | None:
        lines = [line for told in gathered(letter) if (line := line_of(told, kinds, now))]
        if not lines:
            return None
        return {
            "lines": lines,
            "path": "/home/",
            "thread": "",
            "why": " ".join(
                [
                    *dict.fromkeys(line.why for line in lines if line.why),
                    _("What can wait comes in one message once there are several."),
                ]
            ),
        }

    return LetterKind(DIGEST, context, patience=Patience.HOURS, gathers=True, template="activity/digest")


def gathered(digest: Letter) -> list[Letter]:
    if digest.pk is None:
        return []
    rows = digest.collapsed.filter(state=State.COLLAPSED).select_related("person")
    return list(rows.order_by("wanted_at", "pk"))


def line_of(letter: Letter, kinds: Kinds, now: datetime) -> Line | None:
    if letter.not_after is not None and now > letter.not_after:
        return None
    words = in_one_line(kinds[letter.kind], letter, now)
    return words and Line(words.subject, link(words.path or "/home/"), words.why)


def leave_out(digest: Letter, kinds: Kinds, now: datetime) -> None:
    """Before the digest is written: its row and those of its letters shall say what became of each."""
    refused = {choice for _person, choice in Refusal.objects.of([digest.person_id])}
    for letter in gathered(digest):
        try:
            kind = kinds[letter.kind]
            if kind.choice and kind.choice.name in refused:
                cancel(letter, "turned off by the reader")
            elif line_of(letter, kinds, now) is None:
                cancel(letter, "no longer true")
        except Exception as error:
            if is_gone(error):
                raise
            log.error("Letter %s (%s) fits in no digest: %s", letter.public_id, letter.kind, in_short(error))
            send_alone(letter, now)


@transaction.atomic
def cancel(letter: Letter, note: str) -> None:
    still = Letter.objects.filter(pk=letter.pk, state=State.COLLAPSED)
    if still.update(state=State.CANCELLED, note=note):
        told = letter.collapsed.filter(state=State.COLLAPSED)
        told.update(state=State.READY, collapsed_into=None, note="")


def send_alone(letter: Letter, now: datetime) -> None:
    """What cannot be written fails by itself, where it is seen, and takes nothing else with it."""
    own_way = {"state": State.READY, "collapsed_into": None, "let_out_at": now, "note": ""}
    Letter.objects.filter(pk=letter.pk, state=State.COLLAPSED).update(**own_way)
