import gc
import signal
from uuid import UUID

from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser

from activity import jobs
from activity.models import Job
from core.processes import end_with_parent
from mentorship import clockwork


class Leaving(BaseException):
    """The worker that stands beside this process ends."""


class Command(BaseCommand):
    help = "Works on one job that a worker has claimed.  Workers start this; there is no need to by hand."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("job")
        parser.add_argument("token", type=UUID)

    def handle(self, *, job: str, token: UUID, **options) -> None:
        end_with_parent()
        claimed = Job.objects.running().filter(public_id=job, token=token).first()
        if claimed is None:
            raise CommandError(f"Job {job} is not claimed with this token.")
        signal.signal(signal.SIGTERM, leave)
        # A large job holds tens of thousands of rows, and its process ends with it: to go through all of them again and
        # again in search of cycles costs more time than the cycles cost memory.
        gc.set_threshold(200_000, 20, 100)
        try:
            jobs.run_claimed(claimed, clockwork.JOBS)
        except Leaving:
            jobs.give_back(claimed)


def leave(*_) -> None:
    raise Leaving
