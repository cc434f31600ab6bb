"""What every page shows around its own content: the name of the product, and the sidebar for this reader.

Both are lazy: a page without a sidebar asks the database nothing.  The sidebar costs one question for all
that its reader does here, and a second one inside a program, however many there are of either.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import CharField, Count, DateField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from activity.health import late_since, watched
from matching.models import Proposal
from mentorship.demo.who import PASSWORD, WHO
from mentorship.menus import Item, Navigation, ProgramFacts, Reader, Tie, menu_for
from people.models import Organisation, OrganisationRole, User
from people.permissions import ADMINISTRATOR, HR_ADMIN
from programs.models import Cycle, Enrolment, Program, ProgramRole
from programs.models.programs import COORDINATING
from programs.stages import ProgramState
from relationships.models import Relationship, RelationshipMember
from relationships.stages import ALIVE


class Product:
    """The name and the look of this installation."""

    def __init__(self, organisation: Organisation) -> None:
        self.name = organisation.name
        self.logo_url = organisation.logo.url if organisation.logo else ""
        # The colour is in the address, so that a browser that keeps the sheet asks again when it changes.
        self.accent_url = f"{reverse('accent')}?{organisation.accent[1:]}" if organisation.accent else ""


def navigation(request: HttpRequest) -> dict[str, Any]:
    return {
        "product": SimpleLazyObject(lambda: Product(Organisation.objects.current())),
        "nav": SimpleLazyObject(lambda: sidebar(request)),
        "demo_people": demo_people if settings.DEMO else (),
    }


def demo_people() -> list[dict[str, str]]:
    """Whom to sign in as, on the sign-in page of a demo; nobody where the database holds something else."""
    names = dict(User.objects.filter(email__in=[who.email for who in WHO]).values_list("email", "full_name"))
    return [
        {
            "full_name": names[who.email],
            "email": who.email,
            "password": PASSWORD,
            "words": who.role,
            "shape": who.shape,
        }
        for who in WHO
        if who.email in names
    ]


def sidebar(request: HttpRequest) -> Navigation:
    # An error page can come before anybody has been recognised.
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return menu_for(Reader(), request.path)
    reader = getattr(request, "reader", None) or reader_of(user, request.path, timezone.localdate())
    return menu_for(reader, request.path)


def reader_of(person: User, path: str, today: date) -> Reader:
    parts = Parts(person)
    program = _program_at(path, parts)
    return Reader(
        signed_in=True,
        is_demo=settings.DEMO,
        ties=parts.ties,
        takes_part=bool(parts.enrolled),
        is_mentor=any(row.what == "mentor" for row in parts.enrolled)
        or any(tie.as_mentor for tie in parts.ties),
        is_peer=bool(parts.enrolled) and all(row.what == "peer" for row in parts.enrolled),
        coordinates=len(parts.programs),
        is_hr_admin=any(row.what == HR_ADMIN for row in parts.roles),
        is_administrator=any(row.what == ADMINISTRATOR for row in parts.roles),
        program=_program_facts(program, today) if program else None,
        card=_card(parts.enrolled, today),
        late_since=parts.late_since,
    )


class Part(NamedTuple):
    """One thing that a person is or does here."""

    kind: str  # role, program, enrolled or tie; or clock, which is everybody's
    key: str
    what: str
    words: str
    starts: date | None
    ends: date | None


class Parts:
    """All that a person is and does here, from one query."""

    def __init__(self, person: User) -> None:
        rows = [
            Part(*row)
            for row in _organisation_roles(person).union(
                _programs(person), _enrolments(person), _ties(person), _clock(timezone.now()), all=True
            )
        ]
        self.roles = [row for row in rows if row.kind == "role"]
        self.programs = sorted((row for row in rows if row.kind == "program"), key=lambda row: row.words)
        self.enrolled = [row for row in rows if row.kind == "enrolled"]
        self.ties = tuple(_joined(row for row in rows if row.kind == "tie"))
        self.clock = [(_moment(row.key), _moment(row.what)) for row in rows if row.kind == "clock"]

    @property
    def late_since(self) -> datetime | None:
        """For those who can see to it that letters go out again, or tell people that they come later."""
        if not (self.programs or any(row.what == ADMINISTRATOR for row in self.roles)):
            return None
        return next((late_since(*moments, timezone.now()) for moments in self.clock), None)

    @property
    def only_coordinates(self) -> bool:
        return bool(self.programs) and not (self.roles or self.enrolled or self.ties)


def _text(value: Any) -> Cast:
    return Cast(value, CharField())


def _row(
    rows: QuerySet, kind: str, key: Any, what: Any, words: Any, starts: Any = None, ends: Any = None
) -> QuerySet:
    """In the shape of ``Part``, the same for all four, as UNION demands."""
    none = Cast(Value(None), DateField())
    return rows.order_by().values_list(
        _text(Value(kind)), _text(key), _text(what), _text(words), starts or none, ends or none
    )


def _clock(now: datetime) -> QuerySet:
    return _row(watched(now), "clock", F("last_ok"), F("late"), Value(""))


def _moment(text: str | None) -> datetime | None:
    """As the databases write what is cast to text; SQLite leaves out that it is in UTC."""
    moment = parse_datetime(text) if text else None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _organisation_roles(person: User) -> QuerySet:
    held = OrganisationRole.objects.current().filter(person=person)
    return _row(held, "role", Value(""), F("role"), Value(""))


def _programs(person: User) -> QuerySet:
    held = ProgramRole.objects.current().filter(person=person, role__in=COORDINATING)
    alive = held.exclude(program__state__in=[ProgramState.ARCHIVED, ProgramState.CANCELLED])
    return _row(alive, "program", F("program__public_id"), Value(""), F("program__title"))


def _enrolments(person: User) -> QuerySet:
    own = Enrolment.objects.taking_part().filter(person=person)
    cycle = {"starts": F("cycle__kick_off_on"), "ends": F("cycle__planned_end_on")}
    return _row(
        own, "enrolled", F("cycle__program__public_id"), F("role"), F("cycle__program__title"), **cycle
    )


def _ties(person: User) -> QuerySet:
    """One row for each other person in each of the relationships."""
    mine = RelationshipMember.objects.filter(person=person, relationship=OuterRef("relationship"))
    others = (
        RelationshipMember.objects.present()
        .filter(relationship__status__in=ALIVE, relationship__in=_relationships_of(person))
        .exclude(person=person)
    )
    name = Concat(F("person__called"), Value("|"), F("person__full_name"))
    return _row(others, "tie", F("relationship__public_id"), Subquery(mine.values("role")[:1]), name)


def _relationships_of(person: User) -> QuerySet:
    return RelationshipMember.objects.present().filter(person=person).values("relationship")


def _joined(rows: Iterator[Part]) -> Iterator[Tie]:
    """A group is one entry, by its first name and how many more there are."""
    groups: dict[str, list[Part]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    for key, members in sorted(groups.items(), key=lambda group: group[1][0].words.casefold()):
        called, _bar, full_name = members[0].words.partition("|")
        name = called or full_name.split(" ")[0]
        if more := len(members) - 1:
            name = _("%(name)s and %(more)s more") % {"name": name, "more": more}
        yield Tie(key, name, as_mentor=members[0].what == "mentor")


def _program_at(path: str, parts: Parts) -> str:
    """The program whose pages these are.  Who only coordinates one keeps it in sight everywhere."""
    own = [row.key for row in parts.programs]
    _nothing, first, *rest = [*path.split("/"), ""]
    if first == "p" and rest[0] in own:
        return rest[0]
    return own[0] if parts.only_coordinates and len(own) == 1 else ""


def _program_facts(public_id: str, today: date) -> ProgramFacts | None:
    cycles = Cycle.objects.filter(program=OuterRef("pk")).order_by("-number")

    def counted(rows: QuerySet, of_program: str) -> Coalesce:
        per_program = rows.order_by().filter(**{of_program: OuterRef("pk")}).values(of_program)
        return Coalesce(Subquery(per_program.annotate(n=Count("pk")).values("n")), 0)

    row = (
        Program.objects.filter(public_id=public_id)
        .annotate(
            participants=counted(Enrolment.objects.taking_part(), "cycle__program"),
            pairs=counted(Relationship.objects.filter(status__in=ALIVE), "program"),
            offers=counted(Proposal.objects.waiting(), "cycle__program"),
            starts=Subquery(cycles.values("kick_off_on")[:1]),
            ends=Subquery(cycles.values("planned_end_on")[:1]),
        )
        .values("title", "state", "participants", "pairs", "offers", "starts", "ends")
        .first()
    )
    if row is None:
        return None
    starts, ends = row.pop("starts"), row.pop("ends")
    week = _("Draft") if row["state"] == ProgramState.DRAFT else week_words(starts, ends, today)
    return ProgramFacts(public_id=public_id, week=week, ends=ends, **row)


def week_words(starts: date | None, ends: date | None, today: date) -> str:
    """ "Week 10 of 26", from the first day to the last."""
    if not starts or not ends or not starts <= today <= ends:
        return ""
    return _("Week %(now)s of %(all)s") % {
        "now": (today - starts).days // 7 + 1,
        "all": (ends - starts).days // 7 + 1,
    }


def _card(enrolled: list[Part], today: date) -> Item | None:
    """The program somebody takes part in: the one that runs now, else the one that ends last."""
    running = [row for row in enrolled if week_words(row.starts, row.ends, today)]
    found = max(running or enrolled, key=lambda row: (row.ends or date.min, row.key), default=None)
    return Item(found.words, "", sub=week_words(found.starts, found.ends, today)) if found else None
