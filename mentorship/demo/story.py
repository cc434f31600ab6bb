"""The story of the Halden Group, relative to the day on which it is told."""

from datetime import datetime, timedelta

from core.ids import drawn_from
from matching.models import Proposal
from mentorship.demo import organisation as halden
from mentorship.demo import pairs
from mentorship.demo.pairs import Pair
from mentorship.demo.stage import Theatre
from mentorship.demo.who import COORDINATOR, MENTEE, MENTOR
from people.models import User
from programs import actions as programs
from programs.models import Enrolment, Program
from programs.models.enrolments import Role
from programs.stages import CycleState, ProgramState

SEED = 1814


def tell(now: datetime) -> None:
    """Make the demo organisation as it would stand at ``now``."""
    with drawn_from(SEED):
        morning = now.replace(hour=9, minute=0, second=0, microsecond=0)
        Story(morning, now).tell()


class Story:
    def __init__(self, morning: datetime, now: datetime) -> None:
        self.morning = morning
        self.theatre = Theatre(self.day(-450), now)

    def day(self, days: float, hours: float = 0) -> datetime:
        return self.morning + timedelta(days=days, hours=hours)

    def tell(self) -> None:
        hr_admin = halden.found(self.day(-450))
        dana = User.objects.get(email=COORDINATOR)
        self.finished_program(hr_admin, dana)
        self.running_program(dana)
        self.waiting_program(dana)
        self.theatre.play()

    # Finished: everybody went through all four stages

    def finished_program(self, hr_admin: User, dana: User) -> None:
        """HR makes the first program and hands it to Dana, who from then on can make her own."""
        made = self.day(-446)
        start = self.day(-420)
        program = halden.make_program(
            "onboarding",
            "Settling in 2025",
            start.date(),
            (start - timedelta(days=7)).date(),
            by=hr_admin,
            now=made,
        )
        programs.give_role(program, dana, "coordinator", by=hr_admin, now=made)
        mentees = halden.chosen(("Associate",), 7)
        mentors = halden.chosen(("Lead", "Head"), 7, after=6)
        halden.invite(program, mentees, mentors, by=dana, now=self.day(-440))
        self.answers(program, mentees, mentors, -438)
        self.theatre.at(self.day(-427), self.match_and_play, program, dana, self.play_to_the_end)
        self.theatre.at(self.day(-60), self.close, program, dana)

    def play_to_the_end(self, pair: Pair, n: int, at: datetime) -> None:
        relationship = pair.now
        end = datetime.combine(relationship.planned_end_on, at.time(), at.tzinfo)
        separation = datetime.combine(relationship.separation_on, at.time(), at.tzinfo)
        stage = self.theatre
        stage.at(at + timedelta(days=5), lambda now: pairs.agree(pair, now=now))
        stage.at(
            at + timedelta(days=9),
            lambda now: pairs.set_goal(pair, n, end.date() - timedelta(days=20), now=now),
        )
        if n == 5:
            stage.at(at + timedelta(days=70), lambda now: pairs.stop(pair, now=now))
        pairs.rhythm(stage, pair, at + timedelta(days=6), 15 + n % 2 * 6, 9 - n % 2 * 3)
        stage.at(at + timedelta(days=90), lambda now: pairs.update(pair, 60, now=now))
        closing = separation + timedelta(days=8, hours=2)
        stage.at(closing - timedelta(days=3), lambda now: pairs.plan(pair, closing, now=now))
        stage.at(closing + timedelta(hours=2), lambda now: pairs.hold(pair, closing, closing=True, now=now))
        stage.at(closing + timedelta(days=1), lambda now: pairs.close_goals(pair, now=now))

    def close(self, program: Program, dana: User, *, now: datetime) -> None:
        program.refresh_from_db()
        cycle = program.cycles.get(number=1)
        for to in (CycleState.WRAPPING_UP, CycleState.COMPLETED):
            cycle = programs.move_cycle(cycle, to, by=dana, now=now)
        for enrolment in Enrolment.objects.filter(cycle=cycle).with_people():
            programs.complete_enrolment(enrolment, now=now)
        for to in (ProgramState.CLOSING, ProgramState.CLOSED):
            program = programs.move_program(program, to, by=dana, now=now)

    # Running: pairs in each of the four stages, healthy, quiet, paused, in trouble

    def running_program(self, dana: User) -> None:
        start = self.day(-130)
        made = self.day(-170)
        self.theatre.at(made, self.open_running_program, dana, start)

    def open_running_program(self, dana: User, start: datetime, *, now: datetime) -> None:
        program = halden.make_program(
            "leadership",
            "Emerging Leaders 2026",
            start.date(),
            (start - timedelta(days=7)).date(),
            by=dana,
            now=now,
        )
        amara, ingrid = (User.objects.get(email=email) for email in (MENTEE, MENTOR))
        mentees = [amara, *halden.chosen(("Specialist",), 25, taken={amara.pk})]
        mentors = [ingrid, *halden.chosen(("Head", "Director"), 14, taken={dana.pk, ingrid.pk})]
        mentors += halden.chosen(("Lead",), 8, after=10, taken={amara.pk})
        halden.invite(program, mentees, mentors, by=dana, now=now + timedelta(hours=1))
        first, late = mentees[:19], mentees[19:]
        self.answers(program, first, mentors, -168)
        self.theatre.at(self.day(-137), self.match_and_play, program, dana, self.play_leaders)
        for n, person in enumerate(late[:5]):
            when = self.day(-40 + n)
            self.theatre.at(
                when, lambda now, p=person, k=n: halden.join(program, p, Role.MENTEE, 40 + k, now=now)
            )
        self.theatre.at(self.day(-31), self.match_and_play, program, dana, self.play_late_leaders)

    def play_leaders(self, pair: Pair, n: int, at: datetime) -> None:
        """Most are in Cultivation, two in Separation, two in Redefinition, one paused, one ended, two quiet."""
        stage = self.theatre
        stage.at(at + timedelta(days=6), lambda now: pairs.agree(pair, now=now))
        stage.at(at + timedelta(days=8), lambda now: pairs.set_goal(pair, n, self.day(60).date(), now=now))
        stage.at(
            at + timedelta(days=11), lambda now: pairs.set_goal(pair, n + 1, self.day(20).date(), now=now)
        )
        first = at + timedelta(days=7, hours=n % 5)
        if n in (3, 9):  # has not met for more than two rhythms
            pairs.rhythm(stage, pair, first, 26, 2)
            return
        pairs.rhythm(stage, pair, first, 26 + n % 3, 6, last_confirmed=n % 4 != 1)
        for days, percent in ((40, 20), (75, 45), (110, 70)):
            if n % 4 != 2 or days < 60:
                stage.at(at + timedelta(days=days), lambda now, p=percent: pairs.update(pair, p, now=now))
        if n == 5:
            stage.at(self.day(-16), lambda now: pairs.rest(pair, now=now))
        if n == 11:
            stage.at(self.day(-48), lambda now: pairs.stop(pair, now=now))
        if n in (2, 7, 12, 14):
            self.wind_up(pair, -70 if n in (2, 7) else -24, to_the_end=n in (2, 7))

    def wind_up(self, pair: Pair, days: int, *, to_the_end: bool) -> None:
        stage = self.theatre
        stage.at(self.day(days), lambda now: pairs.propose_move(pair, "wind_up", now=now))
        stage.at(self.day(days + 1), lambda now: pairs.agree_to_move(pair, "wind_up", now=now))
        if not to_the_end:
            return
        closing = self.day(days + 12, 3)
        stage.at(self.day(days + 8), lambda now: pairs.plan(pair, closing, now=now))
        stage.at(closing + timedelta(hours=2), lambda now: pairs.hold(pair, closing, closing=True, now=now))
        stage.at(self.day(days + 14), lambda now: pairs.close_goals(pair, now=now))
        stage.at(self.day(days + 16), lambda now: pairs.propose_move(pair, "redefine", now=now))
        stage.at(self.day(days + 17), lambda now: pairs.agree_to_move(pair, "redefine", now=now))

    def play_late_leaders(self, pair: Pair, n: int, at: datetime) -> None:
        """In Initiation: one has never met, one waits for a signature, the others are on their way."""
        stage = self.theatre
        if n == 0:
            return
        stage.at(at + timedelta(days=5), lambda now: pairs.agree(pair, signs=n != 1, now=now))
        stage.at(
            at + timedelta(days=9),
            lambda now: pairs.set_goal(pair, n, self.day(80).date(), agreed=n != 2, now=now),
        )
        pairs.rhythm(stage, pair, at + timedelta(days=7), 24, 2 if n == 3 else 1)

    # About to match

    def waiting_program(self, dana: User) -> None:
        self.theatre.at(self.day(-21), self.open_waiting_program, dana)

    def open_waiting_program(self, dana: User, *, now: datetime) -> None:
        start = self.day(21)
        program = halden.make_program(
            "leadership", f"New Managers {start.year}", start.date(), self.day(6).date(), by=dana, now=now
        )
        mentees = halden.chosen(("Associate",), 24, after=12)
        mentors = halden.chosen(("Lead",), 14, after=2) + halden.chosen(("Head",), 4)
        halden.invite(program, mentees, mentors, by=dana, now=now + timedelta(hours=1))
        self.answers(program, mentees[:-3], mentors[:-1], -19, seed=60)

    # Common scenes

    def answers(
        self, program: Program, mentees: list[User], mentors: list[User], days: int, *, seed: int = 0
    ) -> None:
        for role, group in ((Role.MENTEE, mentees), (Role.MENTOR, mentors)):
            for n, person in enumerate(group):
                when = self.day(days + n % 6, n % 7)
                self.theatre.at(
                    when,
                    lambda now, p=person, r=role, k=n: halden.join(program, p, r, seed + k, now=now),
                )

    def match_and_play(self, program: Program, dana: User, play, *, now: datetime) -> None:
        """A run, its offers, the answers of both, and what each pair does from then on."""
        program.refresh_from_db()
        run = halden.match(program, by=dana, now=now)
        self.theatre.look_at(now + timedelta(minutes=61))
        offered = run.proposals.filter(state="offered").order_by("-score", "pk")
        # The mentee one can sign in as comes first: with her everything goes as it should.
        hers = set(offered.filter(members__person__email=MENTEE).values_list("pk", flat=True))
        ordered = sorted(offered, key=lambda proposal: proposal.pk not in hers)
        for n, proposal in enumerate(ordered):
            yes = now + timedelta(days=1 + n % 3, hours=n % 6)
            self.theatre.at(yes, lambda now, p=proposal: halden.accept(p, Role.MENTEE, now=now))
            if n == 6 and run.number == 1:
                self.theatre.at(
                    yes + timedelta(hours=5), lambda now, p=proposal: halden.decline(p, Role.MENTOR, now=now)
                )
                continue
            self.theatre.at(yes + timedelta(days=1), self.begin, proposal, n, play)

    def begin(self, proposal: Proposal, n: int, play, *, now: datetime) -> None:
        halden.accept(proposal, Role.MENTOR, now=now)
        proposal.refresh_from_db()
        if proposal.relationship_id:
            play(Pair(proposal.relationship_id, n), n, now)
