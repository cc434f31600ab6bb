"""The words for each kind of finding."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy as rows

from people.importing.kinds import Kind, Severity


class Words(NamedTuple):
    """``sentence`` tells of one case, ``group`` counts the rows of a kind, ``repair`` says what helps."""

    severity: Severity
    sentence: str | Promise
    group: str | Promise = ""
    repair: str | Promise = ""


_ASIDE, _WARNING, _NOTE = Severity.SET_ASIDE, Severity.WARNING, Severity.NOTE
_CORRECT_AND_ADD = _("Correct it in the file and bring these rows again.")
_ADD_LATER = _(
    "The rest of the row goes in. Correct it in the file and bring the row again, or enter it by hand."
)
_NOTHING_TO_DO = _("There is nothing you need to do.")

WORDS: dict[Kind, Words] = {
    Kind.ENCODING_GUESSED: Words(
        _NOTE,
        _(
            "The file does not say how its letters are written. They were read as %(value)s: "
            "look whether names with accents are right."
        ),
        repair=_("If they are not, save the file as “CSV UTF-8” and bring it again."),
    ),
    Kind.HEADER_NOT_FIRST: Words(
        _NOTE, _("The column names were found in line %(lines)s; what stands above was left out.")
    ),
    Kind.NO_HEADER: Words(
        _WARNING,
        _(
            "The file has no line with column names. "
            "The columns are numbered, and the first line counts as a person."
        ),
        repair=_("Say below what each column holds."),
    ),
    Kind.DUPLICATE_HEADER: Words(
        _NOTE, _("Several columns are called “%(value)s”. They are told apart by a number.")
    ),
    Kind.BLANK_HEADER: Words(_NOTE, _("The column “%(column)s” has no name in the file.")),
    Kind.SEVERAL_SHEETS: Words(
        _NOTE,
        _("The workbook has %(count)s sheets. The first one that is not empty was read: “%(value)s”."),
        repair=_("To read another sheet, save it as a file of its own."),
    ),
    Kind.DATE_ORDER_UNDECIDED: Words(
        _WARNING,
        _("The column “%(column)s” does not show whether the day or the month comes first."),
        repair=_("Choose the order of day and month below."),
    ),
    Kind.DATE_SERIALS: Words(
        _NOTE, _("%(count)s dates in “%(column)s” are day numbers of a spreadsheet and were read as such.")
    ),
    Kind.TWO_DIGIT_YEARS: Words(
        _NOTE,
        _(
            "%(count)s dates in “%(column)s” have a year of two digits. "
            "They were read as the latest year that is not in the future."
        ),
    ),
    Kind.MANAGER_NUMBERS_FOREIGN: Words(
        _WARNING,
        _(
            "The numbers in “%(column)s” belong to another list than the employee numbers of this file, "
            "so no manager was looked up by them. This concerns %(count)s rows."
        ),
        repair=_("Managers are found by name or e-mail address where the file has them."),
    ),
    Kind.MANAGER_ZEROS_IGNORED: Words(
        _NOTE,
        _("%(count)s managers were found after leaving out the zeros before their number in “%(column)s”."),
    ),
    Kind.FORMULA_TEXT: Words(
        _NOTE, _("%(count)s cells are written as formulas that only hold a text; the text was taken.")
    ),
    Kind.SLIPPED: Words(
        _ASIDE,
        _("The cells of this row do not stand under their own columns: one seems to be missing or too many."),
        rows("%(count)d row has slipped columns.", "%(count)d rows have slipped columns.", "count"),
        _("Move the cells back under their columns in the file and bring these rows again."),
    ),
    Kind.QUOTE_UNCLOSED: Words(
        _ASIDE,
        _("A quotation mark is opened in this line and never closed."),
        rows(
            "%(count)d row has an open quotation mark.",
            "%(count)d rows have an open quotation mark.",
            "count",
        ),
        _CORRECT_AND_ADD,
    ),
    Kind.FORMULA: Words(
        _ASIDE,
        _("“%(column)s” holds a formula, not a value."),
        rows("%(count)d row holds a formula.", "%(count)d rows hold formulas.", "count"),
        _("Replace formulas by their values (copy, paste as values) and bring these rows again."),
    ),
    Kind.BLANK_IDENTIFIER: Words(
        _ASIDE,
        _("There is no employee number and no e-mail address, so this person cannot be told from others."),
        rows(
            "%(count)d row has neither a number nor an address.",
            "%(count)d rows have neither a number nor an address.",
            "count",
        ),
        _("Give these people their employee number or e-mail address and bring the rows again."),
    ),
    Kind.DUPLICATE_IDENTIFIER: Words(
        _ASIDE,
        _("The employee number “%(value)s” stands in line %(lines)s as well."),
        rows(
            "%(count)d row shares its number with another.",
            "%(count)d rows share a number with another.",
            "count",
        ),
        _("Keep one row for each person, or correct the number."),
    ),
    Kind.DUPLICATE_EMAIL: Words(
        _ASIDE,
        _("The e-mail address “%(value)s” stands in line %(lines)s as well."),
        rows(
            "%(count)d row shares its e-mail address with another.",
            "%(count)d rows share an e-mail address with another.",
            "count",
        ),
        _("Give each person an address of their own, or leave it empty."),
    ),
    Kind.KNOWN_UNDER_ANOTHER_NUMBER: Words(
        _ASIDE,
        _("Somebody with the e-mail address “%(value)s” is already known under another employee number."),
        rows(
            "%(count)d person is known under another number.",
            "%(count)d people are known under another number.",
            "count",
        ),
        _("If it is the same person, correct the number here or there; if not, correct the address."),
    ),
    Kind.IDENTITY_CONFLICT: Words(
        _ASIDE,
        _("The number belongs to one known person and the e-mail address “%(value)s” to another."),
        rows("%(count)d row mixes two known people.", "%(count)d rows mix two known people.", "count"),
        _CORRECT_AND_ADD,
    ),
    Kind.EMAIL_SHAPE: Words(
        _ASIDE,
        _("“%(value)s” is not an e-mail address."),
        rows(
            "%(count)d row has an e-mail address that cannot be right.",
            "%(count)d rows have an e-mail address that cannot be right.",
            "count",
        ),
        _CORRECT_AND_ADD,
    ),
    Kind.NAME_MISSING: Words(
        _ASIDE,
        _("There is no name."),
        rows("%(count)d row has no name.", "%(count)d rows have no name.", "count"),
        _CORRECT_AND_ADD,
    ),
    Kind.LEFT_BEFORE_HIRED: Words(
        _ASIDE,
        _("The day of leaving (%(value)s) lies before the day of hire."),
        rows(
            "%(count)d person leaves before being hired.",
            "%(count)d people leave before being hired.",
            "count",
        ),
        _CORRECT_AND_ADD,
    ),
    Kind.STATUS_CONTRADICTS_DATE: Words(
        _ASIDE,
        _("The status says “%(value)s”, the day of leaving says something else."),
        rows(
            "%(count)d row does not agree with itself on whether the person has left.",
            "%(count)d rows do not agree with themselves on whether the person has left.",
            "count",
        ),
        _CORRECT_AND_ADD,
    ),
    Kind.NUMBER_MISSING: Words(
        _WARNING,
        _("There is no employee number; the person is told from others by the e-mail address."),
        rows("%(count)d row has no employee number.", "%(count)d rows have no employee number.", "count"),
        _ADD_LATER,
    ),
    Kind.NAME_FORM: Words(
        _WARNING,
        _("It is not clear which part of “%(value)s” is the first name. The name was kept as it is written."),
        rows(
            "%(count)d name could be read in two ways.", "%(count)d names could be read in two ways.", "count"
        ),
        _("Look whether the name is right."),
    ),
    Kind.SAME_NAME_KNOWN: Words(
        _WARNING,
        _("Somebody called “%(value)s” is already known under another number or address."),
        rows(
            "%(count)d person may be known already under another number.",
            "%(count)d people may be known already under another number.",
            "count",
        ),
        _("If it is the same person, correct the number before you add the row."),
    ),
    Kind.DATE_UNREADABLE: Words(
        _WARNING,
        _("“%(value)s” in “%(column)s” is not a date."),
        rows("%(count)d date cannot be read.", "%(count)d dates cannot be read.", "count"),
        _ADD_LATER,
    ),
    Kind.DATE_AMBIGUOUS: Words(
        _WARNING,
        _("“%(value)s” in “%(column)s” can be two different days: the order of day and month is not known."),
        rows("%(count)d date can be read in two ways.", "%(count)d dates can be read in two ways.", "count"),
        _("Choose the order of day and month, or write the year first: 2026-10-15."),
    ),
    Kind.HIRED_IN_FUTURE: Words(
        _WARNING,
        _("The day of hire (%(value)s) lies in the future."),
        rows(
            "%(count)d day of hire lies in the future.", "%(count)d days of hire lie in the future.", "count"
        ),
        _("The row goes in as it is. Look whether the person is to be added already."),
    ),
    Kind.HIRED_LONG_AGO: Words(
        _WARNING,
        _("The day of hire (%(value)s) is more than 60 years ago and was left out."),
        rows("%(count)d day of hire is too long ago.", "%(count)d days of hire are too long ago.", "count"),
        _ADD_LATER,
    ),
    Kind.STATUS_UNKNOWN: Words(
        _WARNING,
        _(
            "It is not known whether “%(value)s” means that the person has left. "
            "The person counts as employed."
        ),
        rows(
            "%(count)d person has a status that is not known.",
            "%(count)d people have a status that is not known.",
            "count",
        ),
        _("Leave the rows of people who have left out of the file, or give them a day of leaving."),
    ),
    Kind.ZONE_UNKNOWN: Words(
        _WARNING,
        _("“%(value)s” is not a time zone such as Europe/Oslo."),
        rows("%(count)d time zone is not known.", "%(count)d time zones are not known.", "count"),
        _ADD_LATER,
    ),
    Kind.LANGUAGE_UNKNOWN: Words(
        _WARNING,
        _("“%(value)s” is not a language that is known here."),
        rows("%(count)d language is not known.", "%(count)d languages are not known.", "count"),
        _ADD_LATER,
    ),
    Kind.ROLE_UNKNOWN: Words(
        _WARNING,
        _("“%(value)s” says neither mentor nor mentee."),
        rows("%(count)d role is not known.", "%(count)d roles are not known.", "count"),
        _ADD_LATER,
    ),
    Kind.CAPACITY_UNREADABLE: Words(
        _WARNING,
        _("“%(value)s” is not a number of mentees between 0 and 20."),
        rows("%(count)d capacity is not a number.", "%(count)d capacities are not numbers.", "count"),
        _ADD_LATER,
    ),
    Kind.TEXT_TOO_LONG: Words(
        _WARNING,
        _("The text in “%(column)s” is longer than %(count)s characters and was left out."),
        rows("%(count)d text is too long.", "%(count)d texts are too long.", "count"),
        _ADD_LATER,
    ),
    Kind.TEXT_GARBLED: Words(
        _WARNING,
        _("The letters of “%(value)s” look damaged, as by saving in another encoding."),
        rows("%(count)d text has damaged letters.", "%(count)d texts have damaged letters.", "count"),
        _("Correct the letters in the file, or export it again as “CSV UTF-8”."),
    ),
    Kind.ENCODING_MIXED: Words(
        _WARNING,
        _("The letters of this line are written in another way than the rest of the file."),
        rows(
            "%(count)d line is written in another encoding.",
            "%(count)d lines are written in another encoding.",
            "count",
        ),
        _("Look whether names with accents are right."),
    ),
    Kind.MANAGER_NOT_FOUND: Words(
        _WARNING,
        _("The manager “%(value)s” is neither in the file nor known."),
        rows(
            "%(count)d person has a manager who is not found.",
            "%(count)d people have a manager who is not found.",
            "count",
        ),
        _("Add the managers to the file, or say by hand who reports to whom."),
    ),
    Kind.MANAGER_AMBIGUOUS: Words(
        _WARNING,
        _("Several people could be the manager “%(value)s”."),
        rows(
            "%(count)d person has a manager whose name several people bear.",
            "%(count)d people have a manager whose name several people bear.",
            "count",
        ),
        _("Name the manager by number or e-mail address."),
    ),
    Kind.MANAGER_UNCLEAR: Words(
        _WARNING,
        _("“%(value)s” does not name a manager by number, address or full name."),
        rows(
            "%(count)d person has a manager named in a form that cannot be read.",
            "%(count)d people have a manager named in a form that cannot be read.",
            "count",
        ),
        _("Name the manager by number, e-mail address or full name."),
    ),
    Kind.MANAGER_CONTRADICTS: Words(
        _WARNING,
        _("The columns about the manager name two different people; neither was taken."),
        rows(
            "%(count)d person has two different managers in one row.",
            "%(count)d people have two different managers in one row.",
            "count",
        ),
        _CORRECT_AND_ADD,
    ),
    Kind.MANAGER_IS_ONESELF: Words(
        _WARNING,
        _("The person is named as their own manager."),
        rows("%(count)d person is their own manager.", "%(count)d people are their own managers.", "count"),
        _ADD_LATER,
    ),
    Kind.MANAGER_CYCLE: Words(
        _WARNING,
        _("The reporting line runs in a circle, through line %(lines)s; none of these managers was taken."),
        rows(
            "%(count)d person stands in a circle of managers.",
            "%(count)d people stand in a circle of managers.",
            "count",
        ),
        _CORRECT_AND_ADD,
    ),
    Kind.MANAGER_LEFT: Words(
        _NOTE,
        _("The manager “%(value)s” has left."),
        rows(
            "%(count)d person has a manager who has left.",
            "%(count)d people have a manager who has left.",
            "count",
        ),
        _("Say by hand who manages them now."),
    ),
    Kind.MANAGER_FOUND_BY_NAME: Words(
        _NOTE,
        _("“%(value)s” is not found; the manager was found by name."),
        rows(
            "%(count)d manager was found by name only.",
            "%(count)d managers were found by name only.",
            "count",
        ),
        _NOTHING_TO_DO,
    ),
    Kind.REPEATED_ROW: Words(
        _NOTE,
        _("The row says exactly what line %(lines)s says, and counts once."),
        rows("%(count)d row is there twice.", "%(count)d rows are there twice.", "count"),
        _NOTHING_TO_DO,
    ),
    Kind.REPEATED_HEADER: Words(
        _NOTE,
        _("The column names are repeated in this line; it was left out."),
        rows("%(count)d line repeats the column names.", "%(count)d lines repeat the column names.", "count"),
        _NOTHING_TO_DO,
    ),
    Kind.INVISIBLE_CLEANED: Words(
        _NOTE,
        _("Invisible characters were taken out of “%(column)s”."),
        rows("%(count)d row had invisible characters.", "%(count)d rows had invisible characters.", "count"),
        _NOTHING_TO_DO,
    ),
}
