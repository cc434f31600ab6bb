"""Which column means what: guessed first, then confirmed by the person who brought the file."""

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.importing.days import Order
from people.importing.findings import Finding
from people.importing.sensitive import Category
from people.importing.table import Table
from people.importing.targets import FREE_TEXT, MANAGER, SHARED, Target

SURE = 0.85


class Why(StrEnum):
    """Why a column is taken as it is, or left out."""

    RECOGNISED = "recognised"
    CHOSEN = "chosen"
    REFUSED = "refused"
    UNUSED = "unused"
    EMPTY = "empty"
    SECOND = "second"
    UNLIKE = "unlike"
    FREE_TEXT = "free_text"
    FOREIGN_NUMBERS = "foreign_numbers"


SENTENCES: dict[Why, str | Promise] = {
    Why.RECOGNISED: _("Recognised by its name and by what stands in it."),
    Why.CHOSEN: _("Chosen by you."),
    Why.REFUSED: _("Never stored here: %(what)s."),
    Why.UNUSED: _("Not used here, so not stored."),
    Why.EMPTY: _("There is nothing in it."),
    Why.SECOND: _("Another column says this already."),
    Why.UNLIKE: _("Its name suggests something that does not stand in it."),
    Why.FREE_TEXT: _(
        "Free text can say things about people that must not be kept. "
        "It is left out unless you have read it and choose it."
    ),
    Why.FOREIGN_NUMBERS: _("Its numbers are not those of the employees in this file."),
}


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """``samples`` are three values to recognise the column by; a refused column shows none."""

    index: int
    header: str
    target: Target = Target.IGNORED
    confidence: float = 0.0
    why: Why = Why.UNUSED
    category: Category | None = None
    samples: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_refused(self) -> bool:
        return self.category is not None

    @property
    def is_used(self) -> bool:
        return self.target != Target.IGNORED

    @property
    def is_sure(self) -> bool:
        return self.confidence >= SURE

    @property
    def reason(self) -> str:
        return str(SENTENCES[self.why]) % {"what": self.category.label if self.category else ""}

    @property
    def choices(self) -> list[Target]:
        """What the person may choose for this column."""
        return [Target.IGNORED] if self.is_refused else list(Target)


class MappingRefused(Exception):
    """``errors`` has a sentence by the index of each column at fault, under None for the whole."""

    def __init__(self, errors: dict[int | None, str]) -> None:
        super().__init__(*errors.values())
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Mapping:
    """``order`` of day and month counts if the file shows none, ``default_role`` for rows without one."""

    columns: tuple[ColumnGuess, ...]
    order: Order = Order.UNKNOWN
    default_role: str = ""
    findings: tuple[Finding, ...] = ()

    def indices(self, target: Target) -> list[int]:
        return [column.index for column in self.columns if column.target == target]

    def has(self, *targets: Target) -> bool:
        return any(column.target in targets for column in self.columns)

    @property
    def used(self) -> list[ColumnGuess]:
        return [column for column in self.columns if column.is_used]

    @property
    def left_out(self) -> list[ColumnGuess]:
        return [column for column in self.columns if not column.is_used]

    @property
    def refused(self) -> list[ColumnGuess]:
        return [column for column in self.columns if column.is_refused]

    @property
    def problems(self) -> list[str]:
        """What is missing before rows can be told apart and named; empty when all is there."""
        found = []
        if not self.has(Target.EMPLOYEE_NUMBER, Target.EMAIL):
            found.append(str(_("Choose a column with the employee number or the e-mail address.")))
        if not self.has(Target.FULL_NAME, Target.LAST_NAME) and not self.has(Target.FIRST_NAME):
            found.append(str(_("Choose a column with the name.")))
        return found

    @property
    def protects_reporting_lines(self) -> bool:
        return self.has(*MANAGER)

    def with_choices(
        self,
        choices: Dict[int, str],
        *,
        order: str = "",
        default_role: str = "",
        texts_confirmed: bool = False,
    ) -> "Mapping":
        """The mapping as the person wants it; raises ``MappingRefused`` with a sentence for each column.

        Columns that ``choices`` does not name stay as they are.
        """
        errors: dict[int | None, str] = {}
        columns = [
            self._chosen(column, choices.get(column.index), texts_confirmed, errors)
            for column in self.columns
        ]
        strangers = set(choices) - {column.index for column in self.columns}
        if strangers or order not in list(Order) or default_role not in ("", "mentor", "mentee", "both"):
            errors[None] = str(_("The form does not belong to this file. Open the page again."))
        self._refuse_doubles(columns, errors)
        chosen = replace(
            self,
            columns=tuple(columns),
            order=Order(order) if not errors else self.order,
            default_role=default_role,
        )
        if not errors and chosen.problems:
            errors[None] = " ".join(chosen.problems)
        if errors:
            raise MappingRefused(errors)
        return chosen

    @staticmethod
    def _chosen(column: ColumnGuess, choice: str | None, texts_confirmed: bool, errors: dict) -> ColumnGuess:
        if choice is None or choice == column.target:
            if column.target in FREE_TEXT and not texts_confirmed:
                errors[column.index] = str(_("Say that you have read these texts, or leave the column out."))
            return column
        if choice not in list(Target):
            errors[column.index] = str(_("Choose one of the list."))
            return column
        target = Target(choice)
        if column.is_refused:
            errors[column.index] = str(_("This column is never stored here: %(what)s.")) % {
                "what": column.category.label
            }
            return column
        if target in FREE_TEXT and not texts_confirmed:
            errors[column.index] = str(_("Say that you have read these texts, or leave the column out."))
            return column
        why = Why.UNUSED if target == Target.IGNORED else Why.CHOSEN
        return replace(column, target=target, confidence=1.0, why=why)

    @staticmethod
    def _refuse_doubles(columns: list[ColumnGuess], errors: dict) -> None:
        taken: set[Target] = set()
        for column in columns:
            if not column.is_used or column.target in SHARED:
                continue
            if column.target in taken:
                errors[column.index] = str(_("Another column is “%(target)s” already.")) % {
                    "target": column.target.label
                }
            taken.add(column.target)

    def with_samples(self, table: Table) -> "Mapping":
        """Kept mappings have no samples; the page that shows them takes them from the table."""
        there = {column.index for column in table.columns}
        return replace(
            self,
            columns=tuple(
                replace(column, samples=samples(table.values(column.index)))
                if column.index in there and not column.is_refused
                else column
                for column in self.columns
            ),
        )

    def as_json(self) -> dict[str, Any]:
        """Without samples: what stands in the cells is no part of the mapping."""
        return {
            "columns": [
                [column.index, column.header, column.target, column.confidence, column.why, column.category]
                for column in self.columns
            ],
            "order": self.order,
            "default_role": self.default_role,
            "findings": [finding.as_json() for finding in self.findings],
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Mapping":
        return cls(
            columns=tuple(
                ColumnGuess(
                    index, header, Target(target), confidence, Why(why), category and Category(category)
                )
                for index, header, target, confidence, why, category in kept["columns"]
            ),
            order=Order(kept["order"]),
            default_role=kept["default_role"],
            findings=tuple(Finding.from_json(finding) for finding in kept["findings"]),
        )


def samples(values: list[str]) -> tuple[str, ...]:
    distinct = dict.fromkeys(" ".join(value[:200].split()) for value in values[:500])
    return tuple(value if len(value) <= 40 else value[:39] + "…" for value in list(distinct)[:3])
