"""Reports as files: a cover that says what is in them and what is not, then the tables of the page.

A paper holds what the page shows and nothing else: hidden cells have no value to write.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.disclosure import Cell, for_export
from core.spreadsheets import Column, Sheet, Value, csv_zip, workbook
from people.models import User
from programs.models import Cycle, Program
from programs.models.enrolments import Role
from programs.stages import EnrolmentState
from relationships.models import Meeting
from reports.metrics import METRICS
from reports.models import Export
from reports.outcomes import Known, Report
from reports.words import FIGURES, STAGE_WORDS, month_words

TYPES = {
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Export.Format.CSV: "application/zip",
}
ENDINGS = {Export.Format.XLSX: "xlsx", Export.Format.CSV: "zip"}


@dataclass(frozen=True)
class Paper:
    name: str
    cover: list[tuple[str, Value]]
    sheets: list[Sheet]
    cells_hidden: int = 0

    @property
    def rows(self) -> int:
        return sum(len(sheet.rows) for sheet in self.sheets)

    def written(self, format: str) -> bytes:
        write = workbook if format == Export.Format.XLSX else csv_zip
        return write(self.cover, self.sheets)

    def file_name(self, format: str) -> str:
        return f"{slugify(self.name) or 'report'}.{ENDINGS[Export.Format(format)]}"


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _cover(
    title: str, by: User, at: datetime, purpose: str, *lines: tuple[str, Value]
) -> list[tuple[str, Value]]:
    return [
        (_("Report"), title),
        *lines,
        (_("Made by"), by.full_name),
        (_("Made at"), at),
        (_("Purpose"), purpose),
    ]


# Program outcomes


def outcomes_paper(report: Report, *, by: User, at: datetime) -> Paper:
    program = report.program.title if report.program else _("All programs")
    title = _("Program outcomes, %(month)s") % {"month": month_words(report.month)}
    cover = _cover(
        title,
        by,
        at,
        _("To see how the mentoring programs of the organisation do."),
        (_("Program"), program),
        (_("Month"), month_words(report.month)),
        (_("Split by"), _("Function") if report.split == "function" else _("Site")),
        (_("Facts as of the end of"), report.known.night),
        (_("Hidden (–)"), hiding_words(report.k)),
        (
            _("Cells hidden"),
            report.hidden if report.hidden >= report.k else _("fewer than %(k)s") % {"k": report.k},
        ),
    )
    sheets = [_figures(report), _stages(report), _months(report), _people(report), _counted()]
    return Paper(title, cover, sheets, report.hidden)


def hiding_words(k: int) -> str:
    return _(
        "The number, or what is left of a total without it, is about fewer than %(k)s people, or an "
        "earlier figure counts almost the same people. A second number is hidden with it, so that the "
        "first cannot be worked out. ≥ and ≤ are used where fewer than %(k)s people are on one side of a "
        "share."
    ) % {"k": k}


def _value(cell: Cell) -> float | str:
    value = for_export(cell)
    return round(value, 2) if isinstance(value, float) else value


def _figures(report: Report) -> Sheet:
    rows = [
        [
            code,
            str(METRICS[code].name),
            str(words),
            _value(report.cell(family, name)),
            _value(report.cell(family, n)) if n else "",
            report.as_of(family),
        ]
        for code, family, name, words, n in figures_of(report)
    ]
    columns = [
        _("Code"),
        Column(_("Measure"), width=24),
        Column(_("Figure"), width=44),
        _("Value"),
        Column(_("People behind it"), width=18),
        Column(_("As of"), "yyyy-mm-dd"),
    ]
    return Sheet(_("Figures"), columns, rows)


def figures_of(report: Report) -> Iterator[tuple[str, str, str, str | Promise, str]]:
    """Code, family, cell, words, and the cell that holds its n."""
    month = f"{report.month.first:%Y-%m}"
    for code, family, name, words, n in FIGURES:
        yield code, family.format(month=month), name, words, n


def _stages(report: Report) -> Sheet:
    rows = [[str(words), _value(report.cell("M-08", name))] for name, words in STAGE_WORDS.items()]
    return Sheet(_("Stages"), [Column(_("Stage"), width=30), _("Relationships")], rows)


def _months(report: Report) -> Sheet:
    rows = []
    for month in reversed(report.months):
        family = f"M-12 {month.first:%Y-%m}"
        rows.append(
            [month_words(month), *(_value(report.cell(family, name)) for name in ("held", "hours", "n"))]
        )
    columns = [Column(_("Month"), width=20), _("Meetings"), _("Hours"), _("People")]
    return Sheet(_("Meetings each month"), columns, rows)


def _people(report: Report) -> Sheet:
    rows = [[row.label, *map(_value, row.cells)] for row in (*report.rows, report.total)]
    by = _("Function") if report.split == "function" else _("Site")
    columns = [
        Column(by, width=32), _("Mentees"), _("Matched"), Column(_("Share matched"), "0%"), _("Mentors")
    ]  # fmt: skip
    return Sheet(by, columns, rows)


def _counted() -> Sheet:
    rows = [
        [code, str(d.name), str(d.formula), str(d.population), str(d.unit)] for code, d in METRICS.items()
    ]
    columns = [_("Code"), Column(_("Measure"), width=24), Column(_("How it is counted"), width=90),
               Column(_("Who is counted"), width=60), Column(_("Unit"), width=24)]  # fmt: skip
    return Sheet(_("How it is counted"), columns, rows)


# Participation register


def register_paper(known: Known, program: Program | None, *, by: User, at: datetime) -> Paper:
    title = _("Participation register")
    cover = _cover(
        title,
        by,
        at,
        _("To know who takes part in the mentoring programs, and since when."),
        (_("Program"), program.title if program else _("All programs")),
        (_("Facts as of the end of"), known.night),
        (
            _("What is in it"),
            _(
                "Who was accepted, in which role, and when. Not in it: stages, reasons, goals, meetings. "
                "A partner stands in it only where the program's privacy notice says so."
            ),
        ),
    )
    columns = [
        Column(_("Name"), width=28), _("Role"), Column(_("Program"), width=28), Column(_("Cycle"), width=20),
        _("Status"), Column(_("Accepted on"), "yyyy-mm-dd"), Column(_("Left on"), "yyyy-mm-dd"),
        Column(_("Partner"), width=28),
    ]  # fmt: skip
    return Paper(title, cover, [Sheet(title, columns, list(_register(known, program)))])


def _register(known: Known, program: Program | None) -> Iterable[list[Value]]:
    cycles = {
        cycle.public_id: cycle
        for cycle in Cycle.objects.select_related("program").order_by("program__title", "number")
    }
    parts = {key: rows for key, rows in known.cycles_by_id.items() if key in cycles}
    wanted = [key for key in cycles if key in parts and program in (None, cycles[key].program)]
    names = dict(
        User.objects.filter(pk__in={part.person for key in wanted for part in parts[key]}).values_list(
            "pk", "full_name"
        )
    )
    for key in wanted:
        cycle = cycles[key]
        partners = partners_of(known, cycle.program) if cycle.program.tells_hr_who_is_paired else {}
        rows = [
            [
                names[part.person],
                str(Role(part.role).label),
                cycle.program.title,
                cycle.name or str(cycle.number),
                status_words(part.state),
                part.accepted_on,
                part.left_on,
                ", ".join(
                    names.get(other, "") for other in sorted(partners.get((part.person, part.role), ()))
                ),
            ]
            for part in parts[key]
            if part.person in names
        ]
        yield from sorted(rows, key=lambda row: (row[1], row[0]))


def status_words(state: str) -> str:
    if state == EnrolmentState.COMPLETED:
        return _("Completed")
    if state in (EnrolmentState.WITHDRAWN, EnrolmentState.REMOVED, EnrolmentState.DECLINED):
        return _("Left")
    return _("Matched") if state == EnrolmentState.MATCHED else _("Enrolled")


def partners_of(known: Known, program: Program) -> dict[tuple[int, str], set[int]]:
    found: dict[tuple[int, str], set[int]] = {}
    for fact in known.pairs(program):
        for mentor in fact.mentor_ids:
            found.setdefault((mentor, Role.MENTOR), set()).update(fact.mentee_ids)
        for mentee in fact.mentee_ids:
            found.setdefault((mentee, Role.MENTEE), set()).update(fact.mentor_ids)
    return found


# The coordinator's own log


def log_paper(program: Program, *, by: User, at: datetime) -> Paper:
    title = _("Meeting log, %(program)s") % {"program": program.title}
    cover = _cover(
        title,
        by,
        at,
        _("To look after the relationships of this program."),
        (_("Program"), program.title),
        (
            _("What is in it"),
            _("Dates, lengths and states of all meetings. What was said or written is not in it."),
        ),
        (_("Hidden (–)"), _("Nothing: these are pairs that you may list by name.")),
    )
    columns = [
        Column(_("Mentee"), width=26), Column(_("Mentor"), width=26),
        Column(_("Starts at"), "yyyy-mm-dd hh:mm", 20),
        _("Minutes"), Column(_("Kind"), width=20), Column(_("How"), width=14), Column(_("State"), width=18),
        Column(_("Said by"), width=14),
    ]  # fmt: skip
    return Paper(title, cover, [Sheet(_("Meetings"), columns, list(_log(program)))])


def _log(program: Program) -> Iterable[list[Value]]:
    told = ("state", "starts_at", "minutes", "kind", "mode", "confirmed_at", "disputed_at", "relationship_id")
    meetings = Meeting.objects.filter(relationship__program=program).only(*told).order_by("starts_at", "pk")
    pairs = {
        pair.pk: [
            ", ".join(m.person.full_name for m in pair.members.all() if m.role != Role.MENTOR),
            ", ".join(m.person.full_name for m in pair.members.all() if m.role == Role.MENTOR),
        ]
        for pair in program.relationships.with_members()
    }
    grades = {"both": _("Both"), "one": _("One"), "disputed": _("Disputed"), "": ""}
    for meeting in meetings:
        yield [
            *pairs[meeting.relationship_id],
            meeting.starts_at,
            meeting.minutes,
            meeting.get_kind_display(),
            meeting.get_mode_display(),
            meeting.get_state_display(),
            grades[meeting.grade],
        ]
