"""Program outcomes, as HR reads them: figures of a closed month from the facts of the last night.

Everything that leaves this module is a cell of ``reports.disclosure``: page, file and log get the same ones
and have nothing else to print.  Cells that could be subtracted from each other are released together.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import disclosure
from core.disclosure import Cell, Hidden, Pairs, Reason, Shown
from people.models import Organisation
from programs.models import Program
from programs.stages import ProgramState
from reports import metrics
from reports.actions.releases import Asked, release
from reports.facts import Part, fact_from_json, parts_from_json
from reports.metrics import Measured, RelationshipFact, Window
from reports.models import DailyFact, Night

SPLITS = ("function", "site")
MONTHS_SHOWN = 6
ROLES = ("mentee", "mentor")
UNSEEN = [ProgramState.DRAFT, ProgramState.CANCELLED]


def programs() -> list[Program]:
    """What HR can ask about: programs that were published."""
    return list(Program.objects.exclude(state__in=UNSEEN).order_by("title", "pk"))


# Months


def month_of(day: date) -> Window:
    return Window(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def month_before(month: Window) -> Window:
    return month_of(month.first - timedelta(days=1))


def closed_months(first: date | None, night: date) -> list[Window]:
    """Whole months from the one of ``first`` to the last that had ended by ``night``, newest first."""
    month = month_of(night)
    month = month if month.last <= night else month_before(month)
    found = []
    while first is not None and month.last >= first:
        found.append(month)
        month = month_before(month)
    return found


# Facts


@dataclass(frozen=True)
class Known:
    """What was known at the end of one night, of one program or of all."""

    night: date
    relationships: dict[int, list[RelationshipFact]]  # by program
    people: dict[int, list[tuple[list[Part], date | None]]]  # by program, a cycle each
    cycles_by_id: dict[str, list[Part]]

    @classmethod
    def at(cls, night: date) -> "Known":
        relationships: dict[int, list[RelationshipFact]] = {}
        people: dict[int, list[tuple[list[Part], date | None]]] = {}
        cycles: dict[str, list[Part]] = {}
        rows = DailyFact.objects.as_of(night).exclude(program__state__in=UNSEEN).order_by("pk")
        for row in rows:
            if row.kind == DailyFact.Kind.RELATIONSHIP:
                relationships.setdefault(row.program_id, []).append(fact_from_json(row.subject, row.facts))
            else:
                parts, closed = parts_from_json(row.facts)
                people.setdefault(row.program_id, []).append((parts, closed))
                cycles[row.subject] = parts
        return cls(night, relationships, people, cycles)

    def pairs(self, program: Program | None) -> list[RelationshipFact]:
        if program:
            return self.relationships.get(program.pk, [])
        return [fact for facts in self.relationships.values() for fact in facts]

    def cycles(self, program: Program | None) -> list[tuple[list[RelationshipFact], list[Part], date | None]]:
        keys = [program.pk] if program else list(self.people)
        return [
            (self.relationships.get(key, []), parts, closed)
            for key in keys
            for parts, closed in self.people.get(key, [])
        ]

    @property
    def has_meetings(self) -> bool:
        return any(fact.meetings for facts in self.relationships.values() for fact in facts)

    @property
    def first_day(self) -> date | None:
        days = [fact.activated_on for facts in self.relationships.values() for fact in facts]
        return min((day for day in days if day), default=None)


def last_night(until: date | None = None) -> date | None:
    nights = Night.objects.filter(day__lte=until) if until else Night.objects.all()
    return nights.order_by("-day").values_list("day", flat=True).first()


# The report


@dataclass(frozen=True)
class Row:
    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class Report:
    """One page, one workbook.  Where ``as_of`` of a part is earlier, a newer one would say too much."""

    known: Known
    program: Program | None
    month: Window
    split: str
    k: int
    shown: dict[str, Asked] = field(default_factory=dict)
    months: list[Window] = field(default_factory=list)

    def cell(self, family: str, name: str) -> Cell:
        part = self.shown.get(family)
        return (
            part.cells.get(name, Hidden(Reason.NOTHING, self.k)) if part else Hidden(Reason.NOTHING, self.k)
        )

    def as_of(self, family: str) -> date:
        return self.shown[family].as_of if family in self.shown else self.month.last

    @cached_property
    def rows(self) -> list[Row]:
        """By function or site: mentees, matched, share matched, mentors."""
        cells = self.shown[f"people by {self.split}"].cells
        labels = list(dict.fromkeys(name.rpartition("|")[0] for name in cells if not name.startswith("all|")))
        return [self._row(label, cells) for label in labels]

    @cached_property
    def total(self) -> Row:
        return self._row("all", self.shown[f"people by {self.split}"].cells)

    def _row(self, label: str, cells: dict[str, Cell]) -> Row:
        mentees, matched = (
            cells.get(f"{label}|{name}", Hidden(Reason.SMALL, self.k)) for name in ("mentees", "matched")
        )
        part: Cell = Hidden(Reason.SMALL, self.k)
        if isinstance(mentees, Shown) and isinstance(matched, Shown):
            part = Shown(matched.value / mentees.value, mentees.n, is_share=True)
        mentors = cells.get(f"{label}|mentors", Hidden(Reason.SMALL, self.k))
        return Row(self._words(label), [mentees, matched, part, mentors])

    def _words(self, label: str) -> str:
        if label == "all":
            return _("All functions") if self.split == "function" else _("All sites")
        if not label.startswith("+"):
            return label or _("Not known")
        n = int(label[1:])
        if self.split == "function":
            return ngettext("%(n)s smaller function", "%(n)s smaller functions together", n) % {"n": n}
        return ngettext("%(n)s smaller site", "%(n)s smaller sites together", n) % {"n": n}

    @cached_property
    def all_cells(self) -> list[Cell]:
        return [cell for part in self.shown.values() for cell in part.cells.values()]

    @property
    def hidden(self) -> int:
        return sum(isinstance(cell, Hidden) and cell.reason != Reason.NOTHING for cell in self.all_cells)


def report_of(known: Known, *, program: Program | None, month: Window, split: str, now: datetime) -> Report:
    """The figures of ``month`` that may be shown, each with what was shown before it in mind."""
    k = smallest_group(program)
    months = closed_months(known.first_day, month.last)[:MONTHS_SHOWN]
    tables = {one: people_by(known, program, month, one, k) for one in SPLITS}
    asked = [
        *(match_rate(known, program, month, role, k, list(tables.values())) for role in ROLES),
        stages(known, program, month, k),
        *(frequency(known, program, each, k) for each in months),
        adherence(known, program, month, k),
        tables[split],
    ]
    shown = release([one for one in asked if one], k=k, now=now)
    return Report(known, program, month, split, k, shown, months)


def smallest_group(program: Program | None) -> int:
    """The strictest that anybody has set; a report of all programs keeps the word given in each of them."""
    if program:
        return max(program.smallest_group, Organisation.objects.current().smallest_group)
    set_by = [Organisation.objects.current().smallest_group]
    set_by += Program.objects.exclude(state__in=UNSEEN).values_list("smallest_group", flat=True)
    return max(set_by)


# M-04


def matched_and_accepted(
    cycles: Iterable[tuple[list[RelationshipFact], list[Part], date | None]], role: str, as_of: date
) -> tuple[frozenset[int], dict[int, Part]]:
    """People, each once, though they may take part in several programs."""
    matched: set[int] = set()
    accepted: dict[int, Part] = {}
    for pairs, parts, closed in cycles:
        until = metrics.closing_of_matching(closed, as_of)
        facts = [part.fact for part in parts]
        here = metrics.accepted_in(facts, role=role, as_of=as_of, closed=until)
        accepted |= {part.person: part for part in parts if part.role == role and part.person in here}
        matched |= metrics.matched_in(pairs, role=role, as_of=as_of) & here.keys()
    return frozenset(matched), accepted


def match_rate(
    known: Known, program: Program | None, month: Window, role: str, k: int, tables: list[Asked]
) -> Asked:
    matched, accepted = matched_and_accepted(known.cycles(program), role, month.last)
    people = frozenset(accepted)
    rate = disclosure.share(len(matched), len(people), k=k)
    n = disclosure.count(len(people), k=k)
    # What a table had to hide in its last line cannot stand above it.
    if any(isinstance(table.cells.get(f"all|{role}s"), Hidden) for table in tables):
        n = Hidden(Reason.SMALL, k)
        rate = Hidden(Reason.SMALL, k) if isinstance(rate, Shown) else rate
    if role == "mentee" and any(isinstance(table.cells.get("all|matched"), Hidden) for table in tables):
        rate = Hidden(Reason.SMALL, k) if isinstance(rate, Shown) else rate
    if isinstance(rate, Shown) and not isinstance(n, Shown):
        rate = Hidden(Reason.SMALL, k)
    return Asked(f"M-04 {role}", month.last, {"rate": rate, "n": n}, {"": people}, program)


def people_by(known: Known, program: Program | None, month: Window, split: str, k: int) -> Asked:
    """Mentees by function or site, matched or not, as one table; mentors beside it in the same groups."""
    matched, mentees = matched_and_accepted(known.cycles(program), "mentee", month.last)
    _matched, mentors = matched_and_accepted(known.cycles(program), "mentor", month.last)
    names = sorted({getattr(part, split) for part in (*mentees.values(), *mentors.values())})
    sizes = {name: sum(getattr(part, split) == name for part in mentees.values()) for name in names}
    merged = disclosure.merge_small(sizes, k=k)
    own = {name: name for name in merged.kept} | {
        name: f"+{len(merged.together)}" if len(merged.together) > 1 else name for name in merged.together
    }
    labels = sorted(
        dict.fromkeys(own.values()), key=lambda label: (label.startswith("+"), label == "", label)
    )
    groups: dict[str, set[int]] = {}
    grid = {(label, column): 0 for label in labels for column in ("matched", "waiting")}
    for key, part in mentees.items():
        label = own[getattr(part, split)]
        grid[label, "matched" if key in matched else "waiting"] += 1
        groups.setdefault(f"mentee|{label}", set()).add(key)
    teachers = dict.fromkeys(labels, 0)
    for key, part in mentors.items():
        label = own[getattr(part, split)]
        teachers[label] += 1
        groups.setdefault(f"mentor|{label}", set()).add(key)
    cells: dict[str, Cell] = {}
    if labels:
        table, beside = disclosure.table(grid, k=k), disclosure.counts(teachers, k=k)
        for label in labels:
            cells[f"{label}|mentees"] = table.rows[label]
            cells[f"{label}|matched"] = table.cells[label, "matched"]
            cells[f"{label}|mentors"] = beside.cells[label]
        cells["all|mentees"], cells["all|matched"] = table.total, table.columns["matched"]
        cells["all|mentors"] = beside.total
    groups |= {"mentee|all": set(mentees), "mentor|all": set(mentors)}
    members = {name: frozenset(people) for name, people in groups.items()}
    return Asked(f"people by {split}", month.last, cells, members, program)


# M-08 and M-22


def stages(known: Known, program: Program | None, month: Window, k: int) -> Asked:
    """Open relationships and where they are, protected together: the parts sum to the whole."""
    pairs = known.pairs(program)
    measured = metrics.stage_distribution(pairs, as_of=month.last)
    counted = {name: _pairs(measured, name) for name in (*metrics.STAGES, metrics.PAUSED)}
    # A stage that nobody is in says nothing of anybody and is no cell.
    there = {name: pair for name, pair in counted.items() if pair.n}
    cells: dict[str, Cell] = {name: Shown(0, 0) for name in counted if name not in there}
    open_ = metrics.open_relationships(pairs, as_of=month.last)
    everybody = _pairs(open_, "open")
    if there:
        released = disclosure.counts(there, total=everybody, k=k)
        cells |= released.cells
        cells["open"] = released.total
    else:
        cells["open"] = Shown(0, 0)
    after = _pairs(measured, metrics.REDEFINITION)
    cells[metrics.REDEFINITION] = disclosure.count(after, k=k) if after.n else Shown(0, 0)
    people = frozenset().union(*(fact.people for fact in pairs if fact.is_open_on(month.last)))
    return Asked("M-08", month.last, cells, {"": people}, program)


def _pairs(measured: Measured, name: str) -> Pairs:
    figure = measured.figures[name]
    return Pairs(figure.relationships, figure.people)


# M-12 and M-13


def _active(pairs: Iterable[RelationshipFact], month: Window) -> frozenset[int]:
    behind = [
        fact.people for fact in pairs if metrics.active_days(fact, month) or metrics.held_in(fact, month)
    ]
    return frozenset().union(*behind)


def frequency(known: Known, program: Program | None, month: Window, k: int) -> Asked:
    pairs = known.pairs(program)
    measured = metrics.meeting_frequency(pairs, window=month)
    cells = {name: _rounded(cell) for name, cell in measured.released(k).items()}
    people = _active(pairs, month)
    cells["n"] = disclosure.count(len(people), k=k)
    return Asked(f"M-12 {month.first:%Y-%m}", month.last, cells, {"": people}, program)


def adherence(known: Known, program: Program | None, month: Window, k: int) -> Asked:
    pairs = known.pairs(program)
    measured = metrics.cadence_adherence(pairs, window=month)
    cells = {name: _rounded(cell) for name, cell in measured.released(k).items()}
    if isinstance(cells["mean"], Shown):
        cells["mean"] = Shown(cells["mean"].value, cells["mean"].n, is_share=True)
    people = frozenset().union(
        *(f.people for f in pairs if metrics.active_days(f, month) and metrics.expected_meetings(f, month))
    )
    n = disclosure.count(len(people), k=k)
    # Beside the n of M-12 a slightly smaller one would tell how few were left out.
    if 0 < len(_active(pairs, month) ^ people) < k:
        n = Hidden(Reason.TOO_NEAR, k)
    cells["n"] = n
    return Asked(f"M-13 {month.first:%Y-%m}", month.last, cells, {"": people}, program)


def _rounded(cell: Cell) -> Cell:
    """To what is read on the page: further places would tell more of few people than the figure is for."""
    if not isinstance(cell, Shown):
        return cell
    value = round(cell.value, 2)
    return replace(cell, value=int(value) if value == int(value) and not cell.is_share else value)
