"""A large program in the database of the settings, made in few statements for ``benchmarks.matching.product``."""

import random
from collections import defaultdict

from django.utils import timezone

from people.models import Profile
from tests import make
from tests.matching.many import fill

# People answer in so many ways; what tells them apart beside is their topics, values and working style.
KINDS = 400
INTERESTS = [f"interest {number}" for number in range(40)]
DAYS = ("mon", "tue", "wed", "thu", "fri")


def seed(size: int, password: str) -> None:
    """So many mentees and mentors, all ready; prints the program and the address of who coordinates it."""
    cora = make.person("Cora Conti", password=password)
    program = make.open_program(cora, now=timezone.now())
    fill(program, size, size)
    chance = random.Random(2)
    kinds: dict[int, list[int]] = defaultdict(list)
    for number, key in enumerate(
        Profile.objects.exclude(values=[]).order_by("pk").values_list("pk", flat=True)
    ):
        kinds[number % KINDS].append(key)
    for keys in kinds.values():
        Profile.objects.filter(pk__in=keys).update(**answers(chance))
    print(program.public_id, cora.email)


def answers(chance: random.Random) -> dict:
    starts = chance.choice((8, 8, 9, 9, 10, 12))
    day = [[f"{starts:02}:00", f"{starts + chance.choice((6, 8)):02}:00"]]
    return {
        "mode": chance.choice(Profile.Mode.values),
        "interests": chance.sample(INTERESTS, chance.randint(2, 6)),
        "learning_orientation": {str(number): chance.randint(1, 5) for number in range(4)},
        "preferences": chance.choice(({}, {}, {"function": "same"}, {"function": "different"})),
        "working_hours": dict.fromkeys(DAYS, day),
    }
