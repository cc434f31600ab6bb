"""What happened in a program, in words for its coordinators: who, what, when, never content."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.models import Event

SENTENCES = {
    "program.created": gettext_lazy("made the program"),
    "program.changed": gettext_lazy("changed the set-up"),
    "program.letter_worded": gettext_lazy("changed the words of a letter"),
    "program.letter_unworded": gettext_lazy("went back to the standard words of a letter"),
    "program.published": gettext_lazy("published the program"),
    "program.running": gettext_lazy("the first relationship began"),
    "program.suspended": gettext_lazy("suspended the program"),
    "program.closing": gettext_lazy("began the wrap-up"),
    "program.closed": gettext_lazy("closed the program"),
    "program.archived": gettext_lazy("archived the program"),
    "program.cancelled": gettext_lazy("cancelled the program"),
    "program.role_given": gettext_lazy("gave a role"),
    "program.role_taken": gettext_lazy("took a role back"),
    "cycle.enrolling": gettext_lazy("opened the answers"),
    "cycle.matching": gettext_lazy("matching began"),
    "cycle.active": gettext_lazy("the cycle became active"),
    "cycle.wrapping_up": gettext_lazy("the cycle is wrapping up"),
    "cycle.completed": gettext_lazy("the cycle was completed"),
    "enrolment.added": gettext_lazy("was put on the list"),
    "enrolment.invited": gettext_lazy("was invited"),
    "enrolment.opened": gettext_lazy("opened the invitation"),
    "enrolment.applied": gettext_lazy("sent the answers"),
    "enrolment.under_review": gettext_lazy("is under review"),
    "enrolment.waitlisted": gettext_lazy("is on the waiting list"),
    "enrolment.accepted": gettext_lazy("was accepted"),
    "enrolment.terms_accepted": gettext_lazy("accepted the code of conduct and the privacy notice"),
    "enrolment.ready": gettext_lazy("is ready to be matched"),
    "enrolment.matched": gettext_lazy("began a relationship"),
    "enrolment.completed": gettext_lazy("completed the program"),
    "enrolment.declined": gettext_lazy("declined the invitation"),
    "enrolment.withdrawn": gettext_lazy("left the program"),
    "enrolment.removed": gettext_lazy("was taken off the list"),
    "enrolment.paused": gettext_lazy("pauses"),
    "enrolment.resumed": gettext_lazy("is back from the pause"),
}


def sentence(event: Event) -> str:
    """ "Dana Whitfield: was invited"; without a person it was the program's clock."""
    who = event.by.full_name if event.by else _("The program's clock")
    return _("%(who)s: %(what)s") % {"who": who, "what": SENTENCES.get(event.verb, event.verb)}
