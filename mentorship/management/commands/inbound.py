import logging
import os
import sys

from django.conf import settings
from django.core.management import BaseCommand
from django.core.management.base import CommandParser
from django.utils import timezone

from activity.bell import ring
from activity.failures import in_short
from activity.incoming import LARGEST
from mentorship.inbound import take

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Takes one mail from a mail server, on its standard input: a letter that comes back, an answer.  "
        "Ends with 0 when it is taken, with 75 when the mail server shall try again later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "recipient",
            nargs="?",
            default="",
            help="whom the mail server took it for (Postfix: ${original_recipient})",
        )

    def handle(self, *, recipient: str, **options) -> None:
        """What is in the mail is never written anywhere, also when something goes wrong."""
        raw = sys.stdin.buffer.read(LARGEST + 1)
        while sys.stdin.buffer.read(LARGEST):
            pass  # a mail server that cannot hand all of it over takes that for a failure
        if not settings.INBOUND_ADDRESS:
            self.stderr.write("INBOUND_ADDRESS is not set: no mail can come in.")
            sys.exit(os.EX_CONFIG)
        try:
            became = take(raw, recipient=recipient, now=timezone.now())
        except Exception as error:
            log.error("A mail that came in could not be taken now: %s", in_short(error))
            sys.exit(os.EX_TEMPFAIL)
        if became in ("answered", "explained", "returned"):
            ring()
        self.stdout.write(became)
