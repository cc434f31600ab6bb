"""Countries by the codes of ISO 3166, as far as their public holidays are known.  Names and the zones of each
come from the time zone data."""

from functools import cache
from importlib.resources import files

import holidays


@cache
def countries() -> dict[str, str]:
    """Code to name, by name."""
    known = holidays.list_supported_countries(include_aliases=False)
    named = {code: name for code, name in _table("iso3166.tab") if code in known}
    return dict(sorted(named.items(), key=lambda pair: pair[1]))


def country_of_zone(zone: str) -> str:
    """The country in which that zone lies; empty where it lies in none, or in one whose holidays are unknown."""
    return _by_zone().get(zone, "")


@cache
def _by_zone() -> dict[str, str]:
    return {zone: code for code, _place, zone, *_ in _table("zone.tab") if code in countries()}


def _table(name: str) -> list[list[str]]:
    text = files("tzdata").joinpath("zoneinfo", name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
