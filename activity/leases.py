"""Leases run by one clock, that of the database: the clocks of workers differ, and `now` may be a
rehearsal's.
"""

from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Now


def lasting(time: timedelta) -> ExpressionWrapper:
    return ExpressionWrapper(Now() + Value(time), output_field=DateTimeField())


def running() -> Q:
    return Q(lease_until__gt=Now())


def run_out() -> Q:
    return Q(lease_until__lte=Now()) | Q(lease_until=None)


def begun(time: timedelta) -> ExpressionWrapper:
    """When a lease of that length was taken."""
    return ExpressionWrapper(F("lease_until") - Value(time), output_field=DateTimeField())
