"""Confidential text: what the database holds says nothing, and what was moved or touched does not open."""

import base64
import copy
import json
import pickle

import pytest
from django import forms
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.serializers import serialize
from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.functions import Upper
from django.db.utils import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from core import crypto
from core.crypto import EncryptedJSONField, EncryptedTextField, KeyRing, Sealed, Unreadable, sealed
from core.ids import new_public_id
from core.management.commands import rewrap as command
from core.management.commands.rewrap import confidential_fields, keys_in_use, rewrap

OLD, NEW = "old:" + "o" * 40, "new:" + "n" * 40
CANARY = "Theo thinks of leaving"
PLACE = crypto.place_of("notes", "body", "abcd2345")


class Diary(models.Model):  # noqa: DJ008
    """A confidential model of these tests alone: its app is not installed, so nothing else ever finds it."""

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id)
    title = models.CharField(max_length=20, default="")
    body = EncryptedTextField(blank=True, bound_to="public_id")
    aside = EncryptedTextField(null=True, bound_to="public_id")
    answers = EncryptedJSONField(default=dict, blank=True, bound_to="public_id")
    wish = EncryptedJSONField(null=True, bound_to="public_id")

    class Meta:
        app_label = "diaries"


@pytest.fixture(scope="module", autouse=True)
def table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Diary)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Diary)


@pytest.fixture(autouse=True)
def keys(settings):
    settings.CONTENT_KEYS = [OLD]


def stored(column, diary):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM diaries_diary WHERE id = %s", [diary.pk])
        return cursor.fetchone()[0]


def store(column, diary, text):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE diaries_diary SET {column} = %s WHERE id = %s", [text, diary.pk])


# The key ring


@given(st.text(), st.text())
def test_what_was_sealed_opens_to_the_very_same_text(text, identity):
    ring = KeyRing((OLD,))
    place = crypto.place_of("notes", "body", identity)

    assert ring.open(ring.seal(text, place), place) == text


@pytest.mark.parametrize("text", ["", "\0", "ends with \0\0", "\ud800 alone", "ü" * 1000, "\x80\0", CANARY])
def test_texts_that_padding_and_encodings_trip_over_come_back_whole(text):
    ring = KeyRing((OLD,))

    assert ring.open(ring.seal(text, PLACE), PLACE) == text


def test_what_an_earlier_version_sealed_still_opens():
    earlier = "v1|old|9CmyY9hVvgscyS4W|HDgpwrFto6-Ys6kty1JodC3uulqHGWlj2sIrZrdRZEdHNSIWBRtxyB_YhaXJBuH-"

    assert KeyRing((OLD,)).open(earlier, PLACE) == CANARY


def test_sealing_twice_never_looks_the_same():
    ring = KeyRing((OLD,))

    assert len({ring.seal(CANARY, PLACE) for _ in range(200)}) == 200


def test_sealed_text_names_its_form_and_its_key():
    version, name, nonce, ciphertext = KeyRing((NEW, OLD)).seal(CANARY, PLACE).split("|")

    assert (version, name, len(nonce)) == ("v1", "new", 16)
    assert len(base64.urlsafe_b64decode(ciphertext + "==")) == 32 + 16


def test_short_answers_are_equally_long_when_sealed():
    ring = KeyRing((OLD,))

    assert {len(ring.seal("x" * n, PLACE)) for n in range(32)} == {len(ring.seal("", PLACE))}
    assert len(ring.seal("x" * 32, PLACE)) > len(ring.seal("x" * 31, PLACE))


def test_every_changed_character_is_refused():
    ring = KeyRing((OLD, NEW))
    text = ring.seal(CANARY, PLACE)

    for at, was in enumerate(text):
        for becomes in "AzZ09-_|=+/!\n é".replace(was, ""):
            with pytest.raises(Unreadable):
                ring.open(text[:at] + becomes + text[at + 1 :], PLACE)
        with pytest.raises(Unreadable):
            ring.open(text[:at] + text[at + 1 :], PLACE)
    for more in ("=", "A", "\n", " ", "|"):
        with pytest.raises(Unreadable):
            ring.open(text + more, PLACE)


@pytest.mark.parametrize(
    "other", ["x", "", "v1|old|a", "v1|old||", "v2|old|a|b", "v1|older|AAAA|AAAA", CANARY]
)
def test_what_is_not_sealed_text_is_refused(other):
    with pytest.raises(Unreadable):
        KeyRing((OLD,)).open(other, PLACE)


@pytest.mark.parametrize(
    "place",
    [
        crypto.place_of("letters", "body", "abcd2345"),
        crypto.place_of("notes", "aside", "abcd2345"),
        crypto.place_of("notes", "body", "abcd2346"),
        crypto.place_of("notes", "body", ""),
    ],
)
def test_another_table_column_or_row_does_not_open_it(place):
    ring = KeyRing((OLD,))

    with pytest.raises(Unreadable):
        ring.open(ring.seal(CANARY, PLACE), place)


def test_places_cannot_be_written_alike():
    assert crypto.place_of("a", "b|c", "d") != crypto.place_of("a|b", "c", "d")
    assert crypto.place_of('a", "b', "c", "d") != crypto.place_of("a", "b", 'c", "d')


def test_a_key_of_the_same_name_with_another_secret_does_not_open_it():
    with pytest.raises(Unreadable):
        KeyRing(("old:" + "x" * 40,)).open(KeyRing((OLD,)).seal(CANARY, PLACE), PLACE)


def test_the_name_of_the_key_is_part_of_what_is_sealed():
    twins = KeyRing(("a:" + "s" * 40, "b:" + "s" * 40))

    with pytest.raises(Unreadable):
        twins.open(twins.seal(CANARY, PLACE).replace("v1|a|", "v1|b|"), PLACE)


def test_the_first_key_seals_and_all_open():
    before = KeyRing((OLD,)).seal(CANARY, PLACE)
    ring = KeyRing((NEW, OLD))

    assert ring.open(before, PLACE) == CANARY
    assert crypto.key_name(ring.seal(CANARY, PLACE)) == ring.newest == "new"


@pytest.mark.parametrize("text", ["", "plain", "v1|a|b", "v2|a|b|c"])
def test_what_is_not_sealed_has_no_key_name(text):
    assert crypto.key_name(text) == ""


@pytest.mark.parametrize(
    "entries",
    [
        (),
        ("without a colon" * 5,),
        (":" + "s" * 40,),
        ("a b:" + "s" * 40,),
        ("a|b:" + "s" * 40,),
        ("n" * 33 + ":" + "s" * 40,),
        (OLD, "old:" + "x" * 40),
        ("short:" + "s" * 31,),
    ],
)
def test_a_ring_that_could_fail_later_is_refused_at_once(entries, settings):
    with pytest.raises(ImproperlyConfigured) as refusal:
        KeyRing(entries)
    assert "s" * 31 not in str(refusal.value)

    settings.CONTENT_KEYS = list(entries)
    assert [error.id for error in crypto.check_keys(None)] == ["core.E004"]


def test_a_key_name_of_32_and_a_secret_of_32_characters_are_enough():
    name = "n" * 32

    assert KeyRing((f"{name}:{'s' * 32}",)).names == [name]
    assert crypto.check_keys(None) == []


def test_nothing_prints_a_secret_or_a_text():
    diary = Diary(body=CANARY, answers={"why": CANARY})
    handed_over = sealed(diary, body=CANARY)

    assert repr(KeyRing((NEW, OLD))) == "<KeyRing new, old>"
    assert repr(handed_over) == str(handed_over) == "{'body': <sealed>}"
    assert f"{handed_over['body']}" == "<sealed>"
    assert vars(diary)["body"].__repr__() == "<confidential>"
    assert CANARY not in repr(diary) + repr(vars(diary))


# A row


@pytest.mark.django_db
def test_a_row_comes_back_and_the_database_holds_none_of_it():
    diary = Diary.objects.create(title="May", body=CANARY, answers={"why": CANARY, "n": [1, None]})

    again = Diary.objects.get(pk=diary.pk)
    assert (again.body, again.aside, again.answers, again.wish) == (
        CANARY,
        None,
        {"why": CANARY, "n": [1, None]},
        None,
    )
    assert stored("body", diary).startswith("v1|old|")
    assert stored("answers", diary).startswith("v1|old|")
    assert stored("aside", diary) is None and stored("wish", diary) is None


@pytest.mark.django_db
@pytest.mark.parametrize("empty", ["", " ", "\0"])
def test_an_empty_text_is_sealed_too_and_is_not_null(empty):
    diary = Diary.objects.create(body=empty)

    assert stored("body", diary).startswith("v1|old|")
    assert Diary.objects.get(pk=diary.pk).body == empty


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value", [{}, [], "", 0, False, {"a": None}, [None], 1.5, "ü\ud800", {"1": {"2": [3]}}]
)
def test_any_json_comes_back(value):
    diary = Diary.objects.create(answers=value, wish=value)

    again = Diary.objects.get(pk=diary.pk)
    assert again.answers == again.wish == value
    assert stored("wish", diary).startswith("v1|old|")


@pytest.mark.django_db
def test_none_is_null_and_refused_where_null_is():
    with pytest.raises(IntegrityError):
        Diary.objects.create(answers=None)


@pytest.mark.django_db
def test_json_changed_in_place_is_saved():
    diary = Diary.objects.create(answers={"a": 1})
    again = Diary.objects.get(pk=diary.pk)

    again.answers["b"] = 2
    again.save()

    assert Diary.objects.get(pk=diary.pk).answers == {"a": 1, "b": 2}


@pytest.mark.django_db
def test_saving_seals_anew_with_the_newest_key(settings):
    diary = Diary.objects.create(body=CANARY)
    settings.CONTENT_KEYS = [NEW, OLD]

    Diary.objects.get(pk=diary.pk).save()

    assert stored("body", diary).startswith("v1|new|")
    assert Diary.objects.get(pk=diary.pk).body == CANARY


@pytest.mark.django_db
def test_many_rows_are_made_at_once():
    diaries = Diary.objects.bulk_create(Diary(body=f"{CANARY} {n}", wish=[n]) for n in range(5))

    assert [(d.body, d.wish) for d in Diary.objects.order_by("pk")] == [
        (f"{CANARY} {n}", [n]) for n in range(5)
    ]
    assert len({stored("body", d) for d in diaries}) == 5


@pytest.mark.django_db
def test_update_takes_what_was_sealed_for_the_row():
    diary = Diary.objects.create(body="before", answers={"a": 1}, aside="x", title="May")

    changed = Diary.objects.filter(pk=diary.pk, title="May").update(
        title="June", **sealed(diary, body=CANARY, answers={"a": 2}, aside=None)
    )

    diary.refresh_from_db()
    assert (changed, diary.body, diary.answers, diary.aside, diary.title) == (
        1,
        CANARY,
        {"a": 2},
        None,
        "June",
    )


@pytest.mark.django_db
def test_update_refuses_plain_text_and_the_text_of_another_column():
    diary = Diary.objects.create(body="before")
    refused = [
        ("write it with save", {"body": CANARY}),
        ("not for aside", {"aside": sealed(diary, body=CANARY)["body"]}),
        ("diaries_diary.body", {"aside": Sealed("v1|a|b|c", "diaries_diary", "body")}),
        ("others.body", {"body": Sealed("v1|a|b|c", "others", "body")}),
    ]

    for message, values in refused:
        with pytest.raises(TypeError, match=message), transaction.atomic():
            Diary.objects.update(**values)
    diary.body = "after"
    with pytest.raises(TypeError, match="write it with save"), transaction.atomic():
        Diary.objects.bulk_update([diary], ["body"])
    assert Diary.objects.get().body == "before"


@pytest.mark.django_db
def test_text_sealed_for_one_row_does_not_open_in_another():
    mine, other = Diary.objects.create(body=CANARY), Diary.objects.create(body="other")

    Diary.objects.filter(pk=other.pk).update(**sealed(mine, body="mine"))

    with pytest.raises(Unreadable):
        _ = Diary.objects.get(pk=other.pk).body


@pytest.mark.django_db
def test_text_moved_between_rows_or_columns_in_the_database_does_not_open():
    mine, other = Diary.objects.create(body=CANARY, aside="aside"), Diary.objects.create(body="other")

    store("body", other, stored("body", mine))
    store("aside", mine, stored("body", mine))

    with pytest.raises(Unreadable):
        _ = Diary.objects.get(pk=other.pk).body
    with pytest.raises(Unreadable):
        _ = Diary.objects.get(pk=mine.pk).aside
    Diary.objects.update(aside=F("body"))
    with pytest.raises(Unreadable):
        _ = Diary.objects.get(pk=mine.pk).aside
    assert Diary.objects.get(pk=mine.pk).body == CANARY


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rubbish", ["", "plain", "v1|old|AAAA|AAAA", "v9|old|AAAA|AAAA", "v1|lost|AAAA|AAAA", "null"]
)
@pytest.mark.parametrize("column", ["body", "answers"])
def test_a_damaged_row_is_neither_empty_nor_plain(rubbish, column):
    diary = Diary.objects.create(body=CANARY)
    store(column, diary, rubbish)

    again = Diary.objects.get(pk=diary.pk)
    with pytest.raises(Unreadable):
        getattr(again, column)
    with pytest.raises(Unreadable), transaction.atomic():
        again.save()
    again.title = "still written"
    again.save(update_fields=["title"])
    assert stored(column, diary) == rubbish


@pytest.mark.django_db
def test_a_lost_key_makes_unreadable_and_the_message_holds_no_text(settings):
    diary = Diary.objects.create(body=CANARY)
    settings.CONTENT_KEYS = [NEW]

    with pytest.raises(Unreadable) as refusal:
        _ = Diary.objects.get(pk=diary.pk).body
    assert CANARY not in str(refusal.value) and stored("body", diary) not in str(refusal.value)


@pytest.mark.django_db
def test_a_copied_row_under_a_new_name_is_not_saved_unreadable():
    diary = Diary.objects.create(body=CANARY)
    copied = Diary.objects.get(pk=diary.pk)
    copied.pk, copied.public_id = None, new_public_id()

    with pytest.raises(Unreadable), transaction.atomic():
        copied.save()
    assert Diary.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("nobody", ["", None])
def test_a_row_without_its_name_is_not_sealed(nobody):
    with pytest.raises(ValueError, match="public_id must be known"):
        Diary.objects.create(public_id=nobody, body=CANARY)


@pytest.mark.django_db
@pytest.mark.parametrize("value", [5, b"bytes", ["list"], F("aside"), Upper("aside")])
def test_only_text_is_text(value):
    with pytest.raises(TypeError, match="takes text"):
        Diary.objects.create(body=value)


@pytest.mark.django_db
@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, F("aside")])
def test_only_json_is_json(value):
    with pytest.raises((TypeError, ValueError)), transaction.atomic():
        Diary.objects.create(answers=value)
    with pytest.raises(ValidationError) as refusal:
        Diary(answers=value, body="x", aside="x", wish=[1], title="x").full_clean()
    assert list(refusal.value.message_dict) == ["answers"]


@pytest.mark.django_db
def test_a_clean_row_is_clean():
    Diary(answers={"a": [1]}, body="x", aside="x", wish=[1], title="x").full_clean()


# Reading by other ways


@pytest.mark.django_db
def test_values_give_sealed_text_that_opens_with_the_name_of_its_row():
    diary = Diary.objects.create(body=CANARY, answers={"a": 1})

    row = Diary.objects.values("public_id", "body", "answers", "aside").get()

    assert row["body"].open(diary.public_id) == CANARY
    assert row["answers"].open(row["public_id"]) == {"a": 1}
    assert row["aside"] is None
    assert CANARY not in str(row)
    with pytest.raises(Unreadable):
        row["body"].open(new_public_id())


@pytest.mark.django_db
def test_sealed_values_given_to_an_instance_open_there_and_are_saved():
    Diary.objects.create(body=CANARY)
    row = Diary.objects.values("public_id", "body").get()

    diary = Diary(**row)
    assert diary.body == CANARY
    assert Diary(public_id=new_public_id(), body=None).body is None


@pytest.mark.django_db
def test_a_deferred_text_costs_one_query_and_opens(django_assert_num_queries):
    Diary.objects.create(body=CANARY)

    for rows in (
        Diary.objects.defer("body"),
        Diary.objects.only("title"),
        Diary.objects.defer("body", "public_id"),
    ):
        diary = rows.get()
        assert "body" in diary.get_deferred_fields()
        with django_assert_num_queries(1):
            assert diary.body == CANARY
            assert diary.body == CANARY


@pytest.mark.django_db
def test_a_list_that_shows_no_content_opens_none(monkeypatch):
    Diary.objects.create(body=CANARY)
    opened = []
    monkeypatch.setattr(Sealed, "open", lambda self, identity: opened.append(identity) or "opened")

    diary = Diary.objects.get()
    assert opened == []
    assert [diary.body, diary.body] == ["opened", "opened"]
    assert opened == [diary.public_id]


@pytest.mark.django_db
def test_refreshing_reads_what_is_there_now():
    diary = Diary.objects.create(body="before")
    Diary.objects.filter(pk=diary.pk).update(**sealed(diary, body="after"))

    diary.refresh_from_db()

    assert diary.body == "after"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "search",
    [
        {"body": "x"},
        {"body__exact": "x"},
        {"body": None},
        {"body__startswith": "v1"},
        {"body__in": ["x"]},
        {"body__contains": "x"},
        {"body__gt": ""},
        {"answers__why": "x"},
        {"answers__has_key": "x"},
        {"body__upper": "X"},
        {"body__upper__exact": "X"},
        {"answers__why__isnull": True},
        {"wish": [1]},
    ],
)
def test_nothing_searches_it(search):
    with pytest.raises(FieldError, match="confidential"):
        Diary.objects.filter(**search).exists()


@pytest.mark.django_db
def test_nothing_takes_a_part_of_it_out():
    for ask in (lambda rows: rows.values("answers__why"), lambda rows: rows.order_by("body__upper")):
        with pytest.raises(FieldError):
            list(ask(Diary.objects.all()))


@pytest.mark.django_db
def test_it_can_be_asked_whether_it_is_there():
    there, absent = Diary.objects.create(aside=""), Diary.objects.create()

    assert Diary.objects.get(aside__isnull=False) == there
    assert Diary.objects.get(aside__isnull=True) == absent


@pytest.mark.django_db
def test_a_dump_of_data_is_sealed():
    diary = Diary.objects.create(body=CANARY, answers={"why": CANARY})

    dumped = json.loads(serialize("json", [diary]))[0]["fields"]

    assert dumped["body"].startswith("v1|old|") and dumped["answers"].startswith("v1|old|")
    assert dumped["aside"] is None
    assert CANARY not in json.dumps(dumped)


def test_plain_content_is_not_pickled_and_sealed_content_is():
    diary = Diary(body=CANARY)
    handed_over = sealed(diary, body=CANARY)["body"]

    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(vars(diary)["body"])
    assert pickle.loads(pickle.dumps(handed_over)).open(diary.public_id) == CANARY


def test_a_deep_copy_is_a_copy():
    diary = Diary(answers={"a": [1]})

    copied = copy.deepcopy(vars(diary)["answers"])
    copied.value["a"].append(2)

    assert (diary.answers, copied.value) == ({"a": [1]}, {"a": [1, 2]})


# The fields


def test_a_migration_writes_the_field_down_whole():
    for name in ("body", "aside", "answers", "wish"):
        field = Diary._meta.get_field(name)
        _, path, args, kwargs = field.deconstruct()
        assert path.startswith("core.crypto.Encrypted")
        assert (args, kwargs["bound_to"]) == ([], "public_id")
        assert field.clone().deconstruct()[1:] == (path, args, kwargs)
    assert Diary._meta.get_field("body").db_type(connection) == "text"
    assert Diary._meta.get_field("wish").db_type(connection) == "text"


def test_forms_ask_with_the_fields_one_expects():
    assert isinstance(Diary._meta.get_field("body").formfield().widget, forms.Textarea)
    assert isinstance(Diary._meta.get_field("answers").formfield(), forms.JSONField)
    assert isinstance(Diary.body, crypto._ConfidentialAttribute)


class Wrong(models.Model):  # noqa: DJ008
    name = models.CharField(max_length=8)
    maybe = models.CharField(max_length=8, unique=True, null=True)
    key = models.CharField(max_length=8, unique=True)
    unbound = EncryptedTextField()
    lost = EncryptedTextField(bound_to="nowhere")
    to_many = EncryptedTextField(bound_to="name")
    to_nothing = EncryptedTextField(bound_to="maybe")
    too_late = EncryptedTextField(bound_to="id")
    unique_text = EncryptedTextField(bound_to="key", unique=True)
    indexed = EncryptedTextField(bound_to="key", db_index=True)
    chosen = EncryptedTextField(bound_to="key", choices=[("a", "A")])
    made = EncryptedTextField(bound_to="key", db_default="x")
    right = EncryptedTextField(bound_to="key")
    right_json = EncryptedJSONField(bound_to="key")

    class Meta:
        app_label = "diaries"


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("unbound", ["core.E001"]),
        ("lost", ["core.E001"]),
        ("to_many", ["core.E002"]),
        ("to_nothing", ["core.E002"]),
        ("too_late", ["core.E002"]),
        ("unique_text", ["core.E003"]),
        ("indexed", ["core.E003"]),
        ("chosen", ["core.E003"]),
        ("made", ["core.E003"]),
        ("right", []),
        ("right_json", []),
    ],
)
def test_a_field_that_could_not_keep_its_promise_is_found_by_check(name, ids):
    errors = Wrong._meta.get_field(name).check()

    assert [error.id for error in errors if error.id.startswith("core.")] == ids


# Rotation


@pytest.mark.django_db
def test_rewrap_carries_every_text_to_the_newest_key(settings):
    diaries = [Diary.objects.create(body=f"{CANARY} {n}", wish=[n] if n % 2 else None) for n in range(7)]
    settings.CONTENT_KEYS = [NEW, OLD]
    fields = confidential_fields([Diary])
    assert [field.name for field in fields] == ["body", "aside", "answers", "wish"]

    counted = {field.name: dict(rewrap(field, size=2)) for field in fields}

    assert counted == {
        "body": {"sealed anew": 7},
        "aside": {},
        "answers": {"sealed anew": 7},
        "wish": {"sealed anew": 3},
    }
    settings.CONTENT_KEYS = [NEW]
    assert [d.body for d in Diary.objects.order_by("pk")] == [f"{CANARY} {n}" for n in range(7)]
    assert [d.wish for d in Diary.objects.order_by("pk")] == [None, [1], None, [3], None, [5], None]
    assert keys_in_use(fields[0]) == {"new": 7}
    assert stored("aside", diaries[0]) is None


@pytest.mark.django_db
def test_a_second_rewrap_touches_nothing(settings):
    diary = Diary.objects.create(body=CANARY)
    settings.CONTENT_KEYS = [NEW, OLD]
    field = Diary._meta.get_field("body")
    rewrap(field)
    before = stored("body", diary)

    assert rewrap(field) == {}
    assert stored("body", diary) == before


@pytest.mark.django_db
def test_a_rewrap_stopped_half_way_goes_on_where_it_stopped(settings, monkeypatch):
    for n in range(6):
        Diary.objects.create(body=f"{n}")
    settings.CONTENT_KEYS = [NEW, OLD]
    field, seal, left = Diary._meta.get_field("body"), EncryptedTextField.seal, [4]

    def seal_until_killed(self, value, identity):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return seal(self, value, identity)

    monkeypatch.setattr(EncryptedTextField, "seal", seal_until_killed)
    with pytest.raises(KeyboardInterrupt):
        rewrap(field, size=3)
    assert keys_in_use(field) == {"new": 4, "old": 2}
    assert sorted(d.body for d in Diary.objects.all()) == list("012345")

    left[0] = 99
    assert rewrap(field, size=3) == {"sealed anew": 2}
    assert keys_in_use(field) == {"new": 6}


@pytest.mark.django_db
def test_who_writes_during_a_rewrap_wins(settings, monkeypatch):
    diary = Diary.objects.create(body="before")
    settings.CONTENT_KEYS = [NEW, OLD]
    field, open_sealed = Diary._meta.get_field("body"), Sealed.open

    def open_while_somebody_writes(self, identity):
        Diary.objects.filter(pk=diary.pk).update(**sealed(diary, body="written meanwhile"))
        return open_sealed(self, identity)

    with monkeypatch.context() as during:
        during.setattr(Sealed, "open", open_while_somebody_writes)
        assert rewrap(field) == {"written meanwhile": 1}

    assert Diary.objects.get().body == "written meanwhile"


@pytest.mark.django_db
def test_rewrap_leaves_what_it_cannot_open_and_carries_the_rest(settings):
    lost, kept = Diary.objects.create(body="lost"), Diary.objects.create(body="kept")
    store("body", lost, "v1|gone|AAAA|AAAA")
    settings.CONTENT_KEYS = [NEW, OLD]

    assert rewrap(Diary._meta.get_field("body")) == {"sealed anew": 1, "unreadable": 1}
    assert stored("body", lost) == "v1|gone|AAAA|AAAA"
    assert Diary.objects.get(pk=kept.pk).body == "kept"
    assert keys_in_use(Diary._meta.get_field("body")) == {"gone": 1, "new": 1}


@pytest.mark.django_db
def test_a_key_whose_name_begins_like_the_newest_is_an_older_key(settings):
    settings.CONTENT_KEYS = ["k11:" + "o" * 40]
    Diary.objects.create(body=CANARY)
    settings.CONTENT_KEYS = ["k1:" + "n" * 40, "k11:" + "o" * 40, "k_:" + "p" * 40]

    assert rewrap(Diary._meta.get_field("body")) == {"sealed anew": 1}
    settings.CONTENT_KEYS = ["k_:" + "p" * 40, *settings.CONTENT_KEYS[:2]]
    assert rewrap(Diary._meta.get_field("body")) == {"sealed anew": 1}


def test_a_proxy_is_not_carried_twice():
    class Page(Diary):  # noqa: DJ008
        class Meta:
            app_label = "diaries"
            proxy = True

    assert [field.model for field in confidential_fields([Diary, Page])] == [Diary] * 4


@pytest.mark.django_db
def test_the_command_says_what_it_did_and_fails_when_something_does_not_open(settings, monkeypatch, capsys):
    monkeypatch.setattr(command.apps, "get_models", lambda: [Diary])
    diary = Diary.objects.create(body=CANARY)
    settings.CONTENT_KEYS = [NEW, OLD]

    call_command("rewrap", check=True)
    assert "Diary.body: 1 old\n" in capsys.readouterr().out
    call_command("rewrap")
    assert "Diary.body: 1 sealed anew\n" in (said := capsys.readouterr().out)
    assert "Diary.aside: nothing to do\n" in said
    call_command("rewrap", "--check")
    assert "Diary.body: 1 new\n" in capsys.readouterr().out

    store("body", diary, "rubbish")
    call_command("rewrap", "--check")
    assert "Diary.body: 1 (none)\n" in capsys.readouterr().out
    with pytest.raises(CommandError, match="1 texts do not open"):
        call_command("rewrap")
