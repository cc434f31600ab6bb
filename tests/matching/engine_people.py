"""People with random answers for tests of the engine: some answer nearly all, some hardly anything."""

from datetime import date

from matching.engine.availability import tidy
from matching.engine.profiles import MODES, Person, Preference

ATTRIBUTES = {"function": ["finance", "legal", "it"], "unit": ["north", "south"], "life": ["parent", "carer"]}
VALUES = ["candour", "learning", "courage", "care", "order", "play", "fairness"]
TOPICS = ["budget", "speaking", "strategy", "python", "hiring", "law"]
SLIDERS = ["pace", "detail", "contact"]


def person(rng, role, number, *, others=(), answers=0.7, hard=True):
    def says():
        return rng.random() < answers

    def some(of, most):
        return [of[k] for k in rng.permutation(len(of))[: int(rng.integers(0, most + 1))]]

    def wishes():
        found = []
        for attribute in some(list(ATTRIBUTES), 2):
            wish = ["same", "different", "one_of"][int(rng.integers(3))]
            values = some(ATTRIBUTES[attribute], 2) or ATTRIBUTES[attribute][:1] if wish == "one_of" else ()
            found.append(Preference(attribute, wish, frozenset(values)))
        return tuple(found)

    def hours():
        start = int(rng.integers(0, 16)) * 30
        return tidy(
            (day * 1440 + start, day * 1440 + start + 480 + int(rng.integers(0, 4)) * 15) for day in range(5)
        )

    return Person(
        id=f"{role}-{number:04d}",
        role=role,
        capacity=int(rng.integers(0, 4)) if role == "mentor" else 1,
        topics_wanted={topic: int(rng.integers(1, 4)) for topic in some(TOPICS, 4)} if says() else {},
        topics_offered=frozenset(some(TOPICS, 4)) if says() else frozenset(),
        values=tuple(some(VALUES, 6)) if says() else (),
        working_style={slider: int(rng.integers(1, 6)) for slider in some(SLIDERS, 3)} if says() else {},
        learning_orientation=int(rng.integers(1, 6)) if says() else None,
        interests=frozenset(some(["chess", "music", "sport", "food", "art"], 4)) if says() else frozenset(),
        preferences=wishes() if says() else (),
        different_from_me_in=frozenset(some([*ATTRIBUTES, *SLIDERS], 1)),
        chosen={other: int(rng.integers(1, 6)) for other in some(list(others), 2)} if says() else {},
        attributes={name: frozenset(some(of, 2)) for name, of in ATTRIBUTES.items() if says()},
        mode=MODES[int(rng.integers(4))] if says() else "",
        site=["leeds", "bonn"][int(rng.integers(2))] if says() else "",
        hours=hours() if says() else None,
        languages=frozenset(some(["en", "de", "fr"], 2)) if says() else frozenset(),
        experience=int(rng.integers(0, 30)) if says() else None,
        distance_wished=(2, 2 + int(rng.integers(0, 10))) if rng.random() < 0.3 else None,
        reports_to=frozenset(some(list(others), 1)) if hard and says() else frozenset(),
        excludes=frozenset(some(list(others), 1)) if hard and rng.random() < 0.3 else frozenset(),
        blocked=frozenset(some(list(others), 1)) if hard and rng.random() < 0.1 else frozenset(),
        ended_early_with={other: date(2025, 6, 1) for other in some(list(others), 1)}
        if hard and says()
        else {},
    )


def program(rng, mentees, mentors, **options):
    a = [f"mentee-{k:04d}" for k in range(mentees)]
    b = [f"mentor-{k:04d}" for k in range(mentors)]
    return (
        [person(rng, "mentee", k, others=b, **options) for k in range(mentees)],
        [person(rng, "mentor", k, others=a, **options) for k in range(mentors)],
    )
