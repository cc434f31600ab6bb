import pytest

from core.colour import Oklch, contrast, nearest_readable, to_hex, to_oklch


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),  # the grey that just fails, as every checker says
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#123456", "#123456", 1.0),
    ],
)
def test_contrast_is_that_of_the_guidelines(one, other, ratio):
    assert round(contrast(one, other), 2) == ratio
    assert round(contrast(other, one), 2) == ratio


@pytest.mark.parametrize(
    ("colour", "lightness", "chroma", "hue"),
    [
        ("#ffffff", 1, 0, None),
        ("#ff0000", 0.628, 0.258, 29.2),
        ("#00ff00", 0.866, 0.295, 142.5),
        ("#0000ff", 0.452, 0.313, 264.1),
    ],
)
def test_colours_have_the_published_places_in_oklch(colour, lightness, chroma, hue):
    found = to_oklch(colour)
    assert found.lightness == pytest.approx(lightness, abs=0.001)
    assert found.chroma == pytest.approx(chroma, abs=0.001)
    assert hue is None or found.hue == pytest.approx(hue, abs=0.1)


@pytest.mark.parametrize("colour", ["#02504a", "#9a4273", "#3f968b", "#000000", "#ffffff", "#808080"])
def test_there_and_back_is_the_same_colour(colour):
    assert to_hex(to_oklch(colour)) == colour


def test_what_no_screen_shows_becomes_less_colourful_and_keeps_its_lightness():
    shown = to_oklch(to_hex(Oklch(0.7, 0.4, 142)))
    assert shown.lightness == pytest.approx(0.7, abs=0.01)
    assert shown.chroma < 0.3


def test_a_readable_colour_is_left_alone():
    assert nearest_readable("#02504a", ("#ffffff",)) == "#02504a"


def test_an_unreadable_one_keeps_its_hue_and_just_passes():
    found = nearest_readable("#ffd000", ("#ffffff",))
    assert 4.5 <= contrast(found, "#ffffff") < 4.8
    assert to_oklch(found).hue == pytest.approx(to_oklch("#ffd000").hue, abs=4)


def test_what_is_no_colour_is_refused():
    with pytest.raises(ValueError, match="is not a colour"):
        contrast("tomato", "#ffffff")
