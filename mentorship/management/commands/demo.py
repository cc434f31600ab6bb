from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser
from django.db import transaction
from django.utils import timezone

from mentorship.demo import story
from mentorship.demo.who import COORDINATOR, PASSWORD, WHO
from people.models import User


class Command(BaseCommand):
    help = "Fills an empty database with a demo organisation, or says whom to sign in as."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--who", action="store_true", help="only say whom to sign in as")

    def handle(self, *, who: bool, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo organisation is not for production: its passwords are public.")
        if not who:
            if User.objects.exists():
                raise CommandError(
                    "There are people here already; the demo goes into an empty database only."
                )
            with transaction.atomic():
                story.tell(timezone.now())
        if not User.objects.filter(email=COORDINATOR).exists():
            return
        self.stdout.write(f"Sign in with the password “{PASSWORD}” as")
        for one in WHO:
            self.stdout.write(f"  {one.role!s:<14} {one.email}")
