import pytest

from programs.models import ProgramRole
from relationships import actions
from relationships.models import Relationship, RelationshipMember
from relationships.permissions import RULES
from tests import make

WHO = ["mira", "theo", "cora", "otto", "hana", "ada", "ole", "olga", "oda"]
PAIR, STAFF, NOBODY = ["mira", "theo"], ["cora"], []

WHO_MAY = [
    # verb             when it is active   paused          finished        over
    ("view",           PAIR + STAFF,       PAIR + STAFF,   PAIR + STAFF,   PAIR + STAFF),
    ("read_content",   PAIR,               PAIR,           PAIR,           PAIR),
    ("write_note",     PAIR,               PAIR,           PAIR,           NOBODY),
    ("plan_meeting",   PAIR,               PAIR,           NOBODY,         NOBODY),
    ("log_meeting",    PAIR,               PAIR,           NOBODY,         NOBODY),
    ("propose_terms",  PAIR,               PAIR,           NOBODY,         NOBODY),
    ("sign",           PAIR,               PAIR,           NOBODY,         NOBODY),
    ("set_goal",       PAIR,               PAIR,           NOBODY,         NOBODY),
    ("end",            PAIR + STAFF,       PAIR + STAFF,   PAIR + STAFF,   NOBODY),
    ("leave",          NOBODY,             NOBODY,         NOBODY,         NOBODY),
    ("pause",          PAIR + STAFF,       PAIR + STAFF,   NOBODY,         NOBODY),
    ("move",           PAIR + STAFF,       PAIR + STAFF,   PAIR + STAFF,   NOBODY),
    ("say_not_yet",    PAIR,               PAIR,           PAIR,           NOBODY),
    ("waive_closing",  PAIR,               PAIR,           NOBODY,         NOBODY),
    ("give_reason",    PAIR,               PAIR,           PAIR,           PAIR),
    ("nudge",          STAFF,              STAFF,          NOBODY,         NOBODY),
    ("see_process",    STAFF,              STAFF,          STAFF,          STAFF),
    ("take_back",      PAIR + STAFF,       PAIR + STAFF,   PAIR + STAFF,   PAIR + STAFF),
]  # fmt: skip
STATES = [
    {"stage": "cultivation"},
    {"stage": "cultivation", "status": "paused"},
    {"stage": "redefinition"},
    {"stage": "cultivation", "status": "ended_early"},
]


def test_the_matrix_knows_every_verb():
    assert [verb for verb, *_rest in WHO_MAY] == list(RULES)


@pytest.mark.parametrize("column", range(len(STATES)))
def test_everybody_may_exactly_what_the_matrix_says(program, cast, column):
    pair = make_pair(program, cast, **STATES[column])
    for verb, *columns in WHO_MAY:
        may = [name for name in WHO if RULES[verb](cast[name], pair)]
        assert (verb, may) == (verb, columns[column])


def make_pair(program, cast, **fields):
    return make.relationship(program_=program, mentor=cast["mira"], mentee=cast["theo"], **fields)


def test_a_no_says_why(pair, otto):
    assert str(RULES["nudge"](otto, pair).reason) == "Only the coordinators of this program can do this."
    assert str(RULES["sign"](otto, pair).reason) == "Only the people in this relationship can do this."


def test_view_and_visible_to_agree_for_everybody(cast, pair, other_pair, cora, mira):
    """Also for a coordinator who is a member, one whose role has ended, and a deputy."""
    own = make.relationship(program_=pair.program, mentor=cora, mentee=make.person())
    deputy, former = make.person("Dee Deputy"), make.person("Fay Former")
    ProgramRole.objects.create(program=pair.program, person=deputy, role="deputy")
    ProgramRole.objects.create(program=pair.program, person=former, role="coordinator", ended_at=make.NOW)
    pairs = [Relationship.objects.with_people().get(pk=one.pk) for one in (pair, other_pair, own)]

    for person in [*cast.values(), deputy, former]:
        visible = set(Relationship.objects.visible_to(person))
        assert visible == {one for one in pairs if RULES["view"](person, one)}
    assert Relationship.objects.visible_to(deputy).count() == 2
    assert Relationship.objects.visible_to(former).count() == 0


def test_a_coordinator_who_is_a_member_is_a_member_only(program, cora):
    own = make.relationship(program_=program, mentor=cora, mentee=make.person())
    assert [verb for verb in ("see_process", "nudge") if RULES[verb](cora, own)] == []
    assert bool(RULES["read_content"](cora, own))


def test_whoever_was_in_a_pair_can_still_see_it_afterwards(pair, theo):
    actions.end(pair, by=theo, now=make.NOW)
    assert RelationshipMember.objects.get(person=theo).left_at == make.NOW
    assert Relationship.objects.visible_to(theo).contains(pair)
