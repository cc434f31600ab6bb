"""What can happen to a person in the organisation.  Every function is one deed: all of it or nothing."""

from people.actions.founding import AlreadyFounded, found_organisation, set_password
from people.actions.grades import put_grades_in_order
from people.actions.imports import apply_import, bring, choose_columns, give_up, undo_import
from people.actions.persons import create_person, join
from people.actions.profiles import (
    change_account,
    change_letters,
    change_part,
    give_organisation_role,
    set_zone,
    take_organisation_role,
)

__all__ = [
    "AlreadyFounded",
    "apply_import",
    "bring",
    "change_account",
    "change_letters",
    "change_part",
    "choose_columns",
    "create_person",
    "found_organisation",
    "give_organisation_role",
    "give_up",
    "join",
    "put_grades_in_order",
    "set_password",
    "set_zone",
    "take_organisation_role",
    "undo_import",
]
