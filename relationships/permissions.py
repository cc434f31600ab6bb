"""Who may do what in a relationship.  The list twin of ``view`` is ``Relationship.objects.visible_to``.

What two people write to each other has rules without ``is_coordinator``; what is not in the table nobody may
do.  A coordinator who is a member of a relationship sees it as a member only (domain 5.2).
"""

from django.utils.translation import gettext_lazy as _

from core.permissions import Rulebook, rule
from programs.models.enrolments import Role
from programs.models.programs import Format


@rule(_("Only the people in this relationship can do this."))
def is_member(person, relationship) -> bool:
    return relationship.has_member(person)


@rule(_("Only the coordinators of this program can do this."))
def is_coordinator(person, relationship) -> bool:
    return relationship.is_coordinated_by(person) and not relationship.has_member(person)


@rule(
    _("A group goes on without you: whoever leads it, or a coordinator, can pause or end it for everybody.")
)
def speaks_for_all(person, relationship) -> bool:
    """Of two, each; of a group, those who lead it."""
    member = relationship.member(person)
    return member is not None and (relationship.format != Format.GROUP or member.role == Role.MENTOR)


@rule(_("Somebody has to lead the group: a coordinator can put another mentor in your place, or you end it."))
def may_leave_to_others(person, relationship) -> bool:
    """A group goes on without one of its mentees, and without a mentor where another one leads."""
    member = relationship.member(person)
    if member is None or relationship.format != Format.GROUP:
        return False
    leading = [one for one in relationship.present if one.role == Role.MENTOR]
    return member.role != Role.MENTOR or len(leading) > 1


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


@rule(_("Whoever proposed this goal cannot agree to it as well: that is for the other."))
def is_other_than_proposer(person, goal) -> bool:
    return goal.proposed_by_id != person.pk


@rule(_("This goal is yours: the other confirms it."))
def is_other_than_owner(person, goal) -> bool:
    return goal.owner_id != person.pk


@rule(_("Only the people who meet can do this."))
def meets(person, meeting) -> bool:
    return meeting.relationship.has_member(person)


@rule(_("This relationship has formally ended, so nothing new is planned or logged in it."))
def meets_still(person, meeting) -> bool:
    return meeting.relationship.is_open


@rule(_("Only the person who did not log this meeting can do this."))
def is_other_than_marker(person, meeting) -> bool:
    return meeting.relationship.has_member(person) and meeting.marked_by_id != person.pk


@rule(_("Only the person who logged this meeting can do this."))
def is_marker(person, meeting) -> bool:
    return meeting.marked_by_id == person.pk and meeting.relationship.has_member(person)


@rule(_("Both of you have confirmed this meeting."))
def is_unconfirmed(person, meeting) -> bool:
    return meeting.confirmed_at is None


@rule(_("This note is read by its author alone, or by the people in the relationship."))
def may_read_note(person, note) -> bool:
    return note.author_id == person.pk or (note.is_shared and note.relationship.has_member(person))


@rule(_("This relationship is over: what you wrote stays readable as it is."))
def may_still_write(person, note) -> bool:
    return note.relationship.is_alive


@rule(_("Only the person who wrote this note can delete it."))
def wrote_note(person, note) -> bool:
    return note.author_id == person.pk


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
    end             = (speaks_for_all | is_coordinator) & is_alive,
    leave           = may_leave_to_others & is_open,  # a group, which goes on
    pause           = (speaks_for_all | is_coordinator) & is_open,
    move            = (is_member | is_coordinator) & is_alive,
    say_not_yet     = is_member & is_alive,
    waive_closing   = is_member & is_open,
    give_reason     = is_member,                      # why it ended; read by whoever gave it alone
    nudge           = is_coordinator & is_open,
    see_process     = is_coordinator,                 # ticks, dates, counts and steps, never content
    take_back       = is_member | is_coordinator,
)

GOAL_RULES = Rulebook(
    view_goal       = may_see_goal,
    edit_goal       = owns_goal & goal_is_open,
    agree_goal      = may_see_goal & goal_is_open & is_other_than_proposer,
    update_goal     = may_see_goal & goal_is_open,
    close_goal      = owns_goal & goal_is_open,
    confirm_goal    = may_see_goal & goal_is_open & is_other_than_owner,
)

MEETING_RULES = Rulebook(
    move            = meets & meets_still,
    cancel          = meets,
    answer          = meets & meets_still,            # to the invitation
    mark            = meets & meets_still,            # held, or not held
    confirm         = is_other_than_marker,
    dispute         = is_other_than_marker,
    correct         = is_marker & is_unconfirmed,     # put right, or withdraw
    rate            = meets,                          # read by whoever gave it alone
)

NOTE_RULES = Rulebook(
    read_note       = may_read_note,
    edit_note       = may_read_note & may_still_write,
    delete_note     = wrote_note,
)
# fmt: on
