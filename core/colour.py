"""Colours, measured: how far apart two of them are for the eye, and the nearest one that can be read.

Contrast is that of WCAG 2.2 (1.4.3): from 1, no difference, to 21, black on white.  Colours are written as
#rrggbb or as oklch(lightness% chroma hue), as in tokens.css.
"""

import math
import re
from typing import NamedTuple

TEXT, SHAPE = 4.5, 3.0  # what text, and what controls and drawings, must reach

HEX = re.compile(r"#([0-9a-fA-F]{6})")
OKLCH = re.compile(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)")


class Oklch(NamedTuple):
    lightness: float  # 0 to 1
    chroma: float
    hue: float  # in degrees


def luminance(colour: str) -> float:
    """Relative luminance, from 0 (black) to 1 (white)."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def nearest_readable(colour: str, against: tuple[str, ...], *, at_least: float = TEXT) -> str:
    """``colour``, or the nearest in lightness of its hue that reaches ``at_least`` on all of ``against``."""
    if all(contrast(colour, ground) >= at_least for ground in against):
        return colour
    wanted = to_oklch(colour)
    steps = sorted((n / 200 for n in range(201)), key=lambda lightness: abs(lightness - wanted.lightness))
    tried = (to_hex(wanted._replace(lightness=lightness)) for lightness in steps)
    return next(shade for shade in tried if all(contrast(shade, ground) >= at_least for ground in against))


def to_oklch(colour: str) -> Oklch:
    """Björn Ottosson's OKLab, in polar form: https://bottosson.github.io/posts/oklab/"""
    if match := OKLCH.fullmatch(colour):
        return Oklch(float(match[1]) / 100, float(match[2]), float(match[3]))
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Oklch(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


def to_hex(colour: Oklch) -> str:
    """Less colourful where a screen cannot show as much."""
    for chroma in (colour.chroma * n / 20 for n in range(20, -1, -1)):
        linear = _oklch_to_linear(colour._replace(chroma=chroma))
        if all(-1e-4 <= part <= 1 + 1e-4 for part in linear):
            break
    return "#" + "".join(f"{round(255 * _gamma(min(max(part, 0), 1))):02x}" for part in linear)


def _linear(colour: str) -> tuple[float, float, float]:
    """Red, green and blue as amounts of light; out of a screen's reach they are cut to it, as browsers do."""
    if match := OKLCH.fullmatch(colour):
        colour = to_hex(Oklch(float(match[1]) / 100, float(match[2]), float(match[3])))
    if not (match := HEX.fullmatch(colour)):
        raise ValueError(f"{colour!r} is not a colour like #02504a or oklch(39% 0.068 188).")
    red, green, blue = (int(match[1][n : n + 2], 16) / 255 for n in (0, 2, 4))
    return _ungamma(red), _ungamma(green), _ungamma(blue)


def _oklch_to_linear(colour: Oklch) -> tuple[float, float, float]:
    a = colour.chroma * math.cos(math.radians(colour.hue))
    b = colour.chroma * math.sin(math.radians(colour.hue))
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _ungamma(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
