"""`manage.py work` with kinds of jobs that do nothing but behave: well, slowly, deafly, fatally."""

import os
import sys
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from activity.kinds import JobKind, table  # noqa: E402
from mentorship import clockwork  # noqa: E402

COMMAND = (sys.executable, "-m", "tests.mentorship.long_runs")


def quick(job, progress):
    progress.report("count", 3, 3)
    return {"pid": os.getpid()}


def patient(job, progress):
    while True:
        progress.report("wait", 0, 1)
        time.sleep(0.05)


def deaf(job, progress):
    progress.report("sleep", 0, 1)
    time.sleep(60)


def fatal(job, progress):
    progress.report("fall", 0, 1)
    os._exit(9)


KINDS = table(*(JobKind(f"tests.{work.__name__}", work) for work in (quick, patient, deaf, fatal)))

if __name__ == "__main__":
    clockwork.JOBS.update(KINDS)
    if sys.argv[1] == "attend":  # be a worker that has taken what waits
        clockwork.COMMAND = COMMAND
        clockwork.work_jobs()
        time.sleep(60)
    call_command("work", *sys.argv[1:])
