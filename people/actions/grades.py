"""The order of the organisation's grades."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.actions import record
from people.actions.profiles import Refused
from people.grades import Order, fingerprint
from people.models import Organisation, User
from people.permissions import RULES


@transaction.atomic
def put_grades_in_order(order: Order, *, seen: str, by: User, now: datetime) -> bool:
    """Levels of grades, the lowest first.  ``seen`` is the fingerprint of the order that was looked at: what somebody
    else has changed since is not overwritten.  False when nothing is new, as for what is sent twice."""
    RULES.require(by, "order_grades", None)
    organisation = Organisation.objects.current()
    if organisation.grades == order:
        return False
    as_seen = Organisation.objects.filter(pk=organisation.pk, grades=organisation.grades)
    if fingerprint(organisation.grades) != seen or not as_seen.update(grades=order):
        raise Refused(
            _("Somebody else has changed the order in the meantime. Compare with theirs, and save again.")
        )
    record(
        "people.grades_ordered", organisation, by=by, at=now, levels=len(order), grades=sum(map(len, order))
    )
    return True
