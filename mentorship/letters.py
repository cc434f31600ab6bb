"""The one letter of the roof: to somebody whose reply could not be understood, or came too late."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from activity.kinds import LetterKind
from activity.models import Letter

NOT_UNDERSTOOD = "mentorship.not_understood"


def not_understood_kind(kinds: Mapping[str, LetterKind]) -> LetterKind:
    """What can be answered, and where; read from the letter that was replied to, as it is today."""

    def context(letter: Letter, now: datetime) -> dict[str, Any] | None:
        asked = Letter.objects.select_related("person").filter(public_id=letter.data.get("letter")).first()
        kind = kinds.get(asked.kind) if asked else None
        words = kind.context(asked, now) if asked and kind else None
        why = _("You get this because you replied to an email of ours.")
        if words is None:
            return {"is_open": False, "path": "/home/", "why": why}
        said = {
            name: words.get(name, "")
            for name in ("path", "sender_name", "sender_place", "reply_to", "thread")
        }
        return {**said, "is_open": True, "by_page": letter.data.get("by_page", False), "why": why}

    return LetterKind(NOT_UNDERSTOOD, context)
