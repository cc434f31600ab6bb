"""When a person may be written to, from what the profile says."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from activity.hours import Hours, public_holidays
from people.countries import countries, country_of_zone
from people.models import Site


def test_hours_are_those_of_the_profile(theo):
    assert theo.letter_hours == Hours(
        ZoneInfo("Europe/Oslo"), frozenset({0, 1, 2, 3, 4}), time(18), time(8), ""
    )
    theo.profile.working_hours = {"sun": [["08:00", "16:00"]], "mon": [["08:00", "12:00"]], "tue": []}
    theo.profile.quiet_from = time(22)
    theo.profile.country = "NO"
    hours = theo.letter_hours
    assert (hours.days, hours.quiet_from, hours.country) == (frozenset({0, 6}), time(22), "NO")


@pytest.mark.parametrize(
    ("site", "said", "rests_in"),
    [
        (None, "", ""),
        ("", "", ""),
        ("UTC", "", ""),
        ("Europe/Oslo", "", "NO"),
        ("Europe/Oslo", "DE", "DE"),
        ("Europe/Oslo", "none", ""),
        (None, "DE", "DE"),
    ],
)
def test_the_country_is_said_or_that_of_the_place_of_work(theo, site, said, rests_in):
    theo.profile.country = said
    theo.profile.site = None if site is None else Site.objects.create(name="Place", zone=site)
    assert theo.profile.rests_in == rests_in


@pytest.mark.once
def test_zones_lie_in_countries_whose_holidays_are_known():
    assert [country_of_zone(zone) for zone in ("Asia/Kolkata", "America/New_York", "Pacific/Chatham")] == [
        "IN",
        "US",
        "NZ",
    ]
    assert [country_of_zone(zone) for zone in ("UTC", "", "Mars/Olympus", "Etc/GMT+1")] == [""] * 4
    assert countries()["NO"] == "Norway"
    assert list(countries().values()) == sorted(countries().values())
    assert len(countries()) > 150
    without = [code for code in countries() if not public_holidays(code, 2026)]
    assert len(without) < 5, without
