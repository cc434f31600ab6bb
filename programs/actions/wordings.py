"""Deeds on the words of a program's letters.  Which kinds there are is known above."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from activity.actions import record
from people.models import User
from programs.models import Program, Wording
from programs.permissions import RULES
from programs.stages import Refused


@transaction.atomic
def change_wording(
    program: Program, kind: str, texts: Mapping[str, str], *, based_on: int, by: User, now: datetime
) -> Wording:
    """Subject, opening, closing and language of that kind of letter, for all that go out from now on.

    `based_on` is the version of the words that the writer saw, 0 where there were none.
    """
    RULES.require(by, "set_up", program)

    words = {**texts, "changed_at": now, "changed_by": by}
    if based_on:
        same = Wording.objects.filter(program=program, kind=kind, version=based_on)
        is_new = bool(same.update(version=F("version") + 1, **words))
        wording = Wording.objects.filter(program=program, kind=kind).first()
    else:
        wording, is_new = Wording.objects.get_or_create(program=program, kind=kind, defaults=words)
    if not is_new:
        raise Refused(_("Somebody else has changed these words since you opened the page."))

    record("program.letter_worded", program, by=by, at=now, scope=program.scope, kind=kind)
    return wording


@transaction.atomic
def restore_wording(program: Program, kind: str, *, by: User, now: datetime) -> bool:
    """The product's own words again; False if they were never changed."""
    RULES.require(by, "set_up", program)

    gone, _rows = Wording.objects.filter(program=program, kind=kind).delete()
    if gone:
        record("program.letter_unworded", program, by=by, at=now, scope=program.scope, kind=kind)
    return bool(gone)
