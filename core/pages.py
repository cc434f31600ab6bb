"""Long lists, fifty at a time.

Up to a thousand rows are counted and their pages have numbers.  Beyond that nobody counts, and the pages
follow each other by the values of the last row, so that the hundredth costs what the first did and a row that
is added meanwhile moves nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

SIZE = 50
COUNTED = 1_000
SIGNER = Signer(salt="core.pages")


@dataclass(frozen=True)
class Page:
    """The rows to show, and where else one can go."""

    rows: Sequence[Any]
    total: int | None  # None when there are more than COUNTED
    number: int = 1
    pages: int = 1
    start: int = 0  # how many rows come before; only meaningful with a total
    before: str = ""  # the key of the page before, when pages follow each other by keys
    after: str = ""

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def words(self) -> str:
        """ "51 to 100 of 214"."""
        if self.total is None:
            return _("%(shown)s of more than %(counted)s") % {
                "shown": len(self.rows),
                "counted": f"{COUNTED:,}",
            }
        if self.total == len(self.rows):
            return ""
        return _("%(first)s to %(last)s of %(total)s") % {
            "first": self.start + 1,
            "last": self.start + len(self.rows),
            "total": f"{self.total:,}",
        }

    @property
    def in_title(self) -> str:
        """ ", page 2 of 5" for the title of the document; nothing on the first page."""
        if self.number == 1:
            return ""
        return _(", page %(number)s of %(pages)s") % {"number": self.number, "pages": self.pages}

    @property
    def is_only_one(self) -> bool:
        return self.pages == 1 and not self.before and not self.after

    @property
    def near(self) -> list[int | None]:
        """The numbers to offer: first, last and those around this one; None where some are left out."""
        wanted = sorted(
            {1, self.pages, *range(max(1, self.number - 2), min(self.pages, self.number + 2) + 1)}
        )
        shown: list[int | None] = []
        for number in wanted:
            if shown and number - (shown[-1] or 0) > 1:
                shown.append(None)
            shown.append(number)
        return shown


def sought(query: Mapping[str, str], name: str = "q") -> str:
    """What somebody looks for, as the database can take it."""
    return query.get(name, "").replace("\0", "")[:80]


def page_of(rows: QuerySet, query: Mapping[str, str], *, order: Sequence[str], size: int = SIZE) -> Page:
    """One page of ``rows``, as ``query`` (request.GET) asks for it, in two queries.

    ``order`` names fields or annotations that are never NULL, each with a ``-`` in front to run downwards.
    The last one must be unique, so that no row is shown twice or passed over.
    """
    rows = rows.order_by(*order)
    total = rows.order_by()[: COUNTED + 1].count()
    if total > COUNTED:
        return _page_by_key(rows, query, order, size)
    pages = max(1, -(-total // size))
    number = min(max(_whole(query.get("page", "")), 1), pages)
    start = (number - 1) * size
    return Page(list(rows[start : start + size]), total, number, pages, start)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _page_by_key(rows: QuerySet, query: Mapping[str, str], order: Sequence[str], size: int) -> Page:
    backwards = _read_key(query.get("before", ""), order)
    key = backwards or _read_key(query.get("after", ""), order)
    walked = [_turned(name) for name in order] if backwards else list(order)
    found = list((rows.filter(_beyond(walked, key)) if key else rows).order_by(*walked)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    comes_before = more if backwards else bool(key)
    comes_after = True if backwards else more
    return Page(
        found,
        None,
        before=_write_key(found[0], order) if found and comes_before else "",
        after=_write_key(found[-1], order) if found and comes_after else "",
    )


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(order: Sequence[str], key: Sequence[Any]) -> Q:
    """The rows after ``key``: greater in the first field, or equal there and greater in the next."""
    beyond, equal = Q(), Q()
    for name, value in zip(order, key, strict=True):
        field, compare = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        beyond |= equal & Q(**{f"{field}__{compare}": value})
        equal &= Q(**{field: value})
    return beyond


def _write_key(row: Any, order: Sequence[str]) -> str:
    values = []
    for name in order:
        value = row
        for part in name.removeprefix("-").split("__"):
            value = value[part] if isinstance(value, Mapping) else getattr(value, part)
        values.append(_plain(value))
    return SIGNER.sign_object(values)


def _plain(value: Any) -> Any:
    """As JSON can hold it, with nothing lost: a moment to its last microsecond."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _read_key(text: str, order: Sequence[str]) -> list[Any] | None:
    """None for what nobody wrote here: a mended address leads to the first page, not to an error."""
    try:
        values = SIGNER.unsign_object(text)
    except BadSignature:
        return None
    return values if len(values) == len(order) else None
