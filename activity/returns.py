"""Mail that did not get through: what is kept of it, and that nothing more is sent to an address that refuses mail.

Mail servers number what went wrong (RFC 3463): 5.x.x is for good, 4.x.x for now.  Three for now within a fortnight
count as one for good.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activity.actions import record
from activity.models import OF_OUR_ADDRESS, Letter, RefusingAddress, Return, address_key, reason_of

FORTNIGHT = timedelta(days=14)
SOFT_ALLOWED = 2
KEPT = timedelta(days=60)
NOT_SENT, CAME_BACK = "not sent: the address refuses mail", "came back"
HARD, SOFT = "5.0.0", "4.0.0"


@transaction.atomic
def came_back(address: str, *, key: str, status: str, letter: Letter | None, now: datetime) -> bool:
    """What a mail server tells us of one letter; ``status`` is its number.  False when it has told us before.

    ``key`` names the news: the same letter that was sent again can come back again.
    """
    address = address_key(address)
    news = Return(
        key=key[:250],
        address=address,
        letter=letter,
        at=now,
        is_hard=status.startswith("5") and status not in OF_OUR_ADDRESS,
        status=status[:20],
        counts=status not in OF_OUR_ADDRESS,
    )
    try:
        with transaction.atomic():
            news.save(force_insert=True)
    except IntegrityError:
        return False
    if letter is not None:
        _did_not_arrive(letter, status)
    soft = Return.objects.filter(address=address).soft_since(now - FORTNIGHT).count()
    if news.is_hard or soft > SOFT_ALLOWED:
        _refuse(address, status=status, letter=letter, now=now)
    return True


@transaction.atomic
def lift(address: str, *, by: Any, about: Any, scope: str = "", now: datetime) -> bool:
    """The address is right again: letters go there, and what came back before does not count any more."""
    address = address_key(address)
    gone, _rows = RefusingAddress.objects.filter(address=address).delete()
    Return.objects.filter(address=address, counts=True).update(counts=False)
    if gone:
        record("letters.address_lifted", about, by=by, at=now, scope=scope)
    return bool(gone)


def came_back_words(note: str) -> str:
    """What the note on a letter says, for a coordinator; empty if it says something else."""
    if not note.startswith(CAME_BACK):
        return ""
    return _("It came back. %(reason)s") % {"reason": reason_of(note.removeprefix(CAME_BACK).strip(" ()"))}


def forget_old(now: datetime) -> None:
    """News is kept while somebody could tell it again, an address while somebody has it."""
    Return.objects.filter(at__lt=now - KEPT).delete()
    owned = get_user_model().objects.exclude(email=None).values_list("email", flat=True)
    left = RefusingAddress.objects.filter(since__lt=now - RefusingAddress.KEPT_WITHOUT_OWNER)
    kept = {address_key(address) for address in owned} if left.exists() else set()
    left.exclude(address__in=kept).delete()


def _did_not_arrive(letter: Letter, status: str) -> None:
    gone = Letter.objects.filter(pk=letter.pk, state__in=[Letter.State.SENT, Letter.State.UNKNOWN])
    gone.update(state=Letter.State.DEAD, note=f"{CAME_BACK} ({status})")


def _refuse(address: str, *, status: str, letter: Letter | None, now: datetime) -> None:
    row = RefusingAddress(address=address, since=now, status=status[:20], letter=letter)
    if RefusingAddress.objects.filter(address=address).exists():
        return
    RefusingAddress.objects.bulk_create([row], ignore_conflicts=True)
    person = get_user_model().objects.filter(email__iexact=address).first()
    if person is not None:
        record("letters.address_refused", person, by=None, at=now, scope=letter.scope if letter else "")
