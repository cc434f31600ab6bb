"""Two shapes and one path: the small drawings of the product, as pure functions from values to HTML.

A mentor is a rounded square, a mentee a circle, a pair both of them, overlapped.  Progress of any kind is a
path of stops.  Geometry that depends on data stands in SVG attributes, because the security policy forbids
styles.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.icons import DIRECTED, ICONS

SHAPES = {"mentee": "face", "peer": "face", "mentor": "face face-mentor", "staff": "face face-staff"}
TONES = ("", "good", "watch", "bad")
FILLS = {
    "good": "f-pine",
    "watch": "f-amber",
    "bad": "f-brick",
    "deep": "f-deep",
    "plum": "f-plum",
    "quiet": "f-quiet",
}


def icon(name: str) -> SafeString:
    if name not in ICONS:
        raise ValueError(f"There is no icon {name!r}. There are: {', '.join(ICONS)}.")
    return format_html(
        '<svg class="icon{}" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        " flip" if name in DIRECTED else "",
        ICONS[name],
    )


def tag(tone: str, words: str) -> SafeString:
    """A state: shape, word and colour."""
    if tone not in TONES:
        raise ValueError(f"A tag is good, watch, bad or plain, not {tone!r}.")
    attribute = format_html(' data-tone="{}"', tone) if tone else ""
    return format_html('<span class="tag"{}>{}</span>', attribute, words)


def first_grapheme(word: str) -> str:
    """What a reader takes for the first letter: with its accents, or a whole emoji."""
    taken, joined = "", False
    for character in unicodedata.normalize("NFC", word):
        extends = (
            unicodedata.category(character) in ("Mn", "Mc", "Me")
            or "\U0001f3fb" <= character <= "\U0001f3ff"
            or (len(taken) == 1 and _is_flag_half(taken) and _is_flag_half(character))
        )
        if taken and not (extends or joined or character == "\u200d"):
            break
        joined = character == "\u200d"
        taken += character
    return taken


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def initials(name: str) -> str:
    words = [word for word in (part.strip("\"'()[]-.,") for part in name.split()) if word]
    letters = [first_grapheme(word) for word in (words[:1] if len(words) < 2 else (words[0], words[-1]))]
    return "".join(letter.upper() if len(letter.upper()) == len(letter) else letter for letter in letters)


def _name(person: Any) -> str:
    return person if isinstance(person, str) else person.full_name


def face(person: Any, shape: str = "staff") -> SafeString:
    """``person`` is one with a ``full_name``, or the name itself.  The name always stands beside the face."""
    if shape not in SHAPES:
        raise ValueError(f"A face is that of a mentor, a mentee, a peer or staff, not {shape!r}.")
    return format_html(
        '<span class="{}" aria-hidden="true">{}</span>', SHAPES[shape], initials(_name(person))
    )


def pair_faces(mentee: Any, mentor: Any, size: str = "", *, peers: bool = False) -> SafeString:
    """Both, overlapped; two circles for peers.  ``size`` is "" or "large"."""
    return format_html(
        '<span class="pair{}">{}{}</span>',
        " pair-l" if size == "large" else "",
        face(mentee, "mentee"),
        face(mentor, "mentee" if peers else "mentor"),
    )


def group_faces(mentors: Sequence[Any], mentees: Sequence[Any], at_most: int = 5) -> SafeString:
    """Squares first, then circles, then how many more there are."""
    faces = [(person, "mentor") for person in mentors] + [(person, "mentee") for person in mentees]
    drawn = format_html_join("", "{}", ((face(person, shape),) for person, shape in faces[:at_most]))
    more = len(faces) - at_most
    rest = (
        format_html('<span class="face face-staff" aria-hidden="true">+{}</span>', more) if more > 0 else ""
    )
    return format_html('<span class="pair">{}{}</span>', drawn, rest)


class Stop(NamedTuple):
    """One stop of a path.  ``mark`` is what stands in it: else its number, or a tick when it is done."""

    name: str
    state: str = "next"  # done, now or next
    note: str = ""
    mark: str = ""
    drawing: str = ""


def path(stops: Iterable[Stop], *, compact: str = "", counts: bool = False) -> SafeString:
    """Stages, set-up, joining: one drawing for all.

    ``compact`` is the sentence that replaces the names on a narrow screen.  With
    ``counts`` the stops hold numbers of pairs instead of an order, and no stop is the current one.
    """
    spoken = {"done": _("Done: "), "now": _("Current stage: "), "next": _("Not started: ")}
    items = format_html_join(
        "",
        '<li data-state="{}"{}><span class="stop">{}</span>{}<b>{}</b>{}{}</li>',
        (
            (
                stop.state,
                format_html(' aria-current="{}"', "step") if stop.state == "now" and not counts else "",
                stop.mark or (icon("check") if stop.state == "done" and not counts else number),
                "" if counts else format_html('<span class="vh">{}</span>', spoken[stop.state]),
                stop.name,
                format_html("<span>{}</span>", stop.note) if stop.note else "",
                stop.drawing,
            )
            for number, stop in enumerate(stops, start=1)
        ),
    )
    short = format_html(' data-now="{}"', compact) if compact else ""
    return format_html('<ol class="path{}" role="list"{}>{}</ol>', " path-c" if compact else "", short, items)


def mini(now: int, total: int, words: str = "") -> SafeString:
    """The path in the height of a line: ``now`` counts from 1; beyond ``total`` all is done."""
    dots = []
    for number in range(1, total + 1):
        x = 15 * number - 9
        if number < now:
            dots.append(format_html('<circle cx="{}" cy="6" r="4" fill="currentColor"/>', x))
        elif number == now:
            dots.append(
                format_html(
                    '<circle cx="{}" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2.5"/>', x
                )
            )
        else:
            dots.append(
                format_html(
                    '<circle cx="{}" cy="6" r="3" fill="none" stroke="currentColor" opacity=".6"/>', x
                )
            )
        if number < total:
            dots.append(format_html('<path d="M{} 6h5" stroke="currentColor" stroke-width="1.5"/>', x + 5))
    width = 15 * total - 3
    drawing = format_html(
        '<svg width="{0}" height="12" viewBox="0 0 {0} 12" aria-hidden="true">{1}</svg>',
        width,
        format_html_join("", "{}", ((dot,) for dot in dots)),
    )
    if not words:
        return format_html('<span class="path-mini">{}</span>', drawing)
    place = _(", stage %(now)s of %(total)s") % {"now": min(now, total), "total": total}
    return format_html(
        '<span class="path-mini">{}<span>{}<span class="vh">{}</span></span></span>', drawing, words, place
    )


def share(value: float, top: float) -> str:
    """How much of ``top`` this is, from 0 to 100, as an SVG attribute."""
    part = 100 * value / top if top else 0
    return f"{min(max(part, 0), 100):.4g}"


def bar(
    value: float | None, top: float | None = 100, target: float | None = None, tone: str = "good"
) -> SafeString:
    """How far it is, with a tick at the target.  The number itself always stands beside it."""
    top = top or 100
    tick = ""
    if target not in (None, ""):
        place = min(100 * target / top, 100) - 0.4
        tick = format_html('<rect class="target" x="{}" width="0.8" height="8"/>', f"{place:.4g}")
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="{}" width="{}" height="8"/>{}</svg>',
        FILLS[tone],
        share(value or 0, top),
        tick,
    )


UNIT_ROW = 6


def units(calm: int, watch: int = 0, *, most: int = 60) -> SafeString:
    """Pairs as marks, those to look at first and amber; where there are many, a mark stands for several."""
    each = next(
        size
        for size in (1, 2, 5, 10, 20, 50, 100, 1000, 10000)
        if (calm + watch) / size <= most or size == 10000
    )
    marks = ["watch"] * -(-watch // each) + ["calm"] * -(-calm // each)
    drawn = format_html_join(
        "",
        '<rect x="{}" y="{}" width="8" height="8" rx="2" class="{}"/>'
        '<circle cx="{}" cy="{}" r="4" class="{}"/>',
        (
            (
                19 * (n % UNIT_ROW),
                13 * (n // UNIT_ROW) + 1,
                "f-amber" if mark == "watch" else "f-plum",
                19 * (n % UNIT_ROW) + 10.5,
                13 * (n // UNIT_ROW) + 5,
                "f-amber" if mark == "watch" else "f-pine",
            )
            for n, mark in enumerate(marks)
        ),
    )
    height = 13 * max(1, -(-len(marks) // UNIT_ROW))
    drawing = format_html(
        '<svg class="units" width="114" height="{0}" viewBox="0 0 114 {0}" aria-hidden="true">{1}</svg>',
        height,
        drawn,
    )
    if each == 1:
        return drawing
    words = ngettext("Each mark is %(each)s pair", "Each mark is %(each)s pairs", each) % {"each": each}
    return format_html('{}<span class="sub">{}</span>', drawing, words)


MARK = format_html(
    '<svg width="{}" height="22" viewBox="0 0 30 22" aria-hidden="true">'
    '<rect x="1" y="2" width="18" height="18" rx="4.5" class="f-plum"/>'
    '<circle cx="20" cy="11" r="9" class="f-pine"/></svg>',
    30,
)
NOBODY = format_html(
    '<svg width="{}" height="56" viewBox="0 0 92 56" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-dasharray="5 5" aria-hidden="true"><rect x="3" y="5" width="46" height="46" rx="11"/>'
    '<circle cx="64" cy="28" r="24"/></svg>',
    92,
)
