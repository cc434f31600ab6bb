"""Between a file of people and the tables: who is known already, and what the file would do."""

from datetime import date

from people.importing import Examination, KnownPeople, KnownPerson, Mapping, Outcome, Table, examine
from people.models import PeopleImport, ProfileTopic, ReportingLine, User

# What a person says about themselves, by the names of the file's columns.
ANSWERS = {"called", "languages", "skills_offered", "skills_wanted", "interests", "biography"}
# What is never merely missing.
SWITCHES = {"is_active", "zone"}


def known_people() -> KnownPeople:
    """Everybody here, as the file's rows are compared with them; four queries however many there are."""
    topics: dict[tuple[int, str], list[str]] = {}
    links = ProfileTopic.objects.order_by("rank", "pk").values_list("profile__user", "side", "topic__name")
    for person, side, name in links:
        topics.setdefault((person, side), []).append(name)
    managers = {
        person: str(manager)
        for person, manager in ReportingLine.objects.current()
        .filter(kind=ReportingLine.Kind.LINE)
        .values_list("person_id", "manager_id")
    }
    people = User.objects.filter(profile__isnull=False).select_related(
        "profile", "profile__unit", "profile__site"
    )
    return KnownPeople(known_person(person, topics, managers) for person in people)


def known_person(
    person: User, topics: dict[tuple[int, str], list[str]], managers: dict[int, str]
) -> KnownPerson:
    profile = person.profile
    return KnownPerson(
        key=str(person.pk),
        employee_number=profile.employee_number or "",
        full_name=person.full_name,
        called=person.called,
        email=person.email or "",
        job_title=profile.job_title,
        grade=profile.grade,
        function=profile.function,
        unit=profile.unit.name if profile.unit else "",
        site=profile.site.name if profile.site else "",
        hired_on=profile.hired_on,
        languages=tuple(profile.languages),
        zone=person.zone,
        skills_offered=tuple(topics.get((person.pk, "offered"), ())),
        skills_wanted=tuple(topics.get((person.pk, "wanted"), ())),
        interests=tuple(profile.interests),
        biography=profile.career_story,
        manager_key=managers.get(person.pk, ""),
        is_active=person.is_active,
    )


def examination_of(one: PeopleImport, *, today: date) -> Examination:
    """What the file of this import would do now.  Never writes."""
    table = Table.from_json(one.table)
    mapping = Mapping.from_json(one.mapping)
    used = table.only(column.index for column in mapping.used)
    found = examine(used, mapping, known_people(), today=today)
    hold_back(found, fills_gaps_only=bool(one.scope))
    return found


def hold_back(found: Examination, *, fills_gaps_only: bool) -> None:
    """Take out of the rows what a file must not change of people who are known.

    Who has joined keeps the address they sign in by, and who has answered keeps their own answers.  The file of a
    program ``fills_gaps_only``: its coordinator is not HR, and by a changed address or manager could take an account
    over or lift the reporting-line rule."""
    keys = [row.key for row in found.of(Outcome.CHANGED)]
    known = {
        str(pk): (joined, answered)
        for pk, joined, answered in User.objects.filter(pk__in=keys).values_list(
            "pk", "joined_at", "profile__answered_at"
        )
    }
    for row in found.of(Outcome.CHANGED):
        joined, answered = known[row.key]
        kept = {"email"} if joined else set()
        if answered:
            kept |= ANSWERS
        row.changes = tuple(
            change
            for change in row.changes
            if change.field not in kept
            and (
                not fills_gaps_only or change.field in ANSWERS or not (change.old or change.field in SWITCHES)
            )
        )
        if "manager" not in {change.field for change in row.changes}:
            row.manager = None
        if not row.changes:
            row.outcome = Outcome.LEFT_ALONE
