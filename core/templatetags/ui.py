"""The vocabulary of the pages.  The drawings of core/drawings.py and core/charts.py become tags here."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import charts, drawings
from core.dates import city, day_words, moment_words, next_clock_change, time_words
from core.seen_by import sentence_for

register = template.Library()

register.simple_tag(drawings.icon)
register.simple_tag(drawings.tag)
register.simple_tag(drawings.face)
register.simple_tag(drawings.pair_faces)
register.simple_tag(drawings.group_faces)
register.simple_tag(drawings.path)
register.simple_tag(drawings.mini)
register.simple_tag(drawings.bar)
register.simple_tag(drawings.units)
register.simple_tag(charts.bars)
register.simple_tag(charts.lines)
register.simple_tag(charts.hbars)
register.simple_tag(charts.stack)
register.simple_tag(lambda: drawings.MARK, name="brand_mark")
register.simple_tag(lambda: drawings.NOBODY, name="nobody")


@register.simple_tag
def member_faces(relationship: Any, size: str = "") -> SafeString:
    """The people of a relationship: two of them overlapped, or a group with mentors first."""
    mentors, others = [], []
    for member in relationship.present:
        (mentors if member.role == "mentor" else others).append(member.person)
    if len(mentors) + len(others) == 2 and others:
        one, other = [*others, *mentors]
        return drawings.pair_faces(one, other, size, peers=not mentors)
    return drawings.group_faces(mentors, others)


@register.simple_tag
def chart(figure: Any) -> SafeString:
    """Whichever of the four it is."""
    return charts.DRAWERS[type(figure)](figure)


@register.simple_tag
def seen_by(readers: Any, other: str = "") -> SafeString:
    """Who can read this: a word of core.seen_by ("me", "pair", …) or a whole sentence."""
    words, private = sentence_for(readers, other)
    return format_html(
        '<span class="seen-by">{}<span>{}</span></span>',
        drawings.icon("eye-off" if private else "people"),
        words,
    )


@register.simple_tag
def local_time(moment: datetime | None, style: str = "full") -> SafeString | str:
    """On the reader's own clock: "Thursday 15 October, 14:00", or with "time" only "14:00"."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    words = time_words(local) if style == "time" else moment_words(local)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), words)


@register.simple_tag
def day(value: date | datetime | None, style: str = "") -> SafeString | str:
    """15 October; "long" with the weekday, "short" as 15 Oct.  A moment becomes the reader's own day."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_words(value, style))


@register.simple_tag
def both_times(moment: datetime, person: Any, other: Any, minutes: int = 0) -> SafeString:
    """The reader's clock first, then the other's with the city, and a word if clocks change until then."""
    mine, theirs = moment.astimezone(zone_of(person)), moment.astimezone(zone_of(other))
    first = format_html(
        '<time datetime="{}">{}</time>', mine.isoformat(timespec="minutes"), _span(mine, minutes)
    )
    same_clock = mine.replace(tzinfo=None) == theirs.replace(tzinfo=None)
    if same_clock:
        return format_html("<b>{}</b>{}", first, _clocks_change(mine, theirs, other))
    words = time_words(theirs) if mine.date() == theirs.date() else moment_words(theirs)
    second = _("%(time)s for %(name)s in %(city)s.") % {
        "time": words,
        "name": other.short_name,
        "city": city(zone_of(other).key),
    }
    return format_html(
        '<b>{}</b> {}<br><span class="sub">{}{}</span>',
        first,
        _("your time"),
        second,
        _clocks_change(mine, theirs, other),
    )


def zone_of(person: Any) -> ZoneInfo:
    return ZoneInfo(getattr(person, "zone", "") or "UTC")


def _span(start: datetime, minutes: int) -> str:
    if not minutes:
        return moment_words(start)
    return _("%(start)s to %(end)s") % {
        "start": moment_words(start),
        "end": time_words(start + timedelta(minutes=minutes)),
    }


def _clocks_change(mine: datetime, theirs: datetime, other: Any) -> str:
    """Said only when the difference between the two is another on that day than it is today."""
    now = timezone.now()
    apart_now = now.astimezone(mine.tzinfo).utcoffset() - now.astimezone(theirs.tzinfo).utcoffset()
    if mine <= now or apart_now == mine.utcoffset() - theirs.utcoffset():
        return ""
    changes = [next_clock_change(zone, now, mine) for zone in (mine.tzinfo, theirs.tzinfo)]
    return " " + _(
        "Clocks change on %(day)s; this is %(mine)s for you and %(theirs)s for %(name)s on that day."
    ) % {
        "day": day_words(min(change for change in changes if change)),
        "mine": time_words(mine),
        "theirs": time_words(theirs),
        "name": other.short_name,
    }


@register.simple_tag(takes_context=True)
def sort_link(context: Mapping, key: str, words: str, default: str = "") -> SafeString:
    """A column heading that sorts by ``key``, first upwards, then down: ``?sort=key`` and ``?sort=-key``."""
    query = context["request"].GET.copy()
    now = query.get("sort", default)
    query["sort"] = f"-{key}" if now == key else key
    query.pop("page", None)
    direction = {key: "ascending", f"-{key}": "descending"}.get(now, "")
    attribute = format_html(' aria-sort="{}"', direction) if direction else ""
    return format_html(
        '<th scope="col" role="columnheader"{}><a href="?{}">{}</a></th>', attribute, query.urlencode(), words
    )


@register.simple_tag
def points(hundredths: int, signed: bool = False) -> str:
    """Points that are kept in hundredths: "76.20", or as a difference "+1.40"."""
    return f"{hundredths / 100:{'+' if signed else ''},.2f}"


@register.simple_tag
def undo_of(message: Any) -> dict[str, Any] | None:
    """Where a message can be undone, and what is sent there; see ``core.views.undoable``."""
    return json.loads(message.extra_tags) if (message.extra_tags or "").startswith("{") else None


@register.inclusion_tag("components/_errors.html")
def error_summary(*forms: Any) -> dict[str, Any]:
    """What went wrong in these forms, each with a link to its field.  Nothing when nothing did."""
    return {"problems": [problem for form in forms if form for problem in problems(form)]}


def problems(form: Any) -> list[dict[str, str]]:
    if not form.is_bound:
        return []
    if hasattr(form, "forms"):
        below = [problem for inner in form.forms for problem in problems(inner)]
        return [{"words": words, "target": ""} for words in form.non_form_errors()] + below
    found = [{"words": words, "target": ""} for words in form.non_field_errors()]
    for field in form:
        found += [{"words": words, "target": field.first_control_id} for words in field.errors]
    return found


@register.inclusion_tag("components/_pager.html", takes_context=True)
def pager(context: Mapping, page: Any, what: str = "") -> dict[str, Any]:
    """Under a list: "51 to 100 of 214" and the ways on.  ``page`` is a core.pages.Page."""
    return {"page": page, "what": what, "request": context.get("request")}


@register.inclusion_tag("components/_filters.html", takes_context=True)
def filters(context: Mapping, name: str, label: str, choices: Sequence[Any]) -> dict[str, Any]:
    """Links that narrow a list: ``choices`` are (value, words, count or None); the one in force is marked."""
    query, links = context["request"].GET, []
    for value, words, *count in choices:
        wanted = query.copy()
        for key in ("page", "after", "before", name):
            wanted.pop(key, None)
        if value:
            wanted[name] = value
        links.append(
            {
                "url": f"?{wanted.urlencode()}",
                "words": words,
                "count": count[0] if count else None,
                "current": query.get(name, "") == str(value),
            }
        )
    return {"label": label, "links": links}
