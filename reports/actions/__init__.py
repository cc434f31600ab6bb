"""Deeds of the reports: facts of the night, figures that were shown, files that were taken away."""

from reports.actions.exports import make_export
from reports.actions.mondays import arm_mondays, write_monday
from reports.actions.nights import arm_nights, write_missing_nights
from reports.actions.releases import Asked, release

__all__ = [
    "Asked",
    "arm_mondays",
    "arm_nights",
    "make_export",
    "release",
    "write_missing_nights",
    "write_monday",
]
