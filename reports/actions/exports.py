"""Taking figures away: each time a line in the log, before the file is there."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity.actions import record
from people.models import User
from programs.models import Program
from reports.models import Export
from reports.permissions import PROGRAM_RULES, RULES

AN_HOUR, AT_MOST = timedelta(hours=1), 30
MAY = {Export.Report.OUTCOMES: "see_outcomes", Export.Report.REGISTER: "take_register"}


class Refused(Exception):
    """Not now.  The message is fit for the reader."""


@transaction.atomic
def make_export(
    report: str,
    format: str,
    *,
    by: User,
    now: datetime,
    as_of: date,
    program: Program | None = None,
    filters: dict[str, Any] | None = None,
    rows: int = 0,
    cells_hidden: int = 0,
    size: int = 0,
    sha256: str = "",
) -> Export:
    if report == Export.Report.LOG:
        PROGRAM_RULES.require(by, "take_log", program)
    else:
        RULES.require(by, MAY[Export.Report(report)], program)
    if Export.objects.filter(by=by, at__gt=now - AN_HOUR).count() >= AT_MOST:
        raise Refused(_("You have made many exports within an hour. Try again later."))

    made = Export.objects.create(
        report=report,
        format=format,
        program=program,
        filters=filters or {},
        by=by,
        at=now,
        as_of=as_of,
        rows=rows,
        cells_hidden=cells_hidden,
        size=size,
        sha256=sha256,
    )
    scope = program.scope if program and report == Export.Report.LOG else ""
    record(
        "export.asked_for",
        made,
        by=by,
        at=now,
        scope=scope,
        report=report,
        format=format,
        hidden=cells_hidden,
    )
    return made
