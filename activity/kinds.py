"""The tables that the floors above hand in: what each kind of letter, of timed fact and of long run is.

Each floor fills its own (rooms `letters.py`, `dues.py`, `jobs.py`); the roof joins them and passes them down.
A row whose kind is in no table is left alone: an older worker may meet what a newer one has written.
"""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from activity.models import Due, Job, Letter

GRACE = timedelta(hours=6)


class Patience(Enum):
    """What a letter can wait for."""

    NONE = "nothing: it is never held back"
    HOURS = "an hour at which its reader works"
    WEEK = "that too, and a place among the few a week; those without one are told together in a digest"


@dataclass(frozen=True)
class Choice:
    """Letters that a reader turns off and on together: one line of the page on which one does.

    `name` stands in signed links: letters, digits, - and _.
    """

    name: str
    group: Any  # heading of the page, as the other two translated when it is shown
    title: Any
    text: Any


@dataclass(frozen=True)
class OwnWords:
    """What somebody has put in the place of a letter's subject, and at its beginning and its end, as plain text.

    Each may be empty.  `language` is the one in which they are written.
    """

    subject: str = ""
    opening: str = ""
    closing: str = ""
    language: str = ""


@dataclass(frozen=True)
class LetterKind:
    """How letters of one kind are written, and what may become of them.

    `context(letter, now)` gives what the templates need, or None when the letter is no longer true (it is
    then cancelled).  It is asked at the moment of sending, so it must look under the reader's rights of
    that moment. Words it may hold beside the templates' own: `why` (why this person gets this), `path` (of
    the page it leads to), `sender_name` and `reply_to` (the human concerned), `sender_place` (for what that human
    speaks), `calendar` (an iCalendar text, which travels as invitation and as attachment), `thread` (the reference
    of what mail programs shall show together; without it the letter's scope), `subject_mark` (a word that stands
    before the subject).

    `must_arrive`: when the outcome of a try is unknown it is sent again with the same Message-ID, and it is
    never folded into another.  `choice`: the reader can turn it off there; without one it always comes.
    Late letters of one family to one person become one mail.  `gathers`: it is the digest.  `secret`: it
    carries a code, so neither data nor text are kept once it is sent.
    `own_words(letter, words)`: what somebody wants it to say in words of their own.
    """

    name: str
    context: Callable[[Letter, datetime], dict[str, Any] | None]
    _: KW_ONLY
    family: str = ""
    must_arrive: bool = False
    patience: Patience = Patience.NONE
    choice: Choice | None = None
    gathers: bool = False
    secret: bool = False
    answers: Any = ""
    grace: timedelta = GRACE
    template: str = ""
    own_words: Callable[[Letter, dict[str, Any]], OwnWords | None] | None = None

    @property
    def folder(self) -> str:
        """ "relationships.meeting_reminder" has its templates in emails/relationships/meeting_reminder/."""
        return f"emails/{self.template or self.name.replace('.', '/')}"

    @property
    def folds(self) -> bool:
        return bool(self.family) and not self.must_arrive


# How people say it in one word or two, in the languages of those who write back.
YES = ("yes", "yes please", "y", "ja", "ja gerne", "ja takk", "oui", "si", "sí")
NO = ("no", "no thanks", "n", "nein", "nei", "nei takk", "nein danke", "non")


class NotNow(Exception):
    """A reply says something that cannot be done any more, or only on the page."""


@dataclass(frozen=True)
class ReplyKind:
    """What a reply to letters of one kind can do, by what it says: in small letters, without punctuation.

    The deed does what the link in the letter does, in the name of the letter's reader, and raises `NotNow`.
    """

    name: str
    words: Mapping[str, Callable[[Letter, datetime], object]]


@dataclass(frozen=True)
class DueKind:
    """What the clock does when a timed fact of one kind falls due.

    `act(due, now)` runs in one transaction with the mark that it ran: it asks again whether the facts still
    call for it, does its deed (`due.due_at` is the true date, `now` may be days later) and arms what comes
    next.

    With a `family`, occurrences of one subject that are later than `grace` are passed over in favour of the
    newest; without one (moves from stage to stage) each is done, in order.  `lengthy`: one row stands for much
    work, such as the facts of all relationships of a night, which the limits of a look would break off.
    """

    name: str
    act: Callable[[Due, datetime], None]
    _: KW_ONLY
    grace: timedelta = GRACE
    family: str = ""
    lengthy: bool = False


@dataclass(frozen=True)
class JobKind:
    """One kind of long run: `work(job, progress)` does it and may return its result, ids and numbers only."""

    name: str
    work: Callable[[Job, Any], dict[str, Any] | None]
    _: KW_ONLY
    steps: tuple[str, ...] = ()


Kind = TypeVar("Kind", LetterKind, ReplyKind, DueKind, JobKind)


def table(*kinds: Kind) -> dict[str, Kind]:
    """The kinds by their names; the same name twice is a mistake."""
    named: dict[str, Kind] = {}
    for kind in kinds:
        if kind.name in named:
            raise ValueError(f"There are two kinds {kind.name!r}.")
        named[kind.name] = kind
    return named
