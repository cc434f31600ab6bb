"""Two families of programs for benchmarks, the same for everybody who is given the same seed.

``profiles``: people with answers to everything the product asks, scored by the product's own criteria.
``features``: the same kind of answers already as whole points, about 200 columns, popularity falling as
1/rank; many ties.
"""

import numpy as np

from matching.engine.availability import tidy
from matching.engine.profiles import Person, Preference

TOPICS = [f"topic {k}" for k in range(60)]
VALUES = [f"value {k}" for k in range(15)]
INTERESTS = [f"interest {k}" for k in range(40)]
FUNCTIONS = [f"function {k}" for k in range(20)]
SITES = [f"site {k}" for k in range(30)]
SLIDERS = ["pace", "detail", "contact", "frankness", "structure"]
ZONES = [0, 60, 120, 330, -300, -480, 540]
LANGUAGES = ["en", "de", "fr", "es", "pl", "hi"]


def some(rng, of, least, most, zipf=0.8):
    """Between so many of these, the first ones most often."""
    popular = rng.gumbel(size=len(of)) - zipf * np.log(np.arange(1, len(of) + 1))
    return [of[k] for k in np.argsort(-popular)[: int(rng.integers(least, most + 1))]]


def person(rng, role, number):
    zone = ZONES[int(rng.choice(len(ZONES), p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05]))]
    starts = 9 * 60 - zone + 30 * int(rng.integers(-2, 3))
    mentee = role == "mentee"
    return Person(
        id=f"{role}-{number:06d}",
        role=role,
        capacity=1 if mentee else int(rng.integers(1, 6)),
        topics_wanted={t: k + 1 for k, t in enumerate(some(rng, TOPICS, 1, 4))} if mentee else {},
        topics_offered=frozenset() if mentee else frozenset(some(rng, TOPICS, 3, 8)),
        values=tuple(some(rng, VALUES, 5, 5)),
        working_style={slider: int(rng.integers(1, 6)) for slider in SLIDERS},
        learning_orientation=int(rng.integers(1, 6)),
        interests=frozenset(some(rng, INTERESTS, 2, 6)),
        preferences=(Preference("function", ["same", "different"][int(rng.integers(2))]),) if mentee else (),
        attributes={"function": frozenset(some(rng, FUNCTIONS, 1, 1))},
        mode=["in_person", "hybrid", "virtual"][int(rng.integers(3))],
        site=some(rng, SITES, 1, 1)[0],
        hours=tidy((day * 1440 + starts, day * 1440 + starts + 480) for day in range(5)),
        languages=frozenset(["en", *some(rng, LANGUAGES, 0, 2)]),
        experience=int(rng.integers(0, 15)) if mentee else int(rng.integers(5, 35)),
    )


def profiles(mentees, mentors, seed):
    rng = np.random.default_rng(seed)
    return [person(rng, "mentee", k) for k in range(mentees)], [
        person(rng, "mentor", k) for k in range(mentors)
    ]


def features(mentees, mentors, seed):
    """(mentees, features) of points and (mentors, features) of who has what, float32 holding whole
    numbers.
    """
    rng = np.random.default_rng(seed)
    ours, theirs = [], []

    def tags(count, kinds, least, most):
        popular = rng.gumbel(size=(count, kinds)) - 0.8 * np.log(np.arange(1, kinds + 1))
        wanted = rng.integers(least, most + 1, count)
        place = np.argsort(np.argsort(-popular, axis=1), axis=1)
        return (place < wanted[:, None]).astype(np.float32), wanted

    for points, kinds, least, most, offered in (
        (2500, 60, 1, 4, (3, 8)),
        (1500, 12, 1, 3, (2, 5)),
        (1500, 40, 3, 6, (3, 6)),
        (600, 10, 2, 5, (2, 6)),
        (600, 8, 1, 1, (1, 3)),
    ):
        wants, count = tags(mentees, kinds, least, most)
        ours.append(wants * (points // count)[:, None].astype(np.float32))
        theirs.append(tags(mentors, kinds, *offered)[0])
    for points, kinds in ((800, 20), (800, 24), (400, 30), (1000, 8)):
        apart = np.abs(np.arange(kinds)[:, None] - np.arange(kinds))
        worth = np.maximum(0, points - points // 5 * apart).astype(np.float32)
        ours.append(worth[rng.integers(0, kinds, mentees)])
        theirs.append(np.eye(kinds, dtype=np.float32)[rng.integers(0, kinds, mentors)])
    return np.hstack(ours), np.hstack(theirs)
