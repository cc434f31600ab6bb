"""The menus, from plain facts: which entries a reader sees, in which order, and where they lead.

Addresses are written out, as design and letters use them.  An entry whose page is not part of this
installation (the post box outside a demo) is left out; a test follows all others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from core.dates import day_words


@dataclass(frozen=True)
class Item:
    words: str
    url: str
    icon: str = ""
    sub: str = ""
    state: str = ""  # done, now or next: only on the spine
    current: bool = False

    @property
    def state_words(self) -> str:
        return {"done": _(", done"), "now": _(", in progress"), "next": _(", not started")}.get(
            self.state, ""
        )


@dataclass(frozen=True)
class Group:
    label: str
    items: list[Item]


@dataclass(frozen=True)
class Navigation:
    home_url: str = "/"
    role: str = ""
    shape: str = "staff"
    tile: Item | None = None  # the program, as a way to its dashboard and to the other programs
    card: Item | None = None  # the program, told to whoever takes part
    spine: list[Item] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    tabs: list[Item] = field(default_factory=list)
    help_url: str = ""
    accessibility_url: str = ""
    me_url: str = ""
    zone_url: str = ""
    late_since: datetime | None = None  # letters and reminders, for whoever is to know


@dataclass(frozen=True)
class Tie:
    """One relationship of the reader."""

    public_id: str
    other: str  # what the others are called
    as_mentor: bool = False


@dataclass(frozen=True)
class ProgramFacts:
    """The program one looks at, as its coordinator."""

    public_id: str
    title: str
    state: str
    week: str = ""
    participants: int = 0
    pairs: int = 0
    offers: int = 0
    ends: date | None = None


@dataclass(frozen=True)
class Reader:
    """Who looks, as far as the menu cares."""

    signed_in: bool = False
    is_demo: bool = False
    ties: tuple[Tie, ...] = ()
    takes_part: bool = False
    is_mentor: bool = False
    is_peer: bool = False
    coordinates: int = 0
    is_hr_admin: bool = False
    is_administrator: bool = False
    program: ProgramFacts | None = None
    card: Item | None = None
    late_since: datetime | None = None


TIES_AT_MOST = 3
HELP, ACCESSIBILITY, ME, ZONE = "/help/", "/accessibility/", "/me/", "/me/zone/"


def menu_for(reader: Reader, path: str) -> Navigation:
    """The whole sidebar, with the entry of ``path`` marked."""
    menu = _menu(reader)
    if reader.is_demo:
        menu = replace(menu, groups=[*menu.groups, Group(_("Demo"), [Item(_("Post"), "/post/", "mail")])])
    return replace(
        menu,
        tile=next(iter(_marked([menu.tile], path, exact=True)), None) if menu.tile else None,
        spine=_marked(menu.spine, path),
        groups=[Group(group.label, items) for group in menu.groups if (items := _marked(group.items, path))],
        tabs=_marked(menu.tabs, path),
        help_url=_there(HELP),
        accessibility_url=_there(ACCESSIBILITY),
        me_url=_there(ME) or menu.home_url,
        zone_url=_there(ZONE),
        late_since=reader.late_since,
    )


def _menu(reader: Reader) -> Navigation:
    if not reader.signed_in:
        return Navigation()
    if reader.program:
        return _coordinators(reader, reader.program)
    groups, tabs = [], []
    if reader.takes_part or reader.ties:
        groups.append(Group(_("Main"), _participants(reader)))
        tabs = _tabs(reader)
    elif not (reader.coordinates or reader.is_hr_admin or reader.is_administrator):
        groups.append(Group(_("Main"), [Item(_("Home"), "/home/", "home")]))
    if reader.coordinates:
        groups.append(
            Group(_("Coordination"), [Item(_("Programs"), "/programs/", "pair", str(reader.coordinates))])
        )
    if reader.is_hr_admin or reader.is_administrator:
        groups.append(Group(_("Organisation"), _organisation(reader)))
    return Navigation(
        home_url="/home/",
        role=_role(reader),
        shape=_shape(reader),
        card=reader.card,
        groups=groups,
        tabs=tabs,
    )


def _role(reader: Reader) -> str:
    if reader.program:
        return _("Coordinator")
    if reader.is_hr_admin:
        return _("HR admin")
    if reader.is_administrator:
        return _("Administrator")
    if reader.coordinates:
        return _("Coordinator")
    if reader.is_mentor:
        return _("Mentor")
    if reader.is_peer:
        return _("Peer")
    return _("Mentee") if reader.takes_part else ""


def _shape(reader: Reader) -> str:
    if reader.is_hr_admin or reader.is_administrator or reader.coordinates or not reader.takes_part:
        return "staff"
    return "mentor" if reader.is_mentor else "mentee"


def _participants(reader: Reader) -> list[Item]:
    many = len(reader.ties) > TIES_AT_MOST
    own = [
        Item(_("You and %(name)s") % {"name": tie.other}, f"/pairs/{tie.public_id}/", "pair")
        for tie in reader.ties[: TIES_AT_MOST - many]
    ]
    if many:
        own.append(Item(_("All relationships"), "/pairs/", "people", str(len(reader.ties))))
    items = [
        Item(_("Home"), "/home/", "home"),
        *own,
        Item(_("Meetings"), "/meetings/", "calendar"),
        Item(_("Goals"), "/goals/", "target"),
        Item(_("Guides"), "/guides/", "book"),
    ]
    if reader.is_mentor:
        items.append(Item(_("My availability"), "/me/availability/", "clock"))
    return items


def _tabs(reader: Reader) -> list[Item]:
    if len(reader.ties) == 1:
        pairs = Item(reader.ties[0].other, f"/pairs/{reader.ties[0].public_id}/", "pair")
    else:
        pairs = Item(_("Mentees") if reader.is_mentor else _("Pairs"), "/pairs/", "pair")
    return [
        Item(_("Home"), "/home/", "home"),
        pairs,
        Item(_("Meetings"), "/meetings/", "calendar"),
        Item(_("Goals"), "/goals/", "target"),
    ]


def _organisation(reader: Reader) -> list[Item]:
    items = []
    if reader.is_hr_admin:
        items += [Item(_("Reports"), "/reports/", "chart"), Item(_("Exports"), "/exports/", "download")]
    if not reader.coordinates:
        items.append(Item(_("Programs"), "/programs/", "pair"))
    items += [
        Item(_("People"), "/people/", "people"),
        Item(_("Privacy and retention"), "/privacy/", "shield"),
    ]
    if reader.is_administrator:
        items.append(Item(_("Organisation"), "/org/", "settings"))
    return items


def _coordinators(reader: Reader, program: ProgramFacts) -> Navigation:
    root = f"/p/{program.public_id}/"
    tools = [
        Item(_("Reports"), f"{root}reports/", "chart"),
        Item(_("Emails"), f"{root}emails/", "mail"),
        Item(_("Activity"), f"{root}activity/", "list"),
        Item(_("Program settings"), f"{root}settings/", "settings"),
    ]
    elsewhere = [Item(_("All programs"), "/programs/", "back", str(reader.coordinates))]
    if reader.takes_part or reader.ties:
        elsewhere.append(Item(_("My own mentoring"), "/home/", "home"))
    if reader.is_hr_admin:
        elsewhere.append(Item(_("Reports of the organisation"), "/reports/", "chart"))
    return Navigation(
        home_url="/home/",
        role=_role(reader),
        tile=Item(program.title, root, sub=program.week),
        spine=spine(program),
        groups=[Group(_("Program tools"), tools), Group(_("Elsewhere"), elsewhere)],
    )


def spine(program: ProgramFacts) -> list[Item]:
    """The life of a program.  Exactly one stop is now, until it is over."""
    root = f"/p/{program.public_id}/"
    now = _stop_of(program)
    stops = (
        (_("Set up"), f"{root}setup/", _("Done") if now > 0 else ""),
        (_("Participants"), f"{root}people/", str(program.participants or "")),
        (
            _("Matching"),
            f"{root}matching/",
            _("%(offers)s offers") % {"offers": program.offers} if program.offers else "",
        ),
        (_("Relationships"), f"{root}pairs/", str(program.pairs or "")),
        (
            _("Wrap-up"),
            f"{root}wrap-up/",
            day_words(program.ends, "short") if program.ends and now < 4 else "",
        ),
    )
    return [
        Item(words, url, sub=sub, state="done" if n < now else "now" if n == now else "next")
        for n, (words, url, sub) in enumerate(stops)
    ]


def _stop_of(program: ProgramFacts) -> int:
    """Where the program stands, from 0 (being set up) to 5 (over)."""
    if program.state == "draft":
        return 0
    if program.state in ("closed", "archived", "cancelled"):
        return 5
    if program.state == "closing":
        return 4
    if program.pairs:
        return 3
    return 2 if program.offers or program.participants >= 2 else 1


def _marked(items: Iterable[Item], path: str, *, exact: bool = False) -> list[Item]:
    """Those that exist; the one whose address is the longest beginning of ``path`` is the current one."""
    there = [item for item in items if _there(item.url)]
    fits = [item.url for item in there if item.url == path or (not exact and path.startswith(item.url))]
    best = max(fits, key=len, default="")
    return [replace(item, current=item.url == best) for item in there]


def _there(url: str) -> str:
    try:
        resolve(url)
    except Resolver404:
        return ""
    return url
