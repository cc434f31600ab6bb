"""Who may do what with runs, offers and shortlists.

The list twins of ``view`` are ``visible_to`` and ``offered_to``.
"""

from django.utils.translation import gettext_lazy as _

from core.permissions import Rulebook, rule


@rule(_("Only the coordinators of this program can do this."))
def coordinates(person, of_cycle) -> bool:
    program = of_cycle.cycle.program
    return program.roles.filter(person=person, role__in=("coordinator", "deputy"), ended_at=None).exists()


@rule(_("This run is not under review."))
def is_under_review(person, run) -> bool:
    return run.state == "review"


@rule(_("This offer was not made to you."))
def is_asked(person, proposal) -> bool:
    return proposal.member(person) is not None


@rule(_("This offer is not open any more."))
def is_waiting(person, proposal) -> bool:
    return proposal.state in ("offered", "accepted_by_one")


@rule(_("Only the person who was asked can do this."))
def owns_shortlist(person, shortlist) -> bool:
    return shortlist.enrolment.person_id == person.pk


@rule(_("This list is closed: the pairs are being made."))
def is_open_shortlist(person, shortlist) -> bool:
    return shortlist.is_open


# fmt: off
RUN_RULES = Rulebook(
    view        = coordinates,
    run_match   = coordinates,
    stop        = coordinates,
    publish     = coordinates & is_under_review,
    change      = coordinates & is_under_review,
    rearrange   = coordinates & is_under_review,
    discard     = coordinates & is_under_review,
    take_back   = coordinates,
    try_rules   = coordinates,
    adopt       = coordinates,
)

DECISION_RULES = Rulebook(
    view        = coordinates,
    end         = coordinates,
)

OFFER_RULES = Rulebook(
    view_offer  = is_asked,
    accept      = is_asked & is_waiting,
    decline     = is_asked & is_waiting,
)

SHORTLIST_RULES = Rulebook(
    view_shortlist = owns_shortlist,
    rank           = owns_shortlist & is_open_shortlist,
)
# fmt: on
