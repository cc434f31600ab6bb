"""Look at every row: what it says, what is wrong with it, what it would do to the people already known."""

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from people.importing.cleaning import Cleaner
from people.importing.drafts import Draft
from people.importing.findings import Finding, headline
from people.importing.identity import recognise, tell_apart
from people.importing.kinds import Kind, Severity
from people.importing.lines import Protection, ReportingLines
from people.importing.mapping import Mapping
from people.importing.pace import collector_paused
from people.importing.people import KnownPeople, KnownPerson, Outcome, PersonRow, differences
from people.importing.table import Table

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Group:
    """All rows with the same fault, for a preview that is grouped by what helps."""

    kind: Kind
    severity: Severity
    findings: tuple[Finding, ...]

    @property
    def headline(self) -> str:
        return headline(self.kind, len(self.lines))

    @property
    def repair(self) -> str:
        return self.findings[0].repair

    @property
    def examples(self) -> tuple[Finding, ...]:
        return self.findings[:EXAMPLES]

    @property
    def lines(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(finding.line for finding in self.findings))


@dataclass(frozen=True, slots=True)
class Examination:
    """``rows`` are all rows in the order of the file; ``unmentioned`` are known people it is silent on."""

    table: Table = field(repr=False)
    mapping: Mapping
    rows: tuple[PersonRow, ...] = field(repr=False)
    findings: tuple[Finding, ...] = field(repr=False)
    protection: Protection
    unmentioned: tuple[KnownPerson, ...] = field(default=(), repr=False)

    def of(self, outcome: Outcome) -> list[PersonRow]:
        return [row for row in self.rows if row.outcome == outcome]

    @property
    def counts(self) -> dict[Outcome, int]:
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in Outcome}

    @property
    def file_findings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.line is None]

    @property
    def row_findings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.line is not None]

    @property
    def groups(self) -> list[Group]:
        """The gravest first, then the most frequent."""
        found: dict[tuple[Severity, Kind], list[Finding]] = defaultdict(list)
        for finding in self.row_findings:
            found[finding.severity, finding.kind].append(finding)
        groups = [Group(kind, severity, tuple(findings)) for (severity, kind), findings in found.items()]
        order = list(Severity)
        return sorted(
            groups, key=lambda group: (order.index(group.severity), -len(group.findings), group.kind)
        )

    @property
    def by_line(self) -> dict[int, list[Finding]]:
        found = defaultdict(list)
        for finding in self.row_findings:
            found[finding.line].append(finding)
        return found


@collector_paused()
def examine(table: Table, mapping: Mapping, known: KnownPeople, *, today: datetime.date) -> Examination:
    cleaner = Cleaner(table, mapping, today)
    drafts = [cleaner.draft(row) for row in table.rows]
    lines_in_file = {draft.line for draft in drafts}
    _add_findings_of_reading(table, drafts)
    tell_apart(drafts, mapping)
    recognise(drafts, known)
    lines = ReportingLines(drafts, mapping, known)
    protection = lines.resolve()
    for draft in drafts:
        draft.row.outcome, draft.row.changes = _outcome(draft, known)
    of_file = [
        finding for finding in (*table.findings, *mapping.findings) if finding.line not in lines_in_file
    ]
    of_rows = [finding for draft in drafts for finding in draft.findings]
    return Examination(
        table=table,
        mapping=mapping,
        rows=tuple(draft.row for draft in drafts),
        findings=(*of_file, *cleaner.findings, *_not_twice(lines.findings, of_file), *of_rows),
        protection=protection,
        unmentioned=_unmentioned(drafts, known),
    )


def _add_findings_of_reading(table: Table, drafts: list[Draft]) -> None:
    """What was found while reading belongs to its row; a line that is no row any more speaks for itself."""
    by_line = {draft.line: draft for draft in drafts}
    for finding in table.findings:
        if finding.line in by_line:
            by_line[finding.line].findings.insert(0, finding)


def _not_twice(findings: list[Finding], already: list[Finding]) -> list[Finding]:
    kinds = {finding.kind for finding in already}
    return [finding for finding in findings if finding.kind not in kinds]


def _outcome(draft: Draft, known: KnownPeople) -> tuple[Outcome, tuple]:
    row = draft.row
    if draft.is_set_aside or draft.is_broken:
        return Outcome.NEEDS_REPAIR, ()
    if draft.is_repeated:
        return Outcome.LEFT_ALONE, ()
    if row.has_left:
        return Outcome.LEAVER, ()
    if not row.key:
        return Outcome.ADDED, ()
    changes = differences(row, known.by_key[row.key])
    return (Outcome.CHANGED, changes) if changes else (Outcome.LEFT_ALONE, ())


def _unmentioned(drafts: list[Draft], known: KnownPeople) -> tuple[KnownPerson, ...]:
    mentioned = {draft.row.key for draft in drafts}
    numbers = {draft.row.employee_number.casefold() for draft in drafts}
    return tuple(
        person
        for person in known.people
        if person.is_active
        and person.key not in mentioned
        and not (person.employee_number and person.employee_number.casefold() in numbers)
    )
