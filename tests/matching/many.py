"""Many people in a program, made in few statements, whose answers tell them apart."""

import itertools
import random
from datetime import timedelta

from people.models import Profile, ProfileTopic, Topic, User
from people.models.profiles import Style, Value
from programs.models import Enrolment, Program
from tests.make import NOW

TOPICS = [f"Topic {n}" for n in range(24)]
FUNCTIONS = ["Engineering", "Finance", "Sales", "Operations", "People"]
counter = itertools.count(1)


def fill(program: Program, mentees: int, mentors: int, *, places: int = 1, seed: int = 1) -> None:
    """Ready mentees, and ready mentors with so many places each."""
    chance = random.Random(seed)
    topics = {topic.name: topic for topic in Topic.objects.filter(name__in=TOPICS)}
    missing = [Topic(name=name) for name in TOPICS if name not in topics]
    topics |= {topic.name: topic for topic in Topic.objects.bulk_create(missing)}
    roles = ["mentee"] * mentees + ["mentor"] * mentors
    people = User.objects.bulk_create(
        [
            User(
                full_name=f"{role.capitalize()} {(number := next(counter))}",
                email=f"{role}.{number}@example.org",
                zone="Europe/London",
                joined_at=NOW - timedelta(days=100),
                password="!",
            )
            for role in roles
        ],
        batch_size=2000,
    )
    profiles = Profile.objects.bulk_create(
        [
            Profile(
                user=person,
                languages=chance.choice([["en"], ["en"], ["de", "en"], ["fr", "en"]]),
                function=chance.choice(FUNCTIONS),
                values=chance.sample(Value.values, 5),
                working_style={code: chance.randint(1, 5) for code in Style.values},
                years_of_experience=chance.randint(0, 12) + 10 * (role == "mentor"),
                answered_at=NOW,
            )
            for person, role in zip(people, roles, strict=True)
        ],
        batch_size=2000,
    )
    links = []
    for profile, role in zip(profiles, roles, strict=True):
        chosen = chance.sample(TOPICS, 3 if role == "mentee" else 6)
        side = "wanted" if role == "mentee" else "offered"
        links += [
            ProfileTopic(profile=profile, topic=topics[name], side=side, rank=rank)
            for rank, name in enumerate(chosen, 1)
        ]
    ProfileTopic.objects.bulk_create(links, batch_size=5000)
    Enrolment.objects.bulk_create(
        [
            Enrolment(
                cycle=program.cycles.first(),
                person=person,
                role=role,
                state="ready",
                capacity=places if role == "mentor" else 1,
                invited_at=NOW,
                answered_at=NOW,
                accepted_at=NOW,
                ready_at=NOW,
                conduct_accepted_version=1,
                privacy_accepted_version=1,
            )
            for person, role in zip(people, roles, strict=True)
        ],
        batch_size=2000,
    )
