"""Deeds about notes and about what to talk about; who reads which."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from activity.models import Event, Letter
from relationships.actions.notes import (
    Gone,
    Stale,
    add_topic,
    delete_note,
    drop_topic,
    edit_note,
    finish_topic,
    move_topic,
    reopen_topic,
    write_note,
)
from relationships.models import AgendaItem, PrivateNote, Relationship, SharedNote
from relationships.permissions import NOTE_RULES
from relationships.stages import Refused
from tests import make
from tests.make import NOW

SECRET = "Two people I had left out."


def write(pair, by, *, private=False, body=SECRET, **fields):
    note = write_note(pair, body=body, private=private, by=by, now=NOW, **fields)
    note.relationship = pair
    return note


def fresh(note):
    found = type(note).objects.get(pk=note.pk)
    found.relationship = Relationship.objects.with_people().get(pk=note.relationship_id)
    return found


def topics(pair):
    return [item.text for item in pair.agenda_items.open()]


# Who reads


def test_a_private_note_is_read_by_its_author_alone(pair, theo, cast):
    note = write(pair, theo, private=True)

    readers = [name for name, person in cast.items() if PrivateNote.objects.visible_to(person).exists()]
    assert readers == ["theo"]
    assert [name for name, person in cast.items() if NOTE_RULES["read_note"](person, note)] == ["theo"]


def test_a_shared_note_is_read_by_the_two(pair, theo, cast):
    note = write(pair, theo)

    readers = [name for name, person in cast.items() if SharedNote.objects.visible_to(person).exists()]
    assert readers == ["mira", "theo"]
    assert [name for name, person in cast.items() if NOTE_RULES["read_note"](person, note)] == [
        "mira",
        "theo",
    ]


def test_notes_are_sealed_in_the_database(pair, theo):
    write(pair, theo)
    write(pair, theo, private=True)
    add_topic(pair, text=SECRET, by=theo, now=NOW)

    with connection.cursor() as cursor:
        for table in ("sharednote", "privatenote", "agendaitem"):
            cursor.execute(f"SELECT * FROM relationships_{table}")
            assert "left out" not in str(cursor.fetchall())


def test_of_a_private_note_nothing_is_recorded(pair, theo):
    note = write(pair, theo, private=True)
    edit_note(note, body="Other words", by=theo, now=NOW)
    delete_note(note, by=theo, now=NOW)

    assert (Event.objects.count(), Letter.objects.count()) == (0, 0)


def test_of_a_shared_note_it_is_recorded_that_there_is_one_for_no_program_to_see(pair, theo):
    write(pair, theo)

    event = Event.objects.get()
    assert (event.verb, event.scope, event.details) == ("relationships.note_shared", "", {})


# Writing


def test_sending_a_note_twice_makes_one(pair, theo):
    for _n in range(2):
        write(pair, theo, key="bcdfghjk")
        write(pair, theo, private=True, key="bcdfghjk")

    assert (SharedNote.objects.count(), PrivateNote.objects.count()) == (1, 1)


def test_a_note_belongs_to_a_meeting_of_its_own_pair(pair, other_pair, theo):
    theirs = make.meeting(other_pair)

    with pytest.raises(Refused, match="not one of yours"):
        write(pair, theo, meeting=theirs)
    assert write(pair, theo, meeting=make.meeting(pair)).meeting is not None


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("name", ["cora", "otto", "hana", "ada", "ole"])
def test_only_the_two_write(pair, cast, name, private):
    with pytest.raises(PermissionDenied):
        write(pair, cast[name], private=private)


def test_both_write_on_a_shared_note(pair, theo, mira):
    note = write(pair, theo)

    edit_note(fresh(note), body="Three people.", by=mira, now=NOW + timedelta(hours=1))

    note = fresh(note)
    assert (note.body, note.author, note.edited_by, note.version) == ("Three people.", theo, mira, 1)


def test_a_conflict_gives_both_texts_back(pair, theo, mira):
    note = write(pair, theo)
    stale = fresh(note)
    edit_note(note, body="Theirs", by=mira, now=NOW)

    with pytest.raises(Stale) as conflict:
        edit_note(stale, body="Mine", by=theo, now=NOW)
    assert conflict.value.note.body == "Theirs"
    assert fresh(note).body == "Theirs"


def test_a_note_deleted_meanwhile_is_said_to_be_gone(pair, theo, mira):
    note = write(pair, theo)
    opened = fresh(note)
    delete_note(note, by=theo, now=NOW)

    with pytest.raises(Gone, match="Your text is still here"):
        edit_note(opened, body="Mine", by=mira, now=NOW)


def test_only_the_author_deletes(pair, theo, mira):
    note = write(pair, theo)

    with pytest.raises(PermissionDenied):
        delete_note(note, by=mira, now=NOW)
    delete_note(note, by=theo, now=NOW)
    assert SharedNote.objects.count() == 0


@pytest.mark.parametrize("private", [False, True])
def test_after_the_end_notes_are_read_and_deleted_but_not_written(theo, private):
    over = make.relationship(mentee=theo, status="ended_early")
    note = make.note(over, private=private)
    note.relationship = over

    assert type(note).objects.visible_to(theo).contains(note)
    with pytest.raises(PermissionDenied, match="over"):
        edit_note(note, body="New", by=theo, now=NOW)
    with pytest.raises(PermissionDenied, match="over"):
        write(over, theo, private=private)
    delete_note(note, by=theo, now=NOW)


def test_what_the_other_wrote_stays_when_one_deletes_their_own(pair, theo, mira):
    write(pair, theo, private=True)
    mine, hers = write(pair, theo), write(pair, mira, body="Hers")
    private = write(pair, mira, private=True, body="Hers alone")

    delete_note(mine, by=theo, now=NOW)

    assert (fresh(hers).body, fresh(private).body) == ("Hers", "Hers alone")


NOTE_MATRIX = [
    # verb          shared: Theo, who wrote it  Mira   Cora    private: Theo  Mira   Cora
    ("read_note",   [True,                      True,  False,           True, False, False]),
    ("edit_note",   [True,                      True,  False,           True, False, False]),
    ("delete_note", [True,                      False, False,           True, False, False]),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "expected"), NOTE_MATRIX)
def test_who_may_do_what_with_a_note(pair, theo, mira, cora, verb, expected):
    notes = [write(pair, theo), write(pair, theo, private=True)]

    assert [
        bool(NOTE_RULES[verb](person, note)) for note in notes for person in (theo, mira, cora)
    ] == expected


def test_every_verb_about_notes_is_in_the_matrix():
    assert {verb for verb, _expected in NOTE_MATRIX} == set(NOTE_RULES)


# What to talk about


def test_topics_are_added_in_order_and_once(pair, theo, mira):
    add_topic(pair, text="First", key="bcdfghjk", by=theo, now=NOW)
    add_topic(pair, text="First", key="bcdfghjk", by=theo, now=NOW)
    add_topic(pair, text="Second", by=mira, now=NOW)

    assert topics(pair) == ["First", "Second"]


def test_topics_move_up_and_down_and_stop_at_the_ends(pair, theo):
    one, _two, three = (make.agenda_item(pair, text) for text in ("One", "Two", "Three"))

    move_topic(three, up=True, by=theo, now=NOW)
    assert topics(pair) == ["One", "Three", "Two"]
    move_topic(one, up=True, by=theo, now=NOW)
    assert topics(pair) == ["One", "Three", "Two"]
    move_topic(one, up=False, by=theo, now=NOW)
    assert topics(pair) == ["Three", "One", "Two"]


def test_topics_of_the_same_place_still_move(pair, theo):
    one, two = (make.agenda_item(pair, text, order=0) for text in ("One", "Two"))

    move_topic(two, up=True, by=theo, now=NOW)
    assert topics(pair) == ["Two", "One"]
    move_topic(one, up=True, by=theo, now=NOW)
    assert topics(pair) == ["One", "Two"]


def test_what_was_talked_about_leaves_the_list_and_comes_back(pair, theo):
    meeting = make.meeting(pair)
    item = make.agenda_item(pair, "One")

    finish_topic(item, meeting=meeting, by=theo, now=NOW)
    assert (topics(pair), item.meeting, item.done_at) == ([], meeting, NOW)

    reopen_topic(item, by=theo, now=NOW)
    assert (topics(pair), item.meeting) == (["One"], None)


def test_finishing_twice_keeps_the_first_time(pair, theo):
    item = make.agenda_item(pair, "One")
    finish_topic(item, by=theo, now=NOW)
    finish_topic(item, by=theo, now=NOW + timedelta(days=1))

    assert AgendaItem.objects.get().done_at == NOW


def test_the_list_of_a_meeting_is_its_own_and_what_waits(pair):
    first = make.meeting(pair, state="scheduled", starts_at=NOW + timedelta(days=1))
    second = make.meeting(pair, state="scheduled", starts_at=NOW + timedelta(days=9))
    make.agenda_item(pair, "Waits")
    make.agenda_item(pair, "First", meeting=first)
    make.agenda_item(pair, "Second", meeting=second)

    assert [item.text for item in pair.agenda_items.open().for_meeting(first)] == ["Waits", "First"]
    assert [item.text for item in pair.agenda_items.open().for_meeting(None)] == ["Waits"]


def test_one_takes_off_ones_own_topic_only(pair, theo, mira):
    item = make.agenda_item(pair, "One")

    with pytest.raises(PermissionDenied):
        drop_topic(item, by=mira, now=NOW)
    drop_topic(item, by=theo, now=NOW)
    assert topics(pair) == []


@pytest.mark.parametrize("name", ["cora", "otto", "hana", "ada"])
def test_the_list_is_the_two_s_alone(pair, cast, name):
    item = make.agenda_item(pair, "One")

    for forbidden in (
        lambda: add_topic(pair, text="Mine", by=cast[name], now=NOW),
        lambda: finish_topic(item, by=cast[name], now=NOW),
        lambda: reopen_topic(item, by=cast[name], now=NOW),
        lambda: move_topic(item, up=True, by=cast[name], now=NOW),
        lambda: drop_topic(item, by=cast[name], now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            forbidden()
    assert topics(pair) == ["One"]
