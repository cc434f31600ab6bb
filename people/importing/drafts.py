"""A row while it is being looked at, and the notebook that the findings go into."""

from dataclasses import dataclass, field

from people.importing.findings import Finding
from people.importing.kinds import Kind, Severity
from people.importing.people import PersonRow
from people.importing.registers import Asked
from people.importing.targets import Target


@dataclass(slots=True, eq=False)
class Draft:
    """``flawed`` are the targets that have a finding already, so that what follows is not said again."""

    row: PersonRow
    cells: tuple[str, ...] = field(repr=False)
    is_broken: bool = False
    is_repeated: bool = False
    status: str = field(default="", repr=False)
    status_left: bool | None = None
    manager: Asked = field(default=Asked(), repr=False)
    findings: list[Finding] = field(default_factory=list)
    flawed: set[Target] = field(default_factory=set)

    @property
    def line(self) -> int:
        return self.row.line

    @property
    def is_set_aside(self) -> bool:
        return any(finding.severity == Severity.SET_ASIDE for finding in self.findings)

    @property
    def stands(self) -> bool:
        """Whether the row goes in: whole, once, and about somebody who is still here."""
        return not (self.is_repeated or self.row.has_left or self.is_set_aside)

    def say(
        self,
        kind: Kind,
        *,
        column: str = "",
        value: str = "",
        others: tuple[int, ...] = (),
        count: int = 0,
        instead: Severity | None = None,
    ) -> None:
        self.findings.append(
            Finding(
                kind, line=self.line, column=column, value=value, others=others, count=count, instead=instead
            )
        )
