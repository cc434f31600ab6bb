from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser
from django.utils import timezone

from people.actions import AlreadyFounded, found_organisation


class Command(BaseCommand):
    help = "Names the organisation and its first administrator, who can then sign in by a mailed code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="of the organisation")
        parser.add_argument("--zone", default="UTC", help="its time zone, such as Europe/Oslo")
        parser.add_argument("--administrator", required=True, help="full name")
        parser.add_argument("--email", required=True)

    def handle(self, *, name: str, zone: str, administrator: str, email: str, **options) -> None:
        try:
            person = found_organisation(
                name=name, zone=zone, full_name=administrator, email=email, now=timezone.now()
            )
        except AlreadyFounded as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{person.full_name} <{person.email}> can sign in now, by a code that is mailed.")
