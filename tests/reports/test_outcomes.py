"""What HR reads: figures counted by hand, a group of four nowhere, nothing told by subtraction."""

import io
import re
import zipfile
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from activity.models import Event
from relationships.models import Relationship
from reports.models import DailyFact, Export, Release
from tests import make
from tests.make import NOW
from tests.reports.scenario import counted_program, night

pytestmark = pytest.mark.usefixtures("clock")

DAY = timedelta(days=1)


@pytest.fixture
def as_hana(hana):
    client = Client()
    client.force_login(hana)
    return client


@pytest.fixture
def counted(cora):
    made = counted_program(cora)
    night()
    return made


def page(client, **query):
    response = client.get("/reports/", query)
    assert response.status_code == 200
    return response


def words(response):
    """What a reader hears: the text without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode().split("<main", 1)[1]).split())


def take(client, **asked):
    asked = {"report": "outcomes", "format": "xlsx", **asked}
    made = client.post(reverse("reports:export"), asked)
    assert made.status_code == 303
    return client.get(made.url)


def sheets(response):
    book = load_workbook(io.BytesIO(response.content))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def parts(response):
    """Everything inside a file, as text: the XML of a workbook, the tables of an archive."""
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


# Who may look


def test_hr_admins_alone_read_outcomes(cast):
    answers = {}
    for who, person in cast.items():
        client = Client()
        client.force_login(person)
        answers[who] = client.get("/reports/").status_code

    assert answers == dict.fromkeys(cast, 403) | {"hana": 200}


def test_hr_admins_do_not_open_a_program(as_hana, counted):
    for name in ("dashboard", "activity", "log"):
        assert as_hana.get(reverse(f"reports:{name}", args=[counted.public_id])).status_code == 404


def test_hr_sees_no_names_and_no_pairs(as_hana, counted):
    said = page(as_hana).content.decode()

    assert "Mentee 0" not in said
    assert "Mentor 0" not in said
    assert not any(one.public_id in said for one in Relationship.objects.all())


# Figures


FIGURES = {
    "Mentees matched, share of those accepted": (0.46, 26),
    "Mentors matched, share of those accepted": ("≥ 90%", 12),
    "Open relationships": (12, None),
    "Of these paused": ("–", None),
    "Meetings a month, mean": (0.81, 20),
    "Meetings a month, median": (1.01, 20),
    "Meetings held": (8, 20),
    "Hours of mentoring": (6, 20),
    "Meetings that both confirmed": ("≤ 10%", 20),
    "Share of the agreed meetings that were held": (0.8, 20),
    "Relationships that kept at least 75% of their rhythm": ("≥ 60%", 20),
}


def test_the_workbook_holds_the_figures_counted_by_hand(as_hana, counted):
    found = sheets(take(as_hana))

    assert {row[2]: (row[3], row[4]) for row in found["Figures"][1:]} == FIGURES
    assert {row[5].date() for row in found["Figures"][1:]} == {date(2026, 9, 30)}
    assert found["Stages"][1:] == [
        ["Initiation", 0],
        ["Cultivation", "–"],
        ["Separation", 0],
        ["Paused, in any stage", "–"],
        ["Redefinition, formally over", 0],
    ]
    assert found["Meetings each month"][1:] == [["August 2026", 12, 12, 24], ["September 2026", 8, 6, 20]]
    assert found["Function"] == [
        ["Function", "Mentees", "Matched", "Share matched", "Mentors"],
        ["Operations", 13, "–", "–", "–"],
        ["2 smaller functions together", 13, "–", "–", "–"],
        ["All functions", 26, 12, 0.46, 12],
    ]


def test_the_page_says_the_same_as_the_workbook(as_hana, counted):
    said = words(page(as_hana))

    assert "Match rate M-04 46% of mentees Mentors: ≥ 90% People behind it: 26" in said
    assert "Open relationships M-08 12 at month’s end Paused: hidden" in said
    assert "Meeting frequency M-12 0.81 a month Mean of the pairs; median: 1.01 Meetings: 8, hours: 6" in said
    assert "Rhythm kept M-13 80% of those agreed Pairs at 75% or more: ≥ 60%" in said
    assert "Operations 13 – hidden, fewer than 5 people – hidden, fewer than 5 people" in said
    assert "All functions 26 12 46% 12" in said


def test_a_file_has_a_cover(as_hana, hana, counted):
    cover = dict(sheets(take(as_hana, program=counted.public_id, split="site"))["About this file"])

    assert cover["Report"] == "Program outcomes, September 2026"
    assert cover["Program"] == "Emerging Leaders"
    assert cover["Split by"] == "Site"
    assert cover["Facts as of the end of"].date() == date(2026, 10, 11)
    assert cover["Made by"] == hana.full_name
    assert cover["Purpose"] == "To see how the mentoring programs of the organisation do."
    assert "fewer than 5 people" in cover["Hidden (–)"]


# A group of four


FOUR = re.compile(r"(?<![\w.–-])4(?![\w.-])")


@pytest.mark.parametrize("split", ["function", "site"])
def test_a_group_of_four_is_nowhere(split, as_hana, counted):
    """Neither in words nor in attributes, in no cell, in no part of the file that a program could read."""
    response = page(as_hana, split=split)
    hidden_from_eyes = re.findall(
        r'(?:title|aria-label|data-[a-z]+|value)="([^"]*)"', response.content.decode()
    )
    assert FOUR.findall(words(response)) == []
    assert [text for text in hidden_from_eyes if FOUR.search(text)] == []

    book = parts(take(as_hana, split=split))
    values = [value for xml in book.values() for value in re.findall(r"<(?:v|t)[^>]*>([^<]*)</", xml)]
    assert [value for value in values if FOUR.fullmatch(value)] == []
    assert not any(
        "hidden" in tag for xml in book.values() for tag in re.findall(r"<(?:col|row|sheet) [^>]*>", xml)
    )
    assert "Legal" not in "".join(book.values()) + words(response)
    assert "Bergen" not in "".join(book.values()) + words(response)

    tables = parts(take(as_hana, split=split, format="csv"))
    assert [
        line for text in tables.values() for line in text.split(",") if FOUR.fullmatch(line.strip())
    ] == []


def test_a_formula_in_a_name_is_text(as_hana, hana, cora):
    counted_program(cora, title='=HYPERLINK("http://evil")')
    night()
    found = sheets(take(as_hana, report="register"))

    assert {row[2] for row in found["Participation register"][1:]} == {'\'=HYPERLINK("http://evil")'}


# Differencing


def test_the_same_question_gets_the_same_answer(as_hana, counted):
    first, again = words(page(as_hana)), words(page(as_hana))

    assert first == again
    assert Release.objects.filter(family="M-08").count() == 1


def test_a_month_that_differs_by_one_person_is_answered_with_the_earlier_one(as_hana, counted, clock):
    page(as_hana, month="2026-09")
    newcomer = make.enrolment(counted, role="mentee", state="ready", accepted_at=NOW)
    clock.move_to(NOW + 25 * DAY)
    night(NOW + 25 * DAY)
    said = words(page(as_hana, month="2026-10"))

    assert newcomer.accepted_at == NOW
    assert "People behind it: 26" in said
    assert "As of 30 September : since then too few people have changed." in said
    assert "27" not in said


def test_all_programs_less_one_tell_nothing_of_a_small_one(as_hana, counted, oda=None):
    small = make.program(title="A small one")
    make.relationship(program_=small, activated_at=NOW - 60 * DAY)
    DailyFact.objects.all().delete()
    night(NOW + DAY)
    with time_machine.travel(NOW + DAY, tick=False):
        every = words(page(as_hana))
        one = words(page(as_hana, program=counted.public_id))

    assert "Open relationships M-08 13" in every
    assert "Open relationships M-08 – hidden" in one


def test_late_words_about_a_closed_month_are_heard(as_hana, counted, clock):
    """Those behind the figure are the same: then nothing is told of few."""
    page(as_hana)
    pair = counted.relationships.filter(status="active").order_by("-pk").first()
    make.meeting(pair, starts_at=NOW - 15 * DAY, marked_at=NOW)
    clock.move_to(NOW + DAY)
    night(NOW + DAY)

    assert "Meetings: 9, hours: 6.75" in words(page(as_hana))


# Nonsense


@pytest.mark.parametrize(
    "query",
    [
        {"program": "nowhere0", "month": "1999-13", "split": "religion"},
        {"month": "2026-10"},
        {"program": "' OR 1=1", "month": "\x00", "split": "<script>"},
    ],
)
def test_what_it_does_not_know_it_takes_for_the_first_choice(query, as_hana, counted):
    assert "All programs, September 2026." in words(page(as_hana, **query))


@pytest.mark.parametrize("asked", [{}, {"report": "log"}, {"report": "outcomes", "format": "pdf"}])
def test_an_export_of_nonsense_leads_back(asked, as_hana, counted):
    response = as_hana.post(reverse("reports:export"), asked)

    assert (response.status_code, response.url) == (303, "/reports/")
    assert Export.objects.count() == 0


def test_before_the_first_night_and_before_the_first_meeting_the_page_says_so(as_hana, cora):
    assert "No program has meetings yet" in words(page(as_hana))
    make.relationship()
    night()
    assert "No program has meetings yet" in words(page(as_hana))


def test_before_the_first_month_is_over_there_are_no_figures(as_hana):
    pair = make.relationship(activated_at=NOW - 9 * DAY)
    make.meeting(pair)
    night()

    assert "The first month is not over yet" in words(page(as_hana))


# The register and the log


def test_the_register_tells_who_takes_part_and_not_with_whom(as_hana, counted):
    rows = sheets(take(as_hana, report="register"))["Participation register"]

    assert rows[0] == ["Name", "Role", "Program", "Cycle", "Status", "Accepted on", "Left on", "Partner"]
    assert len(rows) == 1 + 38
    (own,) = [row for row in rows if row[0] == "Mentee 0"]
    assert own[:5] == ["Mentee 0", "Mentee", "Emerging Leaders", "1", "Matched"]
    assert (own[5].date(), own[6], own[7]) == (date(2026, 7, 22), None, None)


def test_partners_are_named_where_the_program_says_so(as_hana, cora):
    counted_program(cora, tells_hr_who_is_paired=True)
    night()
    rows = sheets(take(as_hana, report="register"))["Participation register"]

    assert {row[0]: row[7] for row in rows}["Mentee 3"] == "Mentor 3"


def test_the_log_of_a_coordinator_has_a_row_for_each_meeting_and_no_content(cora, counted, hana):
    client = Client()
    client.force_login(cora)
    made = client.post(reverse("reports:log", args=[counted.public_id]), {"format": "xlsx"})
    response = client.get(made.url)
    rows = sheets(response)["Meetings"]

    assert len(rows) == 1 + 20
    assert rows[1][:2] == ["Mentee 0", "Mentor 0"]
    assert rows[1][3:] == [60, "Regular meeting", "By video", "Held", "One"]
    export = Export.objects.get()
    assert Event.objects.filter(verb="export.asked_for", by=cora, scope=counted.scope).count() == 1
    stranger = Client()
    stranger.force_login(hana)
    assert stranger.get(reverse("reports:file", args=[export.public_id])).status_code == 404


def test_a_log_needs_a_kind_of_file(cora, counted):
    client = Client()
    client.force_login(cora)

    assert client.post(reverse("reports:log", args=[counted.public_id]), {"format": "exe"}).status_code == 422


# The export log


def test_each_export_is_in_the_log_of_whoever_made_it(as_hana, hana, ada, mira, counted):
    response = take(as_hana)
    made = Export.objects.get()

    assert (made.by, made.report, made.size) == (hana, "outcomes", len(response.content))
    assert "Program outcomes" in words(as_hana.get("/exports/"))
    as_ada, as_mira = Client(), Client()
    as_ada.force_login(ada)
    as_mira.force_login(mira)
    seen = as_ada.get("/exports/")
    assert hana.full_name in words(seen)
    assert "/file/" not in seen.content.decode()
    assert as_ada.get(reverse("reports:file", args=[made.public_id])).status_code == 404
    assert as_mira.get("/exports/").status_code == 403


def test_a_file_can_be_had_again_for_seven_days_by_who_is_still_hr(as_hana, hana, counted, clock):
    first = take(as_hana)
    again = reverse("reports:file", args=[Export.objects.get().public_id])
    assert as_hana.get(again).content == first.content

    clock.move_to(NOW + 8 * DAY)
    client = Client()
    client.force_login(hana)
    assert client.get(again).url == "/exports/"
    clock.move_to(NOW + DAY)
    hana.organisation_roles.update(ended_at=NOW)
    assert as_hana.get(again).status_code == 404


def test_many_exports_within_an_hour_have_to_wait(as_hana, counted, hana):
    Export.objects.bulk_create(
        Export(report="outcomes", format="csv", by=hana, at=NOW, as_of=NOW.date()) for _n in range(30)
    )
    response = as_hana.post(reverse("reports:export"), {"report": "outcomes", "format": "xlsx"})

    assert (response.status_code, response.url) == (303, "/reports/")
    assert Export.objects.count() == 30


@pytest.mark.parametrize("how_many", [1, 100])
def test_the_log_costs_the_same_for_one_and_for_a_hundred(how_many, as_hana, hana, django_assert_num_queries):
    Export.objects.bulk_create(
        Export(report="outcomes", format="csv", by=hana, at=NOW, as_of=NOW.date()) for _n in range(how_many)
    )
    with django_assert_num_queries(9):
        as_hana.get("/exports/")
