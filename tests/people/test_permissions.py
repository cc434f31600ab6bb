import pytest

from people.permissions import RULES

MAY = {
    "see_directory": {"hana", "ada"},
    "import_people": {"hana", "ada"},
    "order_grades": {"hana", "ada"},
    "see_reports": {"hana"},
    "create_programs": {"hana", "ada"},
    "give_roles": {"ada"},
    "edit_organisation": {"ada"},
}


@pytest.mark.parametrize("verb", MAY)
def test_what_is_for_the_whole_organisation_is_for_its_roles(cast, verb):
    assert {name for name, person in cast.items() if RULES[verb](person, None)} == MAY[verb]


def test_a_profile_is_ones_own(cast, theo):
    assert [name for name, person in cast.items() if RULES["edit_profile"](person, theo)] == ["theo"]


@pytest.mark.parametrize("lost", ["ended", "left"])
def test_a_role_taken_or_a_person_gone_may_nothing_at_once(ada, now, lost):
    if lost == "ended":
        ada.organisation_roles.update(ended_at=now)
    else:
        ada.is_active = False
    assert not any(RULES[verb](ada, None) for verb in MAY)


def test_every_verb_is_in_this_table():
    assert set(RULES) == {*MAY, "edit_profile"}
