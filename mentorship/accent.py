"""The organisation's own colour in place of pine, as a small style sheet, made readable in both themes."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition

from core.colour import SHAPE, Oklch, nearest_readable, to_hex, to_oklch
from people.models import Organisation

# The surfaces of tokens.css on which the accent stands: a test keeps the two in step.
LIGHT = ("oklch(96.6% 0.006 150)", "oklch(99.5% 0.002 150)", "oklch(94.6% 0.008 150)", "oklch(100% 0 0)")
DARK = ("oklch(18.5% 0.012 200)", "oklch(22.5% 0.014 200)", "oklch(26.5% 0.015 200)", "oklch(27% 0.016 200)")


def shades(accent: str) -> dict[str, tuple[str, str]]:
    """Token to its colour in light and in dark.  Text on the accent's own tint reads as well."""
    hue = to_oklch(accent)
    tints = (_shade(hue, 0.935, 0.024), _shade(hue, 0.31, 0.035))
    base = (
        nearest_readable(accent, (*LIGHT, tints[0])),
        nearest_readable(_shade(hue, 0.82, 0.085), (*DARK, tints[1])),
    )
    middle = (
        nearest_readable(_shade(hue, 0.62, 0.1), LIGHT, at_least=SHAPE),
        nearest_readable(_shade(hue, 0.66, 0.1), DARK, at_least=SHAPE),
    )
    return {
        "pine": base,
        "pine-hover": (_nearer(base[0], -0.06), _nearer(base[1], 0.06)),
        "on-pine": ("#ffffff", "#06201f"),
        "pine-mid": middle,
        "pine-tint": tints,
        "link": base,
    }


def _shade(hue: Oklch, lightness: float, chroma: float) -> str:
    return to_hex(Oklch(lightness, min(chroma, hue.chroma), hue.hue))


def _nearer(colour: str, step: float) -> str:
    shade = to_oklch(colour)
    return to_hex(shade._replace(lightness=min(max(shade.lightness + step, 0), 1)))


def _tag(request: HttpRequest) -> str:
    return f'"{Organisation.objects.current().accent}"'


@login_not_required
@condition(etag_func=_tag)
def sheet(request: HttpRequest) -> HttpResponse:
    accent = Organisation.objects.current().accent
    lines = (
        "".join(f"--{token}:light-dark({light},{dark});" for token, (light, dark) in shades(accent).items())
        if accent
        else ""
    )
    return HttpResponse(f"@layer tokens{{:root{{{lines}}}}}", content_type="text/css")
