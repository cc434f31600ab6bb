"""The parts of an Excel workbook: a zip file that a stranger made, measured before anything is unpacked."""

import io
import posixpath
import zipfile
from typing import NamedTuple
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext_lazy as _
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

from people.importing.sniffing import SAVE_AS
from people.importing.table import UnreadableFile

MAX_MEMBERS = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 250  # how far honest sheets shrink: seldom beyond 40
SMALL = 1024 * 1024
MAX_DESCRIPTION = 8 * SMALL  # of a part that only describes others

OFFICE_DOCUMENT = "/officeDocument"
DAMAGED = _("The workbook is damaged and cannot be opened.")
OTHERS = (
    ("mimetype", _("This is an OpenDocument file.")),
    ("xl/workbook.bin", _("This is a binary Excel workbook (.xlsb).")),
    ("word/document.xml", _("This is a Word document, not a table.")),
    ("ppt/presentation.xml", _("This is a presentation, not a table.")),
    ("Index/Document.iwa", _("This is a Numbers file.")),
)


class Sheet(NamedTuple):
    name: str
    part: str
    is_visible: bool


class Styles(NamedTuple):
    """By the number of the cell style: dates, durations, and how many digits a number is shown with."""

    dates: frozenset[int] = frozenset()
    durations: frozenset[int] = frozenset()
    digits: dict[int, int] = {}


class Package:
    def __init__(self, data: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(data))
        self.members = {member.filename.lstrip("/"): member for member in self.zip.infolist()}
        self._refuse_what_is_dangerous()
        self.root = self._root()
        self.folder = posixpath.dirname(self.root)
        self.book = self._description(self.root)
        self.targets = self._targets(self.root)

    def _refuse_what_is_dangerous(self) -> None:
        members = self.members.values()
        if any(member.flag_bits & 1 for member in members):
            raise UnreadableFile(
                _("The workbook is protected by a password. Save it without one and bring it again.")
            )
        swollen = any(
            member.file_size > SMALL and member.file_size > MAX_RATIO * max(1, member.compress_size)
            for member in members
        )
        unpacked = sum(member.file_size for member in members)
        if swollen or len(self.zip.infolist()) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
            raise UnreadableFile(
                f"{_('The workbook is far larger inside than it looks from outside.')} {SAVE_AS}"
            )

    def _root(self) -> str:
        for name, what in OTHERS:
            if name in self.members:
                raise UnreadableFile(f"{what} {SAVE_AS}")
        if "xl/workbook.xml" in self.members:
            return "xl/workbook.xml"
        if "_rels/.rels" in self.members:
            for relation in self._description("_rels/.rels"):
                target = relation.get("Target", "").lstrip("/")
                if relation.get("Type", "").endswith(OFFICE_DOCUMENT) and target in self.members:
                    return target
        raise UnreadableFile(f"{_('This is a packed file. Unpack it first.')} {SAVE_AS}")

    def open(self, part: str) -> zipfile.ZipExtFile:
        return self.zip.open(self.members[part])

    def _description(self, part: str) -> Element:
        if self.members[part].file_size > MAX_DESCRIPTION:
            raise UnreadableFile(f"{DAMAGED} {SAVE_AS}")
        with self.open(part) as source:
            return fromstring(source.read(), forbid_dtd=True)

    def _targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Kind and place of each part that ``part`` names, by the name it uses."""
        folder, name = posixpath.split(part)
        relations = f"{folder}/_rels/{name}.rels"
        if relations not in self.members:
            return {}
        return {
            relation.get("Id", ""): (
                relation.get("Type", "").rsplit("/", 1)[-1],
                self._place(relation.get("Target", "")),
            )
            for relation in self._description(relations)
        }

    def _place(self, target: str) -> str:
        return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{self.folder}/{target}")

    def part(self, kind: str) -> str | None:
        return next(
            (place for what, place in self.targets.values() if what == kind and place in self.members), None
        )

    @property
    def sheets(self) -> list[Sheet]:
        """Those with cells, the visible ones first."""
        found = []
        for element in self.book.iter():
            if local(element.tag) != "sheet":
                continue
            name = next((value for key, value in element.attrib.items() if local(key) == "id"), "")
            kind, place = self.targets.get(name, ("", ""))
            if kind == "worksheet" and place in self.members:
                visible = element.get("state", "visible") == "visible"
                found.append(Sheet(element.get("name", "")[:60], place, visible))
        return sorted(found, key=lambda sheet: not sheet.is_visible)

    @property
    def counts_from_1904(self) -> bool:
        settings = (element for element in self.book if local(element.tag) == "workbookPr")
        return any(element.get("date1904") in ("1", "true") for element in settings)

    def styles(self) -> Styles:
        part = self.part("styles")
        if part is None:
            return Styles()
        tree = self._description(part)
        codes = dict(BUILTIN_FORMATS)
        for element in tree.iter():
            if local(element.tag) == "numFmt":
                codes[int(element.get("numFmtId", "0"))] = element.get("formatCode", "")
        cells = next((element for element in tree if local(element.tag) == "cellXfs"), ())
        formats = {at: codes.get(int(cell.get("numFmtId", "0") or 0), "") for at, cell in enumerate(cells)}
        return Styles(
            frozenset(
                at for at, code in formats.items() if is_date_format(code) and not is_timedelta_format(code)
            ),
            frozenset(at for at, code in formats.items() if is_timedelta_format(code)),
            {at: len(code) for at, code in formats.items() if len(code) > 1 and set(code) == {"0"}},
        )


def local(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""
