"""What a look of the clock costs, on a PostgreSQL of its own.

::

    python -m benchmarks.clock
    python -m benchmarks.clock --rows 100000 --letters 500

Three tables.  *Idle*: a look that finds nothing to do beside that many timed facts of the future and letters of the
past, and for comparison an empty question to the same server.  *Plans*: the statements of a look, idle and at work,
which PostgreSQL would answer by reading a whole table; there must be none, and the program ends with 1 if there is one.
*Delivery*: timed facts that fall due at one moment, each of which writes a letter to a mail server in a process of its
own; beside the same work as bare SQL, statement for statement and commit for commit, without mail.
"""

import argparse
import json
import os
import statistics
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import django

from tests import environment, services

SCALE = float(os.environ.get("EVIDENCE_SCALE", "1"))
LOOKS = 50
TABLES = ("activity_due", "activity_letter", "activity_attempt", "activity_event")
FILL = """
INSERT INTO activity_due
 (subject, kind, occurrence, due_at, look_at, zone, state, data, failures, last_error)
SELECT 'bench.pair:' || n, 'tests.tell', '2027-01-01', moment, moment, '', 'armed', '{}', 0, ''
FROM (SELECT n, now() + interval '1 day' + n * interval '10 seconds' AS moment
      FROM generate_series(1, %(rows)s) n) AS one;
INSERT INTO activity_letter
 (public_id, key, kind, address, about, scope, data, state, note, created_at, wanted_at, run_at, attempts, ambiguous,
  failures, message_id, caught_up, sent_at, sender, recipient, subject, body_text, body_html, calendar)
SELECT gen_random_uuid(), 'bench ' || n, 'tests.news', 'a@example.org', 'bench.pair:' || n, '', '{}', 'sent', '',
  moment, moment, moment, 1, 0, 0, '<' || n || '@example.org>', false, moment, '', '', '', '', '', ''
FROM (SELECT n, now() - interval '40 days' - n * interval '10 seconds' AS moment
      FROM generate_series(1, %(rows)s) n) AS one;
"""
# What becomes of one row, transaction by transaction: fired, claimed, begun, done.
BARE = (
    (
        "SELECT id FROM activity_due WHERE id = %(due)s AND state = 'armed' FOR UPDATE SKIP LOCKED",
        "UPDATE activity_due SET state = 'fired', fired_at = now() WHERE id = %(due)s AND state = 'armed'",
        """INSERT INTO activity_letter
             (public_id, key, kind, address, about, scope, data, state, note, created_at, wanted_at, run_at, attempts,
              ambiguous, failures, message_id, caught_up, sender, recipient, subject, body_text, body_html, calendar)
           VALUES (gen_random_uuid(), 'bare ' || %(due)s, 'bare', 'a@example.org', '', '', '{}', 'ready', '', now(),
              now(), now(), 0, 0, 0, '', false, '', '', '', '', '', '')""",
        "INSERT INTO activity_event (verb, about, scope, at, details) VALUES ('bare', '', '', now(), '{}')",
    ),
    (
        """UPDATE activity_letter SET state = 'claimed', lease_until = now() + interval '5 minutes'
           WHERE key = 'bare ' || %(due)s""",
    ),
    (
        """UPDATE activity_letter SET state = 'sending', subject = 'News', body_text = repeat('words ', 100)
           WHERE key = 'bare ' || %(due)s AND state = 'claimed'""",
    ),
    (
        """UPDATE activity_letter SET state = 'sent', sent_at = now()
           WHERE key = 'bare ' || %(due)s AND state = 'sending'""",
        """INSERT INTO activity_attempt (letter_id, n, started, ended, outcome, reply, host, worker)
           SELECT id, 1, now(), now(), 'ok', 'kept', '', '' FROM activity_letter WHERE key = 'bare ' || %(due)s""",
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=round(1_000_000 * SCALE))
    parser.add_argument("--letters", type=int, default=1_000)
    asked = parser.parse_args()
    with ExitStack() as stack:
        environment.start(stack, "postgres")
        os.environ["REDIS_URL"] = f"{os.environ['TESTS_REDIS']}/0"
        sink = stack.enter_context(services.smtp_sink())
        os.environ["EMAIL_URL"] = sink.url
        os.environ["DJANGO_SETTINGS_MODULE"] = "mentorship.settings"
        django.setup()
        return measure(asked.rows, asked.letters, sink)


def measure(rows: int, letters: int, sink: services.Sink) -> int:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from activity import catchup

    settings.TEMPLATES[0]["DIRS"].insert(0, services.ROOT / "tests" / "activity" / "templates")
    catchup.USUAL = 10**9  # the brake is about something else
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"rows": rows})
        cursor.execute("VACUUM ANALYZE")
    idle(rows)
    seen = plans()
    deliver(rows, letters, sink)
    return 1 if seen else 0


def look(**more):
    from django.utils import timezone

    from activity.tick import tick
    from tests.activity.kinds import DUES, LETTERS

    return tick(timezone.now(), letters=LETTERS, dues=DUES, budget_seconds=3600, **more)


@contextmanager
def noting(statements: list):
    """Every statement that passes, with its values."""
    from django.db import connection

    def note(execute, sql, params, many, context):
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield


def idle(rows: int) -> None:
    from django.db import connection

    look()  # what is done once a day
    statements: list = []
    with noting(statements):
        look()
    wall, cpu = zip(*(timed(look) for _ in range(LOOKS)), strict=True)

    def nothing():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    bare, _cpu = zip(*(timed(nothing) for _ in range(LOOKS)), strict=True)
    say(
        "idle",
        armed_rows_of_the_future=rows,
        letters_of_the_past=rows,
        statements=len(statements),
        median_ms=round(1000 * statistics.median(wall), 1),
        slowest_of_50_ms=round(1000 * max(wall), 1),
        of_it_in_python_ms=round(1000 * statistics.median(cpu), 1),
        an_empty_question_ms=round(1000 * statistics.median(bare), 2),
    )


def timed(work) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def plans() -> set[str]:
    """The statements of a look, at work and idle, that would read a whole large table."""
    look()  # what is done once a day may read all
    statements: list = []
    person = a_reader()
    arm(person, 3, "plan")
    with noting(statements):
        look()
        look()
    from django.db import connection

    seen = set()
    asked = {sql: params for sql, params in statements if sql.startswith(("SELECT", "UPDATE", "DELETE"))}
    with connection.cursor() as cursor:
        for sql, params in asked.items():
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            (plan,) = cursor.fetchone()
            plan = plan if isinstance(plan, list) else json.loads(plan)
            if whole(plan[0]["Plan"]):
                seen.add(sql)
    for sql in seen:
        print(f"reads a whole table: {sql}", file=sys.stderr)
    say("plans", statements=len(asked), that_read_a_whole_table=len(seen))
    return seen


def whole(node: dict) -> bool:
    reads = node["Node Type"] in ("Seq Scan", "Parallel Seq Scan") and node["Relation Name"] in TABLES
    return reads or any(whole(part) for part in node.get("Plans", ()))


def a_reader():
    from people.models import User

    reader, _new = User.objects.get_or_create(email="reader@example.org", defaults={"full_name": "A Reader"})
    return reader


def arm(person, count: int, name: str) -> None:
    from django.utils import timezone

    from activity import actions

    now = timezone.now()
    actions.arm_all("tests.tell", [(person, now, f"{name} {n}") for n in range(count)])


def deliver(rows: int, letters: int, sink: services.Sink) -> None:
    from activity.models import Attempt, Due

    person = a_reader()
    sink.clear()
    arm(person, letters, "letter")
    begun = Due.objects.filter(occurrence="letter 0").get().due_at
    wall, cpu = timed(look)
    came = sink.message_ids()
    ended = sorted(Attempt.objects.filter(started__gte=begun).values_list("ended", flat=True))[-letters:]
    delays = [(moment - begun) / timedelta(seconds=1) for moment in ended]
    bare = bare_sql(person, letters)
    say(
        "delivery",
        due_at_one_moment=letters,
        beside_rows=rows,
        came=len(came),
        a_second=round(letters / wall),
        half_within_s=round(statistics.median(delays), 1),
        last_after_s=round(delays[-1], 1),
        of_it_in_python_s=round(cpu, 1),
        bare_sql_a_second=round(letters / bare),
        ratio=round(wall / bare, 1),
    )


def bare_sql(person, count: int) -> float:
    from django.db import connection

    from activity.models import Due

    arm(person, count, "bare")
    keys = list(Due.objects.filter(occurrence__startswith="bare ").values_list("pk", flat=True))
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for key in keys:
            for together in BARE:
                cursor.execute("BEGIN")
                for statement in together:
                    cursor.execute(statement, {"due": key})
                cursor.execute("COMMIT")
    return time.perf_counter() - begun


def say(part: str, **figures) -> None:
    print(f"{part}: {', '.join(f'{name} {value}' for name, value in figures.items())}", flush=True)
    if place := os.environ.get("EVIDENCE_NOTES"):
        with Path(place).open("a") as file:
            file.write(json.dumps({"part": part, **figures}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
