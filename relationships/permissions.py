"""Who may do what in a relationship.  The list twin of ``view`` is ``Relationship.objects.visible_to``.

What two people write to each other has rules without ``is_coordinator``; what is not in the table nobody may do.
A coordinator who is a member of a relationship sees it as a member only (domain 5.2).
"""

from django.utils.translation import gettext_lazy as _

from core.permissions import Rulebook, rule


@rule(_("Only the people in this relationship can do this."))
def is_member(person, relationship) -> bool:
    return relationship.has_member(person)


@rule(_("Only the coordinators of this program can do this."))
def is_coordinator(person, relationship) -> bool:
    return relationship.is_coordinated_by(person) and not relationship.has_member(person)


@rule(_("This relationship is over."))
def is_alive(person, relationship) -> bool:
    return relationship.is_alive


@rule(_("This relationship has formally ended, so nothing new is planned in it."))
def is_open(person, relationship) -> bool:
    return relationship.is_open


@rule(_("Only the person who owns this goal can do this."))
def owns_goal(person, goal) -> bool:
    return goal.owner_id == person.pk


@rule(_("This goal is shown to its owner only."))
def may_see_goal(person, goal) -> bool:
    return goal.owner_id == person.pk or (goal.is_shared and goal.relationship.has_member(person))


@rule(_("This is not possible in the goal's state."))
def goal_is_open(person, goal) -> bool:
    return not goal.is_closed and goal.relationship.is_alive


@rule(_("Only the person who did not mark this meeting can do this."))
def is_other_than_marker(person, meeting) -> bool:
    return meeting.relationship.has_member(person) and meeting.marked_by_id != person.pk


# fmt: off
RULES = Rulebook(
    view            = is_member | is_coordinator,     # that it exists, its stage, dates and counts
    read_content    = is_member,                      # agreement text, shared notes, goals shared with both
    write_note      = is_member & is_alive,
    plan_meeting    = is_member & is_open,
    log_meeting     = is_member & is_open,
    propose_terms   = is_member & is_open,
    sign            = is_member & is_open,
    set_goal        = is_member & is_open,
    end             = (is_member | is_coordinator) & is_alive,
    pause           = (is_member | is_coordinator) & is_open,
    nudge           = is_coordinator & is_open,
    take_back       = (is_member | is_coordinator) & is_alive,
)

GOAL_RULES = Rulebook(
    view_goal       = may_see_goal,
    edit_goal       = owns_goal & goal_is_open,
    agree_goal      = may_see_goal & goal_is_open,
    update_goal     = may_see_goal & goal_is_open,
    close_goal      = owns_goal & goal_is_open,
)

MEETING_RULES = Rulebook(
    confirm         = is_other_than_marker,
    dispute         = is_other_than_marker,
)
# fmt: on
