"""Between a file of people and the tables: who is known already, and what the file would do."""

from datetime import date

from people.importing import Examination, KnownPeople, KnownPerson, Mapping, Table, examine
from people.models import PeopleImport, ProfileTopic, ReportingLine, User


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
    return examine(table.only(column.index for column in mapping.used), mapping, known_people(), today=today)
