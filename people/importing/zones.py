"""Time zones, as directories and people name them."""

from functools import cache, lru_cache
from zoneinfo import available_timezones

from people.importing.cells import fold

# What Windows and the directories built on it call the zones.
WINDOWS = {
    "w. europe standard time": "Europe/Berlin",
    "central europe standard time": "Europe/Budapest",
    "romance standard time": "Europe/Paris",
    "central european standard time": "Europe/Warsaw",
    "gmt standard time": "Europe/London",
    "greenwich standard time": "Atlantic/Reykjavik",
    "e. europe standard time": "Europe/Chisinau",
    "fle standard time": "Europe/Kyiv",
    "gtb standard time": "Europe/Bucharest",
    "russian standard time": "Europe/Moscow",
    "turkey standard time": "Europe/Istanbul",
    "eastern standard time": "America/New_York",
    "central standard time": "America/Chicago",
    "mountain standard time": "America/Denver",
    "pacific standard time": "America/Los_Angeles",
    "us mountain standard time": "America/Phoenix",
    "atlantic standard time": "America/Halifax",
    "newfoundland standard time": "America/St_Johns",
    "e. south america standard time": "America/Sao_Paulo",
    "argentina standard time": "America/Buenos_Aires",
    "sa pacific standard time": "America/Bogota",
    "hawaiian standard time": "Pacific/Honolulu",
    "alaskan standard time": "America/Anchorage",
    "central standard time (mexico)": "America/Mexico_City",
    "india standard time": "Asia/Kolkata",
    "china standard time": "Asia/Shanghai",
    "tokyo standard time": "Asia/Tokyo",
    "korea standard time": "Asia/Seoul",
    "singapore standard time": "Asia/Singapore",
    "se asia standard time": "Asia/Bangkok",
    "arabian standard time": "Asia/Dubai",
    "arab standard time": "Asia/Riyadh",
    "israel standard time": "Asia/Jerusalem",
    "egypt standard time": "Africa/Cairo",
    "south africa standard time": "Africa/Johannesburg",
    "w. central africa standard time": "Africa/Lagos",
    "e. africa standard time": "Africa/Nairobi",
    "aus eastern standard time": "Australia/Sydney",
    "e. australia standard time": "Australia/Brisbane",
    "w. australia standard time": "Australia/Perth",
    "new zealand standard time": "Pacific/Auckland",
    "utc": "UTC",
    "gmt": "UTC",
    "z": "UTC",
}


@cache
def _zones() -> dict[str, str]:
    zones = sorted(
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))
    )
    by_city: dict[str, set[str]] = {}
    for zone in zones:
        by_city.setdefault(zone.rsplit("/", 1)[1].replace("_", " ").lower(), set()).add(zone)
    cities = {city: next(iter(found)) for city, found in by_city.items() if len(found) == 1}
    return cities | WINDOWS | {zone.lower(): zone for zone in zones}


@lru_cache(maxsize=4096)
def zone_of(text: str) -> str | None:
    """Names of the zone database in any case, of Windows, and cities that name one zone only."""
    name = fold(text).lower()
    return _zones().get(name) or _zones().get(name.replace(" ", "_"))
