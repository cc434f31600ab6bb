import json

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from activity.health import health


class Command(BaseCommand):
    help = "Says whether the clock ticks and letters leave; ends with 1 when not."

    def handle(self, **options) -> None:
        found = health(timezone.now())
        said = json.dumps(found, default=str)
        if not found["ok"]:
            raise CommandError(said)
        self.stdout.write(said)
