"""Every field looks and speaks in one way, also those of other people's forms."""

import re
from datetime import date, time
from html.parser import HTMLParser

import pytest
from django import forms as django_forms
from django.core.files.uploadedfile import SimpleUploadedFile

from core import forms


class Every(forms.Form):
    """One of each kind of control."""

    name = django_forms.CharField(max_length=20, help_text="As on your badge.")
    email = django_forms.EmailField(required=False)
    password = django_forms.CharField(widget=django_forms.PasswordInput)
    count = django_forms.IntegerField(min_value=1, max_value=9)
    price = django_forms.DecimalField(required=False)
    day = forms.DateField(help_text="In Oslo.")
    at = forms.TimeField(required=False)
    story = forms.Voice()
    few = forms.OneOf(choices=[("a", "A"), ("b", "B")], help_text="One of two.")
    some = forms.OneOf(choices=[(str(n), f"Choice {n}") for n in range(9)])
    many = forms.OneOf(choices=[(str(n), f"Choice {n}") for n in range(30)])
    several = forms.SeveralOf(choices=[("a", "A"), ("b", "B")], required=False)
    agreed = django_forms.BooleanField(help_text="Binding.")
    file = forms.Upload(most_bytes=10_000_000, endings=(".csv",), required=False)
    secret = django_forms.CharField(widget=django_forms.HiddenInput, required=False)
    seen_by = {"story": "pair", "few": "me"}
    other_name = "Ingrid"


class Ids(HTMLParser):
    """The ids of a page, and those that its controls point to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids, self.wanted, self.controls, self.labelled = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label" and "for" in given:
            self.labelled.append(given["for"])
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            self.controls.append(given)
        self.wanted += given.get("aria-describedby", "").split()


BOUND = {"name": "", "count": "x", "few": "z", "day": "03/04/2026"}


@pytest.mark.parametrize("data", [None, {}, BOUND])
def test_all_that_describes_a_control_is_there(data):
    page = Ids(str(Every(data)))
    assert set(page.wanted) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_every_control_has_a_label_of_its_own():
    page = Ids(str(Every()))
    assert sorted(control["id"] for control in page.controls) == sorted(page.labelled)


def test_hint_then_error_then_readers_describe_the_control():
    html = str(Every({})["story"].as_field_group())
    assert 'aria-describedby="id_story_error id_story_seen_by"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in str(Every({})["name"].as_field_group())


def test_a_group_of_choices_is_described_as_a_whole():
    html = Every({})["few"].as_field_group()
    assert (
        '<fieldset class="field bad" aria-describedby="id_few_helptext id_few_error id_few_seen_by">' in html
    )
    assert "<legend>Few</legend>" in html


def test_label_hint_error_and_control_stand_in_this_order():
    html = Every({})["name"].as_field_group()
    places = [html.index(part) for part in ("<label", 'class="hint"', 'class="err"', "<input")]
    assert places == sorted(places)


def test_what_may_be_left_out_says_so_and_nothing_has_an_asterisk():
    html = str(Every())
    assert html.count('<span class="opt">(optional)</span>') == 5
    assert "*" not in html


def test_the_browser_neither_refuses_nor_cuts_off_nor_hints_in_the_field():
    html = str(Every())
    for attribute in (
        "required",
        "maxlength",
        "minlength",
        "placeholder",
        'type="number"',
        "min=",
        "max=",
        "step=",
    ):
        assert attribute not in html.replace('step="300"', "")


def test_numbers_are_typed_with_the_right_keyboard():
    assert '<input type="text" name="count" inputmode="numeric"' in Every()["count"].as_field_group()
    assert 'inputmode="decimal"' in Every()["price"].as_field_group()


def test_controls_look_alike_and_choices_are_no_boxes():
    html = str(Every())
    boxes = [control for control in Ids(html).controls if "input" in control.get("class", "").split()]
    assert {control["name"] for control in boxes} == {
        "name", "email", "password", "count", "price", "day", "at", "story", "many", "file",
    }  # fmt: skip


def test_two_choices_are_cards_nine_a_list_and_thirty_a_select():
    form = Every()
    assert '<div class="choices"' in str(form["few"])
    assert '<div class="picks"' in str(form["some"])
    assert str(form["many"]).startswith("<select")
    assert '<div class="picks"' in str(form["several"])


def test_who_can_read_it_stands_under_the_control():
    html = Every()["story"].as_field_group()
    assert html.index("<textarea") < html.index("You and Ingrid can read this. Coordinators and HR cannot.")


def test_a_field_that_says_nothing_about_readers_shows_nothing():
    assert "seen-by" not in Every()["name"].as_field_group()


def test_errors_tell_what_to_do():
    errors = Every({}).errors
    assert errors["name"] == ["Fill in “Name”."]
    assert errors["few"] == ["Choose an answer to “Few”."]
    assert errors["day"] == ["Enter a date for “Day”."]
    assert errors["agreed"] == ["Tick “Agreed” to go on."]


def test_a_form_may_have_better_words_of_its_own():
    class Own(forms.Form):
        name = django_forms.CharField(error_messages={"required": "Say who you are."})

    assert Own({}).errors["name"] == ["Say who you are."]


def test_the_form_leads_with_the_summary_and_marks_the_field():
    html = str(Every({"name": ""}))
    assert html.index('class="errors"') < html.index('class="field bad"')
    assert 'aria-invalid="true"' in html


def test_what_was_typed_is_kept():
    html = str(Every(BOUND | {"story": "Half a <thought>", "password": "hunter2"}))
    assert "Half a &lt;thought&gt;" in html
    assert 'value="03/04/2026"' in html
    assert "hunter2" not in html


def test_forms_of_other_people_get_the_same_look():
    class Foreign(django_forms.Form):
        login = django_forms.EmailField(widget=django_forms.EmailInput({"placeholder": "Email"}))

    html = str(Foreign())
    assert 'class="field"' in html
    assert 'class="input"' in html
    assert "placeholder" not in html


def test_hints_are_escaped():
    class Sly(forms.Form):
        name = django_forms.CharField(label="<b>Name", help_text="<script>alert(1)</script>")

    assert "<script>" not in str(Sly({}))
    assert "<b>" not in str(Sly({}))


# The fields that Django lacks


@pytest.mark.parametrize("text", ["2026-10-15", "15 October 2026", "15.10.2026", "15/10/2026"])
def test_a_date_may_be_written_or_chosen(text):
    assert forms.DateField().clean(text) == date(2026, 10, 15)


def test_a_date_goes_to_the_browser_as_it_wants_it():
    class When(forms.Form):
        day = forms.DateField()

    assert 'type="date"' in str(When())
    assert 'value="2026-10-15"' in str(When(initial={"day": date(2026, 10, 15)}))


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("14:00", time(14)),
        ("14.30", time(14, 30)),
        ("9:05", time(9, 5)),
        ("1430", time(14, 30)),
        ("930", time(9, 30)),
        ("9", time(9)),
        ("2 pm", time(14)),
        ("2:30 PM", time(14, 30)),
        ("12 am", time(0)),
        ("12pm", time(12)),
        ("2 p.m.", time(14)),
    ],
)
def test_a_time_may_be_written_in_many_ways(text, clock):
    assert forms.TimeField().clean(text) == clock


@pytest.mark.parametrize("text", ["25:00", "noon", "14:75", "0 pm", "13 pm", "-1", "99999", "١٤:٠٠x"])
def test_what_is_no_time_gets_an_example(text):
    with pytest.raises(django_forms.ValidationError) as refused:
        forms.TimeField().clean(text)
    assert refused.value.messages == ["Write the time like 14:00."]


def test_an_empty_date_or_time_is_nothing():
    assert forms.DateField(required=False).clean("  ") is None
    assert forms.TimeField(required=False).clean("") is None


def test_a_file_that_is_too_large_or_of_another_kind_is_refused_in_words():
    field = forms.Upload(most_bytes=2_000_000, endings=(".csv", ".xlsx"))
    assert field.clean(SimpleUploadedFile("people.CSV", b"a,b")).name == "people.CSV"
    with pytest.raises(django_forms.ValidationError, match="larger than 2 MB"):
        field.clean(SimpleUploadedFile("people.csv", b"x" * 2_000_001))
    with pytest.raises(django_forms.ValidationError, match=re.escape("one that ends in .csv, .xlsx")):
        field.clean(SimpleUploadedFile("people.pdf", b"%PDF"))


def test_a_set_of_forms_looks_the_same():
    many = django_forms.formset_factory(Every, extra=2)
    page = Ids(str(many()))
    assert set(page.wanted) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
