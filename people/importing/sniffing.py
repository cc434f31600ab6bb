"""Tell from the first bytes what a file is, so that what is no table is refused with a helpful sentence."""

import re

from django.utils.translation import gettext_lazy as _

from people.importing.table import MAX_BYTES, UnreadableFile

SAVE_AS = _("Save it as CSV or as an Excel workbook (.xlsx) and bring it again.")

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"

FOREIGN = (
    (b"%PDF", _("This is a PDF, which holds pages, not a table.")),
    (b"\x89PNG", _("This is a picture, not a table.")),
    (b"\xff\xd8\xff", _("This is a picture, not a table.")),
    (b"GIF8", _("This is a picture, not a table.")),
    (b"BM\x00", _("This is a picture, not a table.")),
    (b"II*\x00", _("This is a picture, not a table.")),
    (b"MM\x00*", _("This is a picture, not a table.")),
    (b"\x1f\x8b", _("This is a packed file. Unpack it first.")),
    (b"BZh", _("This is a packed file. Unpack it first.")),
    (b"7z\xbc\xaf\x27\x1c", _("This is a packed file. Unpack it first.")),
    (b"Rar!", _("This is a packed file. Unpack it first.")),
    (b"\xfd7zXZ", _("This is a packed file. Unpack it first.")),
    (b"{\\rtf", _("This is a text document, not a table.")),
    (b"\x7fELF", _("This is a program, not a table.")),
    (b"MZ\x90", _("This is a program, not a table.")),
    (b"SQLite format 3", _("This is a database, not a table.")),
    (b"PAR1", _("This is a data file of another program.")),
)
MARKUP = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml|meta|head|style|workbook)", re.IGNORECASE
)
JSON = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*(?:\[\s*[\[{]|\{\s*")')


def what_is(data: bytes) -> str:
    """``csv`` or ``xlsx``; anything else is refused."""
    if len(data) > MAX_BYTES:
        limit = {"limit": MAX_BYTES // (1024 * 1024)}
        raise UnreadableFile(
            _("The file is larger than %(limit)s MB. Split it, or leave out columns.") % limit
        )
    if not data.strip(b"\x00\x09\x0a\x0d\x20\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(_("The file is empty."))
    if data.startswith(OLD_OFFICE):
        raise UnreadableFile(_of_old_office(data))
    if data.startswith((ZIP, EMPTY_ZIP)):
        return "xlsx"
    for start, sentence in FOREIGN:
        if data.startswith(start):
            raise UnreadableFile(f"{sentence} {SAVE_AS}")
    if MARKUP.match(data):
        raise UnreadableFile(
            f"{_('This is a web page or an XML file, even if it is called .xls.')} {SAVE_AS}"
        )
    if JSON.match(data):
        raise UnreadableFile(f"{_('This is a JSON file, not a table.')} {SAVE_AS}")
    return "csv"


def _of_old_office(data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return str(_("The workbook is protected by a password. Save it without one and bring it again."))
    return f"{_('This is a file of an old Office version (.xls).')} {SAVE_AS}"
