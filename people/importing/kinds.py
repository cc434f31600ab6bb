"""What can be found in a file of people, and how much it matters."""

from enum import StrEnum


class Severity(StrEnum):
    """Set aside: the row waits for repair.  Warning: it goes in without that cell.  Note: nothing to do."""

    SET_ASIDE = "set_aside"
    WARNING = "warning"
    NOTE = "note"


class Kind(StrEnum):
    # of the whole file
    ENCODING_GUESSED = "encoding_guessed"
    HEADER_NOT_FIRST = "header_not_first"
    NO_HEADER = "no_header"
    DUPLICATE_HEADER = "duplicate_header"
    BLANK_HEADER = "blank_header"
    SEVERAL_SHEETS = "several_sheets"
    FORMULA_TEXT = "formula_text"
    DATE_ORDER_UNDECIDED = "date_order_undecided"
    DATE_SERIALS = "date_serials"
    TWO_DIGIT_YEARS = "two_digit_years"
    MANAGER_NUMBERS_FOREIGN = "manager_numbers_foreign"
    MANAGER_ZEROS_IGNORED = "manager_zeros_ignored"

    # of a row, which then waits for repair
    SLIPPED = "slipped"
    QUOTE_UNCLOSED = "quote_unclosed"
    FORMULA = "formula"
    BLANK_IDENTIFIER = "blank_identifier"
    DUPLICATE_IDENTIFIER = "duplicate_identifier"
    DUPLICATE_EMAIL = "duplicate_email"
    KNOWN_UNDER_ANOTHER_NUMBER = "known_under_another_number"
    IDENTITY_CONFLICT = "identity_conflict"
    EMAIL_SHAPE = "email_shape"
    NAME_MISSING = "name_missing"
    LEFT_BEFORE_HIRED = "left_before_hired"
    STATUS_CONTRADICTS_DATE = "status_contradicts_date"

    # of a row, which goes in all the same
    NUMBER_MISSING = "number_missing"
    NAME_FORM = "name_form"
    SAME_NAME_KNOWN = "same_name_known"
    DATE_UNREADABLE = "date_unreadable"
    DATE_AMBIGUOUS = "date_ambiguous"
    HIRED_IN_FUTURE = "hired_in_future"
    HIRED_LONG_AGO = "hired_long_ago"
    STATUS_UNKNOWN = "status_unknown"
    ZONE_UNKNOWN = "zone_unknown"
    LANGUAGE_UNKNOWN = "language_unknown"
    ROLE_UNKNOWN = "role_unknown"
    CAPACITY_UNREADABLE = "capacity_unreadable"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_GARBLED = "text_garbled"
    ENCODING_MIXED = "encoding_mixed"
    MANAGER_NOT_FOUND = "manager_not_found"
    MANAGER_AMBIGUOUS = "manager_ambiguous"
    MANAGER_UNCLEAR = "manager_unclear"
    MANAGER_CONTRADICTS = "manager_contradicts"
    MANAGER_IS_ONESELF = "manager_is_oneself"
    MANAGER_CYCLE = "manager_cycle"

    # of a row, only said
    MANAGER_LEFT = "manager_left"
    MANAGER_FOUND_BY_NAME = "manager_found_by_name"
    REPEATED_ROW = "repeated_row"
    REPEATED_HEADER = "repeated_header"
    INVISIBLE_CLEANED = "invisible_cleaned"
