"""What a long run found, as a section of docs/evidence.md: ``python -m tests.faults.report <part> <notes> <outcomes>``.

A section is replaced as a whole when its part has run again; the others stay as they are.
"""

import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "evidence.md"
HEAD = """\
# Evidence

What the clock does under fire, in numbers. `python3 dev.py evidence` runs all parts and writes this page;
`python3 dev.py evidence kills` runs one of them. The same tests run small with every `python3 dev.py test`. In controls
a protection is taken out, and the harm must be seen: without them a zero would show nothing.

"""
TITLES = {
    "kills": "Senders are killed",
    "schedulers": "Five schedulers and eight workers on one backlog",
    "outage": "Thirty days off",
    "jumps": "The clock jumps",
    "mail": "Nine failures of a mail server",
    "servers": "Redis, PostgreSQL and workers fail",
    "days": "Every day from 2020 to 2035 in fourteen zones",
    "clock": "What a look costs",
}


def main(part: str, notes: str, *outcomes: str) -> None:
    lines = [json.loads(line) for line in Path(notes).read_text().splitlines()]
    section = f"## {TITLES[part]}\n\n{said(part, outcomes)}\n\n{tables(lines)}".rstrip() + "\n"
    print(section)
    PAGE.write_text(replaced(PAGE.read_text() if PAGE.exists() else HEAD, part, section))


def said(part: str, outcomes: tuple[str, ...]) -> str:
    day, cores = datetime.now(UTC).date(), os.cpu_count()
    scale = f"--scale {os.environ['EVIDENCE_SCALE']} " if "EVIDENCE_SCALE" in os.environ else ""
    return f"`python3 dev.py evidence {scale}{part}` on {day}, {cores} cores. {'; '.join(outcomes)}".rstrip()


def tables(lines: list[dict]) -> str:
    """One table for each name that notes were given, in the order of first sight."""
    names = list(dict.fromkeys(line["part"] for line in lines))
    return "\n".join(table([line for line in lines if line["part"] == name]) for name in names)


def table(lines: list[dict]) -> str:
    columns = list(dict.fromkeys(name for line in lines for name in line if name != "part"))
    rows = [[f"{line.get(name, '')}" for name in columns] for line in lines]
    head = [[name.replace("_", " ") for name in columns], ["---"] * len(columns)]
    return "\n".join(f"| {' | '.join(row)} |" for row in head + rows) + "\n"


def replaced(page: str, part: str, section: str) -> str:
    """Sections stand in the order of TITLES."""
    head, *found = re.split(r"(?m)^(?=## )", page)
    sections = {text.splitlines()[0].removeprefix("## "): text.rstrip() + "\n" for text in found}
    sections[TITLES[part]] = section
    ordered = [sections[title] for title in TITLES.values() if title in sections]
    return head.rstrip() + "\n\n" + "\n".join(ordered)


if __name__ == "__main__":
    main(*sys.argv[1:])
