"""A file of people: brought, mapped, applied in one go, and taken back."""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activity.actions import record
from people.importing import (
    Examination,
    Mapping,
    MappingRefused,
    Outcome,
    PersonRow,
    guess_columns,
    read_table,
)
from people.intake import examination_of
from people.models import (
    Organisation,
    OrgUnit,
    PeopleImport,
    Profile,
    ProfileTopic,
    ReportingLine,
    Site,
    Topic,
    User,
)
from people.permissions import RULES

State = PeopleImport.State
USER_FIELDS = ("full_name", "called", "email", "zone")
PROFILE_FIELDS = ("employee_number", "job_title", "grade", "function", "hired_on")
LISTS = ("languages", "interests")
TOPICS = {"skills_offered": "offered", "skills_wanted": "wanted"}
BATCH = 500


class Refused(Exception):
    """Not possible now; the message is fit for the reader."""


def require(scope: str, by: User) -> None:
    """A file for the whole organisation; for one of a program the floor above has asked."""
    if not scope:
        RULES.require(by, "import_people", None)


def bring(data: bytes, name: str, *, by: User, now: datetime, scope: str = "") -> PeopleImport:
    """Read a file and guess what its columns mean.  Raises ``UnreadableFile`` with a sentence.

    What must never be stored is cut out before anything is written down.  A file whose columns bear the names of an
    earlier one gets the same meanings."""
    require(scope, by)
    table = read_table(data, name)
    guessed = guess_columns(table)
    table = table.without(column.index for column in guessed.refused)
    mapping = remembered(guessed, scope) or guessed
    return PeopleImport.objects.create(
        scope=scope,
        file_name=name[-200:],
        digest=hashlib.sha256(data).hexdigest(),
        table=table.as_json(),
        mapping=mapping.as_json(),
        created_at=now,
        created_by=by,
    )


def remembered(guessed: Mapping, scope: str) -> Mapping | None:
    headers = [column.header for column in guessed.columns]
    earlier = PeopleImport.objects.filter(scope=scope, state__in=[State.APPLIED, State.UNDONE]).newest_first()
    for one in earlier.only("mapping")[:20]:
        kept = Mapping.from_json(one.mapping)
        if [column.header for column in kept.columns] == headers:
            choices = {column.index: str(column.target) for column in kept.columns if not column.is_refused}
            try:
                return guessed.with_choices(
                    choices, order=str(kept.order), default_role=kept.default_role, texts_confirmed=True
                )
            except MappingRefused:  # the file says something else this time: look at it afresh
                return None
    return None


@transaction.atomic
def choose_columns(one: PeopleImport, mapping: Mapping, *, by: User, now: datetime) -> PeopleImport:
    """Keep the confirmed meanings, and only the columns that are used."""
    require(one.scope, by)
    open_ones = PeopleImport.objects.filter(pk=one.pk, state__in=[State.UPLOADED, State.EXAMINED])
    if not open_ones.update(mapping=mapping.as_json(), state=State.EXAMINED):
        raise Refused(_("This file has been dealt with already."))
    one.refresh_from_db()
    return one


@transaction.atomic
def give_up(one: PeopleImport, *, by: User, now: datetime) -> None:
    """Forget the file."""
    require(one.scope, by)
    open_ones = PeopleImport.objects.filter(pk=one.pk, state__in=[State.UPLOADED, State.EXAMINED])
    if not open_ones.update(state=State.GIVEN_UP):
        raise Refused(_("This file has been dealt with already."))
    one.refresh_from_db()
    one.table = {}
    one.save(update_fields=["table"])


@transaction.atomic
def apply_import(one: PeopleImport, *, by: User, now: datetime) -> Examination:
    """Add and change what the preview showed, in one transaction and few statements.  Twice is once.

    Rows that need repair are left out; leavers are closed if they are known and the file is HR's, and never added."""
    require(one.scope, by)
    ready = PeopleImport.objects.filter(pk=one.pk, state=State.EXAMINED)
    if not ready.update(state=State.APPLIED, applied_at=now):
        raise Refused(_("This file has been applied already, or given up."))
    found = examination_of(one, today=now.date())
    try:
        with transaction.atomic():
            places = Places.of(found)
            added = add(found.of(Outcome.ADDED), places, now)
            changes = change(found.of(Outcome.CHANGED), places, now)
            lines = set_lines([*found.of(Outcome.ADDED), *found.of(Outcome.CHANGED)], added, now.date())
    except IntegrityError:
        raise Refused(
            _("Some of these people were added by somebody else in the meantime. Look at the preview again.")
        ) from None
    gone = [] if one.scope else [row for row in found.of(Outcome.LEAVER) if row.key]
    left = close_leavers(gone, now)
    one.refresh_from_db()
    one.counts = {str(outcome): count for outcome, count in found.counts.items()}
    one.before = {
        "added": {str(line): pk for line, pk in added.items()},
        "changes": changes,
        "left": left,
        "lines": lines,
        "made": places.made,
    }
    one.table = {}
    one.save(update_fields=["counts", "before", "table"])
    record("people.imported", one, by=by, at=now, scope=one.scope, **one.counts)
    return found


class Places:
    """Sites, units and topics by name; those the file names for the first time are made, in one statement each."""

    def __init__(self) -> None:
        self.made: dict[str, list[int]] = {"site": [], "orgunit": [], "topic": []}
        self.sites: dict[str, Site] = {}
        self.units: dict[str, OrgUnit] = {}
        self.topics: dict[str, Topic] = {}

    @classmethod
    def of(cls, found: Examination) -> "Places":
        rows = [*found.of(Outcome.ADDED), *found.of(Outcome.CHANGED)]
        places = cls()
        places.sites = places.named(Site, (row.site for row in rows))
        places.units = places.named(OrgUnit, (row.unit for row in rows))
        names = (name for row in rows for name in (*row.skills_offered, *row.skills_wanted))
        places.topics = places.named(Topic, names)
        return places

    def named(self, model: Any, names: Iterable[str]) -> dict[str, Any]:
        wanted = {name.casefold(): name for name in names if name}
        known = {thing.name.casefold(): thing for thing in model.objects.all()} if wanted else {}
        missing = [model(name=name) for key, name in wanted.items() if key not in known]
        made = model.objects.bulk_create(missing, batch_size=BATCH)
        self.made[model._meta.model_name] = [thing.pk for thing in made]
        return {**known, **{thing.name.casefold(): thing for thing in made}}


def add(rows: list[PersonRow], places: Places, now: datetime) -> dict[int, int]:
    """New people, who cannot sign in before they join.  {line: key of the person}"""
    organisation = Organisation.objects.current()
    users = [
        User(
            full_name=row.full_name,
            called=row.called,
            email=row.email.lower() or None,
            zone=row.zone or organisation.zone,
            language=organisation.language,
            password=make_password(None),
            created_at=now,
        )
        for row in rows
    ]
    users = User.objects.bulk_create(users, batch_size=BATCH)
    profiles = [
        Profile(
            user=user,
            source="file",
            career_story=row.biography,
            unit=places.units.get(row.unit.casefold()),
            site=places.sites.get(row.site.casefold()),
            languages=list(row.languages),
            interests=list(row.interests),
            employee_number=row.employee_number or None,
            job_title=row.job_title,
            grade=row.grade,
            function=row.function,
            hired_on=row.hired_on,
        )
        for user, row in zip(users, rows, strict=True)
    ]
    profiles = Profile.objects.bulk_create(profiles, batch_size=BATCH)
    links = [
        ProfileTopic(profile=profile, topic=places.topics[name.casefold()], side=side, rank=rank)
        for profile, row in zip(profiles, rows, strict=True)
        for field, side in TOPICS.items()
        for rank, name in enumerate(getattr(row, field), 1)
    ]
    ProfileTopic.objects.bulk_create(links, batch_size=BATCH, ignore_conflicts=True)
    return {row.line: user.pk for user, row in zip(users, rows, strict=True)}


def change(rows: list[PersonRow], places: Places, now: datetime) -> dict[str, dict[str, list]]:
    """Change what the file says otherwise; {person: {field: [old, new]}} for taking it back."""
    people = {str(person.pk): person for person in with_profiles(row.key for row in rows)}
    kept: dict[str, dict[str, list]] = {}
    for row in rows:
        person = people[row.key]
        kept[row.key] = {}
        for name, _old, _new in row.changes:
            if name == "manager":
                continue
            old = present(person, name)
            put(person, name, getattr(row, name, True), places)
            kept[row.key][name] = [old, present(person, name)]
    save(people.values())
    return kept


def with_profiles(keys: Iterable[str]) -> Any:
    return (
        User.objects.filter(pk__in=list(keys))
        .select_related("profile")
        .prefetch_related("profile__topic_links__topic")
    )


def save(people: Iterable[User]) -> None:
    people = list(people)
    User.objects.bulk_update(people, [*USER_FIELDS, "is_active", "left_at"], batch_size=BATCH)
    columns = [*PROFILE_FIELDS, *LISTS, "unit", "site"]
    Profile.objects.bulk_update([person.profile for person in people], columns, batch_size=BATCH)


def present(person: User, name: str) -> Any:
    """A field's value now, as JSON can hold it."""
    profile = person.profile
    if name in TOPICS:
        links = [link for link in profile.topic_links.all() if link.side == TOPICS[name]]
        return [[link.topic_id, link.rank] for link in sorted(links, key=lambda link: (link.rank, link.pk))]
    if name in ("unit", "site"):
        return getattr(profile, f"{name}_id")
    if name == "biography":
        return profile.career_story
    if name == "is_active":
        return [person.is_active, person.left_at and person.left_at.isoformat()]
    value = getattr(person if name in USER_FIELDS else profile, name)
    return value.isoformat() if isinstance(value, date) else value


def put(person: User, name: str, value: Any, places: Places) -> None:
    """Write what a row says into the objects; ``save`` keeps it."""
    profile = person.profile
    if name in TOPICS:
        topics = [places.topics[topic.casefold()].pk for topic in value]
        put_topics(profile, TOPICS[name], [[topic, rank] for rank, topic in enumerate(topics, 1)])
    elif name == "unit":
        profile.unit = places.units[value.casefold()]
    elif name == "site":
        profile.site = places.sites[value.casefold()]
    elif name == "biography":
        profile.career_story = value
        profile.save(update_fields=["career_story"])
    elif name == "is_active":
        person.is_active, person.left_at = True, None
    elif name in LISTS:
        setattr(profile, name, list(value))
    elif name == "email":
        person.email = value.lower()
    else:
        setattr(person if name in USER_FIELDS else profile, name, value)


def put_topics(profile: Profile, side: str, links: list[list[int]]) -> None:
    profile.topic_links.filter(side=side).delete()
    ProfileTopic.objects.bulk_create(
        ProfileTopic(profile=profile, topic_id=topic, side=side, rank=rank) for topic, rank in links
    )
    profile._prefetched_objects_cache = {"topic_links": list(profile.topic_links.select_related("topic"))}


def close_leavers(rows: list[PersonRow], now: datetime) -> list[int]:
    """Known people whom the file shows as gone: they cannot sign in any more."""
    here = User.objects.filter(pk__in=[row.key for row in rows], is_active=True)
    gone = list(here.values_list("pk", flat=True))
    here.filter(pk__in=gone).update(is_active=False, left_at=now)
    return gone


def set_lines(rows: list[PersonRow], added: dict[int, int], today: date) -> dict[str, list[int]]:
    """Open the reporting lines of the file and close those they replace."""
    wanted: dict[int, int] = {}
    for row in rows:
        person = added.get(row.line) or (int(row.key) if row.key else None)
        if person is None or row.manager is None:
            continue
        manager = added.get(row.manager.line) or (int(row.manager.key) if row.manager.key else None)
        if manager and manager != person:
            wanted[person] = manager
    current = {
        line.person_id: line
        for line in ReportingLine.objects.current().filter(person__in=wanted, kind=ReportingLine.Kind.LINE)
    }
    closed = [line.pk for line in current.values() if line.manager_id != wanted[line.person_id]]
    ReportingLine.objects.filter(pk__in=closed).update(until=today)
    same = {person for person, line in current.items() if line.pk not in set(closed)}
    opened = ReportingLine.objects.bulk_create(
        [
            ReportingLine(person_id=person, manager_id=manager, since=today)
            for person, manager in wanted.items()
            if person not in same
        ],
        batch_size=BATCH,
    )
    return {"opened": [line.pk for line in opened], "closed": closed}


@transaction.atomic
def undo_import(one: PeopleImport, *, by: User, now: datetime) -> dict[str, int]:
    """Put everything back.  Who has done something since stays, and what was changed again since stays changed.

    Returns how many people were taken out, put back, and left as they are."""
    require(one.scope, by)
    applied = PeopleImport.objects.filter(pk=one.pk, state=State.APPLIED)
    if not applied.update(state=State.UNDONE, undone_at=now):
        raise Refused(_("This file is not applied, or has been taken back already."))
    one.refresh_from_db()
    before = one.before
    lines = before["lines"]
    ReportingLine.objects.filter(pk__in=lines["opened"]).delete()
    reopen(lines["closed"])
    added = list(before["added"].values())
    busy = involved(added)
    User.objects.filter(pk__in=set(added) - busy).delete()
    kept_changes = put_back(before["changes"])
    User.objects.filter(pk__in=before["left"], is_active=False).update(is_active=True, left_at=None)
    for model in (Site, OrgUnit, Topic):
        unused = model.objects.filter(pk__in=before["made"][model._meta.model_name])
        unused.exclude(
            pk__in=Profile.objects.exclude(**{f"{LINKS[model]}": None}).values(LINKS[model])
        ).delete()
    result = {
        "taken_out": len(added) - len(busy),
        "put_back": len(before["changes"]) - kept_changes,
        "left_as_they_are": len(busy) + kept_changes,
    }
    record("people.import_undone", one, by=by, at=now, scope=one.scope, **result)
    one.before = {}
    one.counts = {**one.counts, **result}
    one.save(update_fields=["before", "counts"])
    return result


LINKS = {Site: "site", OrgUnit: "unit", Topic: "topics"}
OWN = {"profile"}


def reopen(closed: list[int]) -> None:
    """Lines that the import had ended, unless another was opened since."""
    lines = ReportingLine.objects.filter(pk__in=closed)
    taken = ReportingLine.objects.current().filter(
        person__in=lines.values("person"), kind=ReportingLine.Kind.LINE
    )
    lines.exclude(person__in=list(taken.values_list("person_id", flat=True))).update(until=None)


def involved(people: list[int]) -> set[int]:
    """Those who have done something since, or to whom something refers: they are left as they are."""
    busy = set(User.objects.filter(pk__in=people).exclude(joined_at=None).values_list("pk", flat=True))
    for relation in User._meta.get_fields(include_hidden=True):
        foreign = relation.auto_created and not relation.concrete
        if not foreign or relation.name in OWN or not relation.field.concrete:
            continue
        rows = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": people})
        busy |= set(rows.values_list(relation.field.attname, flat=True))
    return busy


def put_back(changes: dict[str, dict[str, list]]) -> int:
    """Old values where the new ones still stand; how many people had something else since."""
    people = {str(person.pk): person for person in with_profiles(changes)}
    kept = 0
    for key, fields in changes.items():
        person = people.get(key)
        if person is None:
            continue
        otherwise = False
        for name, (old, new) in fields.items():
            if present(person, name) != new:
                otherwise = True
                continue
            restore(person, name, old)
        kept += otherwise
    save(people.values())
    return kept


def restore(person: User, name: str, old: Any) -> None:
    profile = person.profile
    if name in TOPICS:
        put_topics(profile, TOPICS[name], old)
    elif name in ("unit", "site"):
        setattr(profile, f"{name}_id", old)
    elif name == "biography":
        profile.career_story = old
        profile.save(update_fields=["career_story"])
    elif name == "is_active":
        person.is_active = old[0]
        person.left_at = datetime.fromisoformat(old[1]) if old[1] else None
    elif name == "hired_on":
        profile.hired_on = date.fromisoformat(old) if old else None
    else:
        setattr(person if name in USER_FIELDS else profile, name, old)
