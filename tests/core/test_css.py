"""The style sheets keep their promises: readable in both themes, either direction of writing, and small."""

import gzip
import re
from pathlib import Path

import pytest

from core.colour import SHAPE, TEXT, contrast
from mentorship import accent

CSS = Path(__file__).parents[2] / "static" / "css"
JS = CSS.parent / "js"
TEMPLATES = CSS.parents[1] / "templates"
PAGES = [page for page in TEMPLATES.rglob("*.html") if "emails" not in page.relative_to(TEMPLATES).parts[:1]]
TOKENS = (CSS / "tokens.css").read_text()
COMPONENTS = (CSS / "components.css").read_text()

COLOURS = {
    name: {"light": light, "dark": dark}
    for name, light, dark in re.findall(
        r"--([\w-]+):\s*light-dark\((oklch\([^()]+\)),\s*(oklch\([^()]+\))\);", TOKENS
    )
}
SURFACES = ("canvas", "sheet", "sunken", "raised")

TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2", "link", "pine", "brick", "amber") for ground in SURFACES),
    *((ink, "pine-tint") for ink in ("ink", "pine", "link")),
    *((ink, "plum-tint") for ink in ("ink", "plum")),
    *((ink, "amber-tint") for ink in ("ink", "amber", "link")),
    *((ink, "brick-tint") for ink in ("ink", "brick", "link")),
    ("on-pine", "pine"),
    ("on-pine", "pine-hover"),
    ("canvas", "ink"),
]
SHAPE_PAIRS = [
    *((shape, ground) for shape in ("line-strong", "focus") for ground in SURFACES),
    *((mark, "sheet") for mark in ("pine-mid", "plum-mid", "amber-mid", "brick-mid", "pine")),
    ("pine", "canvas"),
    ("focus", "pine-tint"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_can_be_read(ink, ground, theme):
    assert contrast(COLOURS[ink][theme], COLOURS[ground][theme]) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), SHAPE_PAIRS)
def test_shapes_can_be_told_from_their_ground(mark, ground, theme):
    assert contrast(COLOURS[mark][theme], COLOURS[ground][theme]) >= SHAPE


def test_every_colour_is_given_for_both_themes():
    coloured = set(re.findall(r"--([\w-]+):[^;]*oklch", TOKENS)) - {"shadow", "shadow-lift"}
    assert coloured == set(COLOURS)


def rules(sheet: str) -> str:
    return re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)


def test_nothing_speaks_of_left_and_right_so_that_both_directions_of_writing_work():
    sides = "left|right|top|bottom"
    physical = rf"(?<![\w-])((?:margin-|padding-|border-)?(?:{sides})|(?:min-|max-)?(?:width|height))\s*:"
    assert re.findall(physical, rules(COMPONENTS)) == []
    assert re.findall(r"(text-align|float|clear):\s*(left|right)", rules(COMPONENTS)) == []


def test_components_take_every_colour_from_the_tokens():
    bare = re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rules(COMPONENTS))
    shade_behind_what_is_open = re.findall(r"oklch\([^)]*\)", rules(COMPONENTS))
    assert bare == []
    assert {re.sub(r" / .*", "", shade) for shade in shade_behind_what_is_open} == {"oklch(20% 0.02 200"}


def test_no_rule_shouts_and_no_rule_hangs_on_one_element():
    assert "!important" not in rules(COMPONENTS)
    assert re.findall(r"(?:^|[\s,>}])#[\w-]+\s*[{,]", rules(COMPONENTS)) == []


def test_every_token_in_use_exists():
    known = set(re.findall(r"(--[\w-]+)\s*:", TOKENS + COMPONENTS))
    used = set(re.findall(r"var\((--[\w-]+)", TOKENS + COMPONENTS))
    assert used - known == set()


def test_nothing_moves_for_people_who_ask_for_that():
    assert re.search(r"prefers-reduced-motion: reduce\) \{ --quick: 0ms; \}", TOKENS)
    moving = re.findall(r"transition:[^;]*;", rules(COMPONENTS))
    assert moving and all("var(--quick)" in rule for rule in moving)
    assert "animation" not in rules(COMPONENTS)


def test_no_font_and_no_picture_is_fetched():
    assert "url(" not in TOKENS + COMPONENTS
    assert "@font-face" not in TOKENS + COMPONENTS
    assert "@import" not in TOKENS + COMPONENTS


def test_templates_use_only_classes_that_have_a_look():
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", rules(COMPONENTS)))
    unknown = set()
    for template in PAGES:
        for given in re.findall(r'class="((?:[^"{]|\{%.*?%\}|\{\{.*?\}\})*)"', template.read_text()):
            words = re.sub(r"\S*\{\{.*?\}\}\S*", " ", re.sub(r"\{%.*?%\}", " ", given)).split()
            unknown |= {(template.name, word) for word in words} - {(template.name, word) for word in known}
    assert unknown == set()


def test_the_style_sheets_stay_within_their_budget():
    both = (TOKENS + COMPONENTS).encode()
    assert sorted(path.name for path in CSS.iterdir()) == ["components.css", "tokens.css"]
    assert len(both) <= 48_000
    assert len(gzip.compress(both)) <= 12_000


def test_our_own_scripts_stay_within_their_budget():
    assert sum(path.stat().st_size for path in JS.glob("*.js")) <= 5_000


def test_scripts_need_neither_eval_nor_markup_from_strings():
    ours = "".join(path.read_text() for path in JS.glob("*.js"))
    assert (
        re.findall(r"\beval\b|new Function|innerHTML|outerHTML|document\.write|setAttribute\(.on", ours) == []
    )


def test_an_accent_stands_on_the_surfaces_of_the_tokens():
    assert tuple(COLOURS[name]["light"] for name in SURFACES) == accent.LIGHT
    assert tuple(COLOURS[name]["dark"] for name in SURFACES) == accent.DARK


@pytest.mark.parametrize(
    "colour", ["#02504a", "#ffee00", "#00ff00", "#123456", "#ffffff", "#000000", "#ff7f50", "#8a2be2"]
)
def test_any_accent_becomes_readable(colour):
    tokens = accent.shades(colour)
    for n, surfaces in enumerate((accent.LIGHT, accent.DARK)):
        for ground in (*surfaces, tokens["pine-tint"][n]):
            assert contrast(tokens["pine"][n], ground) >= TEXT
        for ground in surfaces:
            assert contrast(tokens["pine-mid"][n], ground) >= SHAPE
        assert contrast(tokens["on-pine"][n], tokens["pine"][n]) >= TEXT
        assert contrast(tokens["on-pine"][n], tokens["pine-hover"][n]) >= TEXT
