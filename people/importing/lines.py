"""Who reports to whom, and for whom the reporting-line rule cannot protect because nobody knows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy as rows

from people.importing.drafts import Draft
from people.importing.findings import Finding
from people.importing.identity import MOST_NAMED
from people.importing.kinds import Kind
from people.importing.mapping import Mapping
from people.importing.people import KnownPeople, Manager
from people.importing.registers import Asked, Entry, Register, are_foreign
from people.importing.targets import MANAGER, Target


class Unprotected(StrEnum):
    """Why no manager is known for somebody.  ``TOP`` leads others and has nobody above, maybe rightly."""

    NO_COLUMN = "no_column"
    NONE_GIVEN = "none_given"
    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    UNCLEAR = "unclear"
    CONTRADICTORY = "contradictory"
    ONESELF = "oneself"
    CYCLE = "cycle"
    HAS_LEFT = "has_left"
    NEEDS_REPAIR = "needs_repair"
    TOP = "top"

    def sentence(self, count: int) -> str:
        return str(SENTENCES[self] % {"count": count})


SENTENCES: dict[Unprotected, str | Promise] = {
    Unprotected.NO_COLUMN: rows(
        "%(count)d person: the file does not say who their manager is.",
        "%(count)d people: the file does not say who their managers are.",
        "count",
    ),
    Unprotected.NONE_GIVEN: rows(
        "%(count)d person has no manager in the file.",
        "%(count)d people have no manager in the file.",
        "count",
    ),
    Unprotected.NOT_FOUND: rows(
        "%(count)d person has a manager who is neither in the file nor known.",
        "%(count)d people have a manager who is neither in the file nor known.",
        "count",
    ),
    Unprotected.AMBIGUOUS: rows(
        "%(count)d person has a manager whose name several people bear.",
        "%(count)d people have a manager whose name several people bear.",
        "count",
    ),
    Unprotected.UNCLEAR: rows(
        "%(count)d person has a manager named in a form that cannot be read.",
        "%(count)d people have a manager named in a form that cannot be read.",
        "count",
    ),
    Unprotected.CONTRADICTORY: rows(
        "%(count)d person has two different managers in one row.",
        "%(count)d people have two different managers in one row.",
        "count",
    ),
    Unprotected.ONESELF: rows(
        "%(count)d person is named as their own manager.",
        "%(count)d people are named as their own managers.",
        "count",
    ),
    Unprotected.CYCLE: rows(
        "%(count)d person stands in a circle of managers.",
        "%(count)d people stand in a circle of managers.",
        "count",
    ),
    Unprotected.HAS_LEFT: rows(
        "%(count)d person has a manager who has left.",
        "%(count)d people have a manager who has left.",
        "count",
    ),
    Unprotected.NEEDS_REPAIR: rows(
        "%(count)d person has a manager whose own row needs repair.",
        "%(count)d people have a manager whose own row needs repair.",
        "count",
    ),
    Unprotected.TOP: rows(
        "%(count)d person leads others and has nobody above.",
        "%(count)d people lead others and have nobody above.",
        "count",
    ),
}


@dataclass(frozen=True, slots=True)
class Protection:
    """For whom a manager is known.  ``reasons`` has the lines of all others, by why."""

    people: int = 0
    known: int = 0
    reasons: dict[Unprotected, tuple[int, ...]] = field(default_factory=dict)

    @property
    def tops(self) -> tuple[int, ...]:
        return self.reasons.get(Unprotected.TOP, ())

    @property
    def unprotected(self) -> int:
        """How many people the rule cannot protect; those at the top are not counted."""
        return self.people - self.known - len(self.tops)

    @property
    def sentences(self) -> list[str]:
        return [why.sentence(len(lines)) for why, lines in self.reasons.items()]


class ReportingLines:
    """Finds the manager of each row.  Works on drafts that know already who they are."""

    def __init__(self, drafts: list[Draft], mapping: Mapping, known: KnownPeople) -> None:
        self.drafts = drafts
        self.mapping = mapping
        self.known = known
        self.findings: list[Finding] = []
        self.entries = [_entry(place, draft) for place, draft in enumerate(drafts)]
        in_file = {draft.row.key for draft in drafts if draft.row.key}
        others = [_known_entry(person) for person in known.people if person.key not in in_file]
        self.register = Register([entry for entry in (*self.entries, *others) if entry is not None])
        self.by_key = {entry.key: entry for entry in self.register.entries if entry.key}
        self.above: dict[int, Entry] = {}  # by the place of the row
        self.reasons: dict[int, Unprotected] = {}
        self.zeros_ignored = 0

    def resolve(self) -> Protection:
        asked = [draft.manager for draft in self.drafts if not draft.is_broken]
        self.foreign = are_foreign(self.register, asked)
        for place, draft in enumerate(self.drafts):
            if not (draft.is_broken or draft.is_repeated or draft.row.has_left):
                self._resolve(place, draft)
        self._break_circles()
        self._say_of_columns(asked)
        return self._protection()

    # one row

    def _resolve(self, place: int, draft: Draft) -> None:
        asked = draft.manager
        if not any(asked):
            return
        hits, doubtful = self._candidates(asked)
        shown = asked.name or asked.email or asked.number
        if len(hits) > 1:
            self._leave(place, Unprotected.CONTRADICTORY, Kind.MANAGER_CONTRADICTS)
        elif hits:
            self._take(place, draft, hits[0], shown)
        elif doubtful:
            self._doubt(place, doubtful, shown)
        elif not asked.email and _is_one_word(asked.name or asked.number):
            self._leave(place, Unprotected.UNCLEAR, Kind.MANAGER_UNCLEAR, shown)
        else:
            self._leave(place, Unprotected.NOT_FOUND, Kind.MANAGER_NOT_FOUND, shown)

    def _candidates(self, asked: Asked) -> tuple[list[Entry], list[Entry]]:
        """Those whom number, address and name lead to; and those of a way that leads to several."""
        by_number = self._by_number(asked.number)
        self.zeros_ignored += len(by_number) == 1 and not self.register.by_number(asked.number)
        ways = [by_number, self.register.by_email(asked.email), self.register.by_name(asked.name)]
        hits = list(dict.fromkeys(found[0] for found in ways if len(found) == 1))
        doubtful = next((found for found in ways if len(found) > 1), [])
        return hits, doubtful

    def _by_number(self, number: str) -> list[Entry]:
        if not number or self.foreign:
            return []
        return self.register.by_number(number) or self.register.by_bare_number(number)

    def _take(self, place: int, draft: Draft, entry: Entry, shown: str) -> None:
        if entry.place == place:
            self._leave(place, Unprotected.ONESELF, Kind.MANAGER_IS_ONESELF)
            return
        asked = draft.manager
        given = asked.number if not self.foreign else ""
        if (given or asked.email) and not self._by_number(given) and not self.register.by_email(asked.email):
            draft.say(Kind.MANAGER_FOUND_BY_NAME, value=given or asked.email)
        self._judge(place, draft, entry, shown)

    def _judge(self, place: int, draft: Draft, entry: Entry, shown: str) -> None:
        """A manager who has left, or whose row waits for repair, cannot be entered."""
        self.above[place] = entry
        above = self.drafts[entry.place] if entry.place is not None else None
        has_left = above.row.has_left if above else not self.known.by_key[entry.key].is_active
        if has_left:
            self._leave(place, Unprotected.HAS_LEFT, Kind.MANAGER_LEFT, shown)
        elif above and not entry.key and (above.is_set_aside or above.is_broken):
            self.reasons[place] = Unprotected.NEEDS_REPAIR

    def _doubt(self, place: int, doubtful: list[Entry], shown: str) -> None:
        """Rows that share a number are found out already; here they are one manager who needs repair."""
        doubtful = doubtful[:MOST_NAMED]
        if len({entry.number.casefold() for entry in doubtful}) == 1 and doubtful[0].number:
            self.reasons[place] = Unprotected.NEEDS_REPAIR
            return
        lines = tuple(self.drafts[entry.place].line for entry in doubtful if entry.place is not None)
        self._leave(place, Unprotected.AMBIGUOUS, Kind.MANAGER_AMBIGUOUS, shown, lines)

    def _leave(
        self, place: int, why: Unprotected, kind: Kind, shown: str = "", others: tuple[int, ...] = ()
    ) -> None:
        self.reasons[place] = why
        self.drafts[place].say(kind, value=shown, others=others[:MOST_NAMED])

    # all rows

    def _break_circles(self) -> None:
        for circle in self._circles():
            lines = [self.drafts[place].line for place in circle]
            for place in circle:
                others = tuple(line for line in lines if line != self.drafts[place].line)
                self._leave(place, Unprotected.CYCLE, Kind.MANAGER_CYCLE, others=others)
                del self.above[place]

    def _circles(self) -> Iterable[list[int]]:
        """Each circle once, as the places of its rows in the file.  A climb never visits anybody twice."""
        seen: set[int] = set()
        found = []
        for start in self.register.entries:
            path: list[Entry] = []
            on_path: dict[int, int] = {}
            entry: Entry | None = start
            while entry is not None and id(entry) not in seen and id(entry) not in on_path:
                on_path[id(entry)] = len(path)
                path.append(entry)
                entry = self._manager_of(entry)
            if entry is not None and id(entry) in on_path:
                circle = path[on_path[id(entry)] :]
                found.append(
                    [one.place for one in circle if one.place is not None and one.place in self.above]
                )
            seen.update(on_path)
        return [circle for circle in found if circle]

    def _manager_of(self, entry: Entry) -> Entry | None:
        if entry.place is not None and entry.place in self.above:
            return self.above[entry.place]
        person = self.known.by_key.get(entry.key)
        return self.by_key.get(person.manager_key) if person and person.manager_key else None

    def _say_of_columns(self, asked: list[Asked]) -> None:
        numbers = next(
            (column for column in self.mapping.columns if column.target == Target.MANAGER_NUMBER), None
        )
        header = numbers.header if numbers else ""
        if self.foreign and numbers:
            count = sum(bool(one.number) for one in asked)
            self.findings.append(Finding(Kind.MANAGER_NUMBERS_FOREIGN, column=header, count=count))
        if self.zeros_ignored and numbers:
            self.findings.append(Finding(Kind.MANAGER_ZEROS_IGNORED, column=header, count=self.zeros_ignored))

    def _protection(self) -> Protection:
        leads = {id(entry) for entry in self.above.values()}
        reasons: dict[Unprotected, list[int]] = {}
        people = known = 0
        for place, draft in enumerate(self.drafts):
            self._enter(place, draft)
            if not draft.stands or draft.is_broken:
                continue
            people += 1
            if draft.row.manager or self._has_known_manager(draft):
                known += 1
                continue
            reasons.setdefault(self._why(place, leads), []).append(draft.line)
        ordered = {why: tuple(reasons[why]) for why in Unprotected if why in reasons}
        return Protection(people, known, ordered)

    def _why(self, place: int, leads: set[int]) -> Unprotected:
        if why := self.reasons.get(place):
            return why
        if not self.mapping.has(*MANAGER):
            return Unprotected.NO_COLUMN
        return Unprotected.TOP if id(self.entries[place]) in leads else Unprotected.NONE_GIVEN

    def _enter(self, place: int, draft: Draft) -> None:
        entry = self.above.get(place)
        if entry is not None and place not in self.reasons:
            line = self.drafts[entry.place].line if entry.place is not None else None
            draft.row.manager = Manager(line, entry.key, entry.name)

    def _has_known_manager(self, draft: Draft) -> bool:
        person = self.known.by_key.get(draft.row.key)
        return bool(person and person.manager_key)


def _is_one_word(text: str) -> bool:
    return " " not in text and not any(map(str.isdigit, text))


def _entry(place: int, draft: Draft) -> Entry | None:
    if draft.is_repeated:
        return None
    row = draft.row
    return Entry(place, row.key, row.employee_number, row.email, row.full_name, row.called)


def _known_entry(person) -> Entry:
    return Entry(None, person.key, person.employee_number, person.email, person.full_name, person.called)
