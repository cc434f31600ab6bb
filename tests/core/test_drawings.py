import pytest
from django.utils.safestring import SafeString

from core.drawings import (
    Stop,
    bar,
    face,
    first_grapheme,
    group_faces,
    icon,
    initials,
    mini,
    pair_faces,
    path,
    tag,
    units,
)
from core.icons import ICONS


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Amara Osei", "AO"),
        ("Mei-Ling Chen", "MC"),
        ("Ludwig van Beethoven", "LB"),
        ("Plato", "P"),
        ("ingrid solheim", "IS"),
        ("Élodie Ångström", "ÉÅ"),
        ("E\u0301lodie A\u030angstro\u0308m", "ÉÅ"),
        ("王 小明", "王小"),
        ("นที แก้ว", "นแ"),
        ("हिन्दी भाषा", "हिभा"),
        ("ßonderling Test", "ßT"),
        ('"Bob" (Robert) Smith', "BS"),
        ("👩\u200d🚀 Test", "👩\u200d🚀T"),
        ("🇳🇴 Norway", "🇳🇴N"),
        ("", ""),
        ("  -  ", ""),
    ],
)
def test_initials_are_the_first_letters_that_a_reader_sees(name, letters):
    assert initials(name) == letters


def test_a_skin_tone_belongs_to_its_emoji():
    assert first_grapheme("👍🏽x") == "👍🏽"


def test_a_mentor_is_a_square_and_a_mentee_a_circle():
    assert face("Ingrid Solheim", "mentor") == '<span class="face face-mentor" aria-hidden="true">IS</span>'
    assert face("Amara Osei", "mentee") == '<span class="face" aria-hidden="true">AO</span>'
    assert pair_faces("Amara Osei", "Ingrid Solheim") == (
        '<span class="pair"><span class="face" aria-hidden="true">AO</span>'
        '<span class="face face-mentor" aria-hidden="true">IS</span></span>'
    )


def test_peers_are_two_circles():
    assert "face-mentor" not in pair_faces("A B", "C D", peers=True)


def test_a_name_cannot_bring_markup():
    drawn = face("<b> </b>", "mentee")
    assert drawn == '<span class="face" aria-hidden="true">&lt;&lt;</span>'
    assert isinstance(drawn, SafeString)


def test_a_group_shows_its_mentors_first_and_says_how_many_more():
    drawn = group_faces(["M One"], [f"P{n} X" for n in range(6)], at_most=3)
    assert drawn.count("face-mentor") == 1
    assert drawn.index("MO") < drawn.index("PX")
    assert ">+4</span>" in drawn


def test_only_known_shapes_and_tones_are_drawn():
    with pytest.raises(ValueError, match="not 'boss'"):
        face("A", "boss")
    with pytest.raises(ValueError, match="not 'pink'"):
        tag("pink", "Hello")
    with pytest.raises(ValueError, match="There is no icon 'unicorn'"):
        icon("unicorn")


@pytest.mark.parametrize("name", sorted(ICONS))
def test_every_icon_is_hidden_from_screen_readers_and_drawn_by_path_data_alone(name):
    drawn = icon(name)
    assert 'aria-hidden="true"' in drawn
    assert set(ICONS[name]) <= set("MmLlHhVvCcSsAaZz0123456789.- ")


def test_a_state_is_a_word_with_a_tone():
    assert tag("good", "On rhythm") == '<span class="tag" data-tone="good">On rhythm</span>'
    assert tag("", "Not started") == '<span class="tag">Not started</span>'


def test_a_path_says_in_words_what_is_done_and_where_one_stands():
    drawn = path([Stop("Initiation", "done", "Finished"), Stop("Cultivation", "now"), Stop("Separation")])
    assert drawn.count("<li") == 3
    assert '<li data-state="done"><span class="stop"><svg' in drawn
    assert '<li data-state="now" aria-current="step"><span class="stop">2</span>' in drawn
    assert '<span class="vh">Current stage: </span><b>Cultivation</b>' in drawn
    assert '<span class="stop">3</span><span class="vh">Not started: </span><b>Separation</b>' in drawn


def test_a_path_of_counts_has_numbers_in_its_stops_and_no_current_one():
    drawn = path([Stop("Initiation", "now", mark="6"), Stop("Cultivation", "now", mark="16")], counts=True)
    assert '<span class="stop">6</span><b>Initiation</b>' in drawn
    assert "aria-current" not in drawn


def test_a_compact_path_carries_its_sentence():
    assert 'class="path path-c" role="list" data-now="Stage 2 of 4"' in path([], compact="Stage 2 of 4")


@pytest.mark.parametrize(("now", "done", "open_"), [(1, 0, 3), (2, 1, 2), (4, 3, 0), (5, 4, 0)])
def test_a_small_path_has_a_dot_for_each_stage(now, done, open_):
    drawn = mini(now, 4, "Stage")
    assert drawn.count('fill="currentColor"') == done
    assert drawn.count('r="3"') == open_
    assert drawn.count("<circle") == 4
    assert f", stage {min(now, 4)} of 4" in drawn


@pytest.mark.parametrize(
    ("value", "top", "width"),
    [(22, 24, "91.67"), (0, 10, "0"), (30, 20, "100"), (-1, 10, "0"), (None, 10, "0"), (5, 0, "5")],
)
def test_a_bar_never_leaves_its_frame(value, top, width):
    assert f'<rect class="f-pine" width="{width}" height="8"/>' in bar(value, top)


def test_a_bar_shows_its_target():
    assert '<rect class="target" x="89.6" width="0.8" height="8"/>' in bar(19, 20, 18)
    assert "target" not in bar(19, 20)


def test_marks_show_first_what_to_look_at():
    drawn = units(4, 2)
    assert drawn.count("<circle") == 6
    assert drawn.count("f-amber") == 4
    assert drawn.index("f-amber") < drawn.index("f-plum")
    assert 'height="13"' in drawn
    assert 'height="26"' in units(5, 2)


def test_too_many_marks_stand_for_several_and_say_so():
    drawn = units(597, 3)
    assert drawn.count("<circle") == 61
    assert drawn.count("f-amber") == 2
    assert "Each mark is 10 pairs" in drawn
