"""Bytes to text.  What a file does not say about its encoding is found out, and said if guessed."""

import codecs
import io
import re
from typing import NamedTuple

from charset_normalizer import from_bytes
from django.utils.translation import gettext_lazy as _

from people.importing.table import UnreadableFile

MARKS = (  # the longer ones first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LABELS = {
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
    "cp850": "DOS 850",
    "latin-1": "Latin 1",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-8-sig": "UTF-8",
}
CONTROL = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1c\x1d\x1e\x1f")) + b"\x7f"
SAMPLE_LINES = 3_000

USUAL = frozenset("àâäáãåæçéèêëíìîïñóòôöõøúùûüýßÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØÚÙÛÜ")
TYPOGRAPHY = frozenset("’‘“”–—…€°«»·•§£®©™\u00a0")
HIGH_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
AROUND = re.compile(r"(?=(.)([^\x00-\x7f])(.))", re.DOTALL)


class Decoded(NamedTuple):
    text: str
    encoding: str
    guessed: bool = False
    mixed: tuple[int, ...] = ()  # lines that were written in another encoding than the rest


def label(encoding: str) -> str:
    return LABELS.get(encoding, encoding.upper().replace("_", "-"))


def decode(data: bytes) -> Decoded:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _by_mark(data, encoding)
    if b"\x00" in data[:4096] and (wide := _wide_without_mark(data)):
        return wide
    if _is_binary(data):
        raise UnreadableFile(
            _("The file is not a table of text. Bring a CSV file or an Excel workbook (.xlsx).")
        )
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _mostly_utf8(data) or _guess(data)


def _by_mark(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig":
            rest = data[len(codecs.BOM_UTF8) :]
            return _mostly_utf8(rest) or _guess(rest)
        raise UnreadableFile(_("The file is damaged: it breaks off in the middle of a letter.")) from error


def _wide_without_mark(data: bytes) -> Decoded | None:
    """UTF-16 without its mark shows as a zero in every other byte."""
    start = data[:4096]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[0::2])):
        if zeros.count(0) >= 0.7 * len(zeros):
            try:
                return Decoded(data.decode(encoding), encoding, guessed=True)
            except UnicodeDecodeError:
                return None
    return None


def _is_binary(data: bytes) -> bool:
    controls = len(data) - len(data.translate(None, CONTROL))
    return controls > max(3, len(data) // 100)


def _mostly_utf8(data: bytes) -> Decoded | None:
    """A file pasted together: UTF-8 but for a few lines.  Those are read as Windows-1252 and named."""
    text = data.decode("utf-8", errors="surrogateescape")
    strange = [letter for letter in text if letter > "\x7f"]
    wrong = sum("\udc80" <= letter <= "\udcff" for letter in strange)
    if len(strange) - wrong < 4 * wrong:
        return None
    mixed, lines = [], []
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        try:
            line.encode("utf-8")
        except UnicodeEncodeError:
            mixed.append(number)
            line = re.sub("[\udc80-\udcff]+", _as_windows, line)
        lines.append(line)
    return Decoded("".join(lines), "utf-8", mixed=tuple(mixed))


def _as_windows(match: re.Match[str]) -> str:
    bytes_ = match[0].encode("utf-8", errors="surrogateescape")
    try:
        return bytes_.decode("cp1252")
    except UnicodeDecodeError:
        return bytes_.decode("latin-1")


def _guess(data: bytes) -> Decoded:
    lines = HIGH_LINE.findall(data)[:SAMPLE_LINES]
    sample = b"\n".join(lines)
    candidates = [] if _is_another_script(sample) else ["cp1252", "mac_roman", "cp850"]
    scored = [(score, name) for name in candidates if (score := _plausible(sample, name)) > 0]
    best, encoding = max(scored, default=(0, ""), key=lambda pair: pair[0])
    if best < 0.5:
        found = from_bytes(sample[:16_384]).best()
        encoding = (found and found.encoding) or encoding or "cp1252"
    for name in (encoding, "cp1252"):
        try:
            return Decoded(data.decode(name), name, guessed=True)
        except (UnicodeDecodeError, LookupError):
            continue
    return Decoded(data.decode("latin-1"), "latin-1", guessed=True)


def _is_another_script(sample: bytes) -> bool:
    """Whole words of high bytes are Cyrillic, Greek or the like, not accents in Western names."""
    high = len(re.findall(rb"[\x80-\xff]", sample))
    beside = len(re.findall(rb"(?=[\x80-\xff]{2})", sample))
    return beside > 0.4 * high


def _plausible(sample: bytes, encoding: str) -> float:
    """Mean of how well each accented letter suits its neighbours in this encoding, from -1 to 1."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return -1
    scores = [_suits(*match) for match in AROUND.findall(f" {text} ")]
    return sum(scores) / len(scores) if scores else -1


def _suits(before: str, letter: str, after: str) -> float:
    in_word = before.isalpha() and after.isalpha()
    if letter in TYPOGRAPHY:
        return (0.3 if letter == "’" else -0.5) if in_word else 0.2
    if not letter.isalpha() or letter > "\u024f" or letter in "ƒªº":
        return -1
    if letter.isupper() and before.islower():
        return -1
    if letter.islower() and before.isupper() and after.isupper():
        return -1
    return 1 if letter in USUAL else 0.6
