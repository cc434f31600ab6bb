"""One thing found in a file of people."""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from people.importing.kinds import Kind, Severity
from people.importing.sentences import WORDS

LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.  ``line`` is the line of the file (the row of the sheet), None for the whole file.

    ``value`` is what stands in the cell; it is shown to the person who brought the file and kept out of
    ``repr``, so that it reaches no log.
    """

    kind: Kind
    line: int | None = None
    column: str = ""
    value: str = field(default="", repr=False)
    others: tuple[int, ...] = ()
    count: int = 0
    instead: Severity | None = None

    @property
    def severity(self) -> Severity:
        return self.instead or WORDS[self.kind].severity

    @property
    def sentence(self) -> str:
        shown = self.value if len(self.value) <= LONGEST_SHOWN else self.value[:LONGEST_SHOWN] + "…"
        lines = get_text_list([str(line) for line in self.others], _("and"))
        words = {"column": self.column, "value": shown, "lines": lines, "count": self.count}
        return str(WORDS[self.kind].sentence) % words

    @property
    def repair(self) -> str:
        return str(WORDS[self.kind].repair)

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, "", (), 0)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Finding":
        instead = kept.get("instead")
        return cls(
            **{
                **kept,
                "kind": Kind(kept["kind"]),
                "others": tuple(kept.get("others", ())),
                "instead": Severity(instead) if instead else None,
            }
        )


def headline(kind: Kind, count: int) -> str:
    """For example "2 rows have no name."; how the groups of the preview begin."""
    return str(WORDS[kind].group % {"count": count})
