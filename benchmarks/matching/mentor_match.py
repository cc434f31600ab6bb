"""Beside the package ``mentor-match`` 7.0.1 (PyPI), on its own rules and, where they are at hand, its own files.

    python -m benchmarks.matching.mentor_match 50 200 500
    python -m benchmarks.matching.mentor_match --files FOLDER      civil-service-mentees.csv, -mentors.csv

The package gives everybody up to three partners in three rounds; each round is one assignment by the package
``munkres``.  Its import name is ours, so it runs in environments of its own, made below ``--environments``
at the first call: one with the ``munkres`` that its web application pins (1.1.4), one with the newest
(3.0.0).  Its rules are those of its web application: never the same department, the mentor one or two grades
above, points for profession and identity, and a bonus in each round for pairs in which somebody has nobody
yet.

``rounds`` asks the engine the same three questions one after the other, but whoever has nobody yet
comes before any points; ``one flow`` asks once for up to three partners each, as many mentees as possible
with one.  All scores are worked out again here for whoever found the pairs, without any bonus.  CPU seconds
are those of scoring and solving, without starting Python and reading files; medians of ``--seeds`` programs.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matching.engine import assign

PACKAGE = "mentor-match==7.0.1"
SOLVERS = {"munkres 1.1.4": "munkres==1.1.4", "munkres 3.0.0": "munkres==3.0.0"}
CHILD = Path(__file__).with_name("mentor_match_child.py")
ROUNDS = 3
BONUS = 6
# More than any points of three rounds together.
FIRST = 10**6
POINTS = {"two_grades": 12, "one_grade": 9, "profession": 10, "identity": 6}
GRADES = ("AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4")
DEPARTMENTS = ("Education", "Energy", "Health", "Justice", "Transport", "Treasury")
PROFESSIONS = ("Policy", "Data", "Operations", "People", "Security")
IDENTITIES = ("Asexual", "Bisexual", "Gay", "Lesbian", "Non-binary", "Transgender")
SIDES = ("mentees", "mentors")


@dataclass(frozen=True)
class Outcome:
    pairs: np.ndarray
    seconds: float


def drawn(size, seed):
    """A program of its web application's kind: what a sign-up sheet asks, evenly drawn."""
    rng = np.random.default_rng(seed)

    def person(side, at):
        lowest = 0 if side == "mentees" else 2
        identities = [str(one) for one in rng.permutation(IDENTITIES)[: int(rng.integers(0, 3))]]
        return {
            "email": f"{side}{at}@example.org",
            "grade": int(rng.integers(lowest, lowest + 9)),
            "organisation": str(rng.choice(DEPARTMENTS)),
            "profession": str(rng.choice(PROFESSIONS)),
            "identity": identities[0] if identities else "",
            "identities": identities,
        }

    return {side: [person(side, at) for at in range(size)] for side in SIDES}


def read(folder):
    """The two sign-up sheets; ``None`` where they are not there."""
    sheets = [folder / f"civil-service-{side}.csv" for side in SIDES]
    if not all(sheet.exists() for sheet in sheets):
        return None
    program = {}
    for side, sheet in zip(SIDES, sheets, strict=True):
        with sheet.open(encoding="utf-8", newline="") as rows:
            program[side] = [
                {
                    "email": row["email address"],
                    "grade": GRADES.index(row["grade"]),
                    "organisation": row["organisation"],
                    "profession": row["profession"],
                    "identity": row.get("identity to match", ""),
                    "identities": [one for one in row.get("characteristics", "").split(", ") if one],
                }
                for row in csv.DictReader(rows)
            ]
    return program


def scored(program):
    """Points of every pair by the package's rules, and which pairs it does not disqualify."""
    mentees, mentors = (program[side] for side in SIDES)

    def same(name):
        values = [person[name] for person in (*mentees, *mentors)]
        code = {value: at for at, value in enumerate(dict.fromkeys(values))}
        codes = np.array([code[value] for value in values], np.int16)
        return codes[: len(mentees), None] == codes[len(mentees) :]

    column: dict = {}
    for person in mentors:
        for one in person["identities"]:
            column.setdefault(one, len(column))
    asked, said = (np.zeros((len(side), len(column) + 1), np.float32) for side in (mentees, mentors))
    asked[np.arange(len(mentees)), [column.get(person["identity"], -1) for person in mentees]] = 1
    for row, person in enumerate(mentors):
        said[row, [column[one] for one in person["identities"]]] = 1
    grades = [np.array([person["grade"] for person in side], np.int16) for side in (mentees, mentors)]
    above = grades[1] - grades[0][:, None]
    points = np.where(above == 2, np.int16(POINTS["two_grades"]), np.int16(POINTS["one_grade"]))
    points += np.int16(POINTS["profession"]) * same("profession")
    points += np.int16(POINTS["identity"]) * (asked @ said.T > 0)
    return points, ((above == 1) | (above == 2)) & ~same("organisation") & ~same("email")


def in_rounds(program):
    """The package's three questions, each answered exactly, those who have nobody yet first."""
    began = time.process_time()
    points, open_ = scored(program)
    alone = [np.ones(len(program[side]), bool) for side in SIDES]
    pairs = []
    for _ in range(ROUNDS):
        bonus = np.int32(FIRST) * (alone[0][:, None].astype(np.int32) + alone[1])
        found = assign(points + bonus, 1, 1, open_, "total").pairs
        pairs.append(found)
        open_[found[:, 0], found[:, 1]] = False
        for side in (0, 1):
            alone[side][found[:, side]] = False
    return Outcome(np.concatenate(pairs), time.process_time() - began)


def in_one_flow(program):
    """As many mentees as possible with a mentor, then the best total of up to three partners each."""
    began = time.process_time()
    points, open_ = scored(program)
    found = assign(points, ROUNDS, ROUNDS, open_, "coverage")
    if not found.proven:
        raise ArithmeticError("The plan is not proven best.")
    return Outcome(found.pairs, time.process_time() - began)


def by_the_package(program, python):
    asked = {**program, "points": POINTS, "bonus": BONUS, "rounds": ROUNDS}
    told = subprocess.run(
        [python, CHILD], input=json.dumps(asked), capture_output=True, text=True, check=True
    ).stdout
    answer = json.loads(told)
    return Outcome(np.array(answer["pairs"], np.int64).reshape(-1, 2), answer["seconds"])


def environment(folder, solver):
    """The Python of an environment that holds the package and this solver."""
    place = folder / solver.replace("==", "-")
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", PACKAGE, solver], check=True)
    return python


def figures(program, outcome):
    points, open_ = scored(program)
    rows, columns = outcome.pairs.T
    broken = ~open_[rows, columns]
    if broken.any() or len(np.unique(outcome.pairs, axis=0)) < len(rows):
        raise ValueError("A pair is there twice or breaks a rule.")
    return [
        len(np.unique(rows)),
        len(np.unique(columns)),
        len(rows),
        int(points[rows, columns].sum()),
        outcome.seconds,
    ]


def compare(name, programs, pythons):
    """One table: medians over the programs, and how often slower than the engine on the same question."""
    ways = {
        **{
            solver: (lambda p, python=python: by_the_package(p, python)) for solver, python in pythons.items()
        },
        "engine, rounds": in_rounds,
        "engine, one flow": in_one_flow,
    }
    in_rounds(programs[0])  # the first call of a process also loads the solver
    found = {way: [figures(program, work(program)) for program in programs] for way, work in ways.items()}
    ours = statistics.median(row[-1] for row in found["engine, rounds"])
    print(f"\n### {name}\n")
    print("| | mentees placed | mentors placed | pairs | points | CPU s | beside the engine in rounds |")
    print("|---|---|---|---|---|---|---|")
    for way, rows in found.items():
        *whole, seconds = (statistics.median(column) for column in zip(*rows, strict=True))
        told = " | ".join(f"{number:g}" for number in whole)
        print(f"| {way} | {told} | {seconds:.4g} | {seconds / ours:.3g} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", type=int, nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--files", type=Path)
    parser.add_argument("--solvers", nargs="*", choices=list(SOLVERS), default=list(SOLVERS))
    parser.add_argument("--environments", type=Path, default=Path("var/mentor-match"))
    asked = parser.parse_args()
    pythons = {solver: environment(asked.environments, SOLVERS[solver]) for solver in asked.solvers}
    for size in asked.sizes:
        compare(f"{size} + {size}", [drawn(size, seed) for seed in range(asked.seeds)], pythons)
    if asked.files:
        program = read(asked.files)
        if program is None:
            print(f"\nNo civil-service-mentees.csv and civil-service-mentors.csv in {asked.files}.")
        else:
            compare("The two sign-up sheets", [program], pythons)


if __name__ == "__main__":
    sys.exit(main())
