from datetime import datetime

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from mentorship import clockwork


class Command(BaseCommand):
    help = "Does once what is due, for a cron line or for a rehearsal at another time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now", help="rehearse at this moment, such as 2027-03-01T09:00; not in production"
        )

    def handle(self, *, now: str | None, **options) -> None:
        clockwork.look_now(None if now is None else self.moment(now))

    def moment(self, text: str) -> datetime:
        if settings.PRODUCTION:
            raise CommandError("Production knows one time only: what a rehearsal sends cannot be taken back.")
        try:
            moment = parse_datetime(text)
        except ValueError as wrong:
            raise CommandError(f"{text} is not a moment: {wrong}.") from wrong
        if moment is None:
            raise CommandError(
                f"{text} is not a moment.  Write it like 2027-03-01T09:00 or 2027-03-01T09:00+02:00."
            )
        return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
