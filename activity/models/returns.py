from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.models.letter import Letter

# By the middle one of the three numbers.
REASONS = {
    "1": gettext_lazy("There is no such mailbox."),
    "2": gettext_lazy("The mailbox takes no mail."),
    "4": gettext_lazy("Its mail server could not be reached."),
    "7": gettext_lazy("Its mail server does not accept mail from us."),
}
# Said of the sender's address: nothing is wrong with the reader's.
OF_OUR_ADDRESS = ("5.1.7", "5.1.8")


def address_key(address: str) -> str:
    """The same address however somebody writes it."""
    return address.strip().lower()[:254]


def reason_of(status: str) -> str:
    """Why mail was refused, in words for a coordinator, as far as the number tells."""
    _class, _dot, rest = status.partition(".")
    subject, _dot, detail = rest.partition(".")
    if (subject, detail) == ("2", "2"):
        return _("The mailbox is full.")
    return str(REASONS.get(subject, _("Its mail server gave no reason.")))


class ReturnQuerySet(models.QuerySet):
    def soft_since(self, moment: datetime) -> "ReturnQuerySet":
        return self.filter(is_hard=False, counts=True, at__gt=moment)


class Return(models.Model):
    """One letter came back, or did not get through, as a mail server has told us.

    ``key`` names what told us of it, so that the same news counts once.  ``counts`` ends when somebody says that
    the address is right.
    """

    key = models.CharField(max_length=250, unique=True)
    address = models.CharField(max_length=254)
    letter = models.ForeignKey(Letter, models.SET_NULL, null=True, related_name="returns")
    at = models.DateTimeField()
    is_hard = models.BooleanField()
    status = models.CharField(max_length=20, blank=True)  # "5.1.1", as RFC 3463 numbers what went wrong
    counts = models.BooleanField(default=True)

    objects = ReturnQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["address", "at"], name="activity_returns_address"),
            models.Index(fields=["at"], name="activity_returns_at"),
        ]

    def __str__(self) -> str:
        return f"{'hard' if self.is_hard else 'soft'} {self.status}".strip()


class RefusingAddressQuerySet(models.QuerySet):
    def among(self, addresses: Iterable[str]) -> "RefusingAddressQuerySet":
        return self.filter(address__in={address_key(address) for address in addresses if address})

    def addresses(self) -> set[str]:
        return set(self.values_list("address", flat=True))

    def of(self, person: Any) -> "RefusingAddress | None":
        """That of the address the person has today."""
        return self.among([getattr(person, "email", None) or ""]).first()


class RefusingAddress(models.Model):
    """An address whose mail server takes no mail for it: nothing more is sent there until somebody lifts it."""

    KEPT_WITHOUT_OWNER = timedelta(days=60)

    address = models.CharField(max_length=254, unique=True)
    since = models.DateTimeField()
    status = models.CharField(max_length=20, blank=True)
    letter = models.ForeignKey(Letter, models.SET_NULL, null=True, related_name="+")

    objects = RefusingAddressQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["since"], name="activity_refusing_since")]

    def __str__(self) -> str:
        return f"since {self.since:%Y-%m-%d}"

    @property
    def reason(self) -> str:
        return reason_of(self.status)
