"""Pages about notes: who reads which, and that nothing written is lost."""

import pytest
from django.urls import reverse

from relationships.models import PrivateNote, SharedNote
from tests import make
from tests.pages import text

pytestmark = pytest.mark.usefixtures("clock")


def at(name, pair, *others):
    return reverse(f"relationships:{name}", args=[pair.public_id, *(other.public_id for other in others)])


@pytest.mark.parametrize("name", ["mira", "cora", "otto", "hana", "ada", "ole", "oda"])
def test_a_private_note_does_not_exist_for_anybody_else(client, pair, cast, name):
    note = make.note(pair, private=True, meeting=make.meeting(pair))
    client.force_login(cast[name])

    assert client.get(at("note", pair, note)).status_code == 404
    assert client.post(at("note", pair, note), {"body": "Mine", "version": "0"}).status_code == 404
    assert client.post(at("note_deletion", pair, note)).status_code == 404
    assert PrivateNote.objects.get().body == "Ask for the last three rosters."


def test_a_private_note_is_on_no_page_of_the_other(as_mira, as_theo, pair):
    meeting = make.meeting(pair)
    make.note(pair, private=True, meeting=meeting, body="Two people I had left out.")

    for page in (at("notes", pair), at("meeting", pair, meeting), at("meetings", pair), at("detail", pair)):
        assert "left out" not in text(as_mira.get(page)), page
    assert "left out" in text(as_theo.get(at("notes", pair)))
    assert "left out" in text(as_theo.get(at("meeting", pair, meeting)))


@pytest.mark.parametrize("name", ["cora", "otto", "hana", "ada", "ole", "oda"])
def test_a_shared_note_does_not_exist_outside_the_pair(client, pair, cast, name):
    note = make.note(pair)
    client.force_login(cast[name])

    assert client.get(at("notes", pair)).status_code == 404
    assert client.get(at("note", pair, note)).status_code == 404
    assert client.post(at("note_deletion", pair, note)).status_code == 404


def test_a_note_of_another_pair_is_not_found_under_ones_own(as_theo, pair, other_pair):
    assert as_theo.get(at("note", pair, make.note(other_pair))).status_code == 404


def test_a_note_is_found_under_its_own_pair_only(as_theo, pair, theo, program):
    other = make.relationship(program_=program, mentee=theo)
    for private in (False, True):
        note = make.note(other, private=private)

        assert as_theo.get(at("note", pair, note)).status_code == 404
        assert as_theo.get(at("note", other, note)).status_code == 200


def test_a_note_is_shared_unless_one_keeps_it(as_theo, pair):
    as_theo.post(at("notes", pair), {"body": "For both", "key": "bcdfghjk"})
    as_theo.post(at("notes", pair), {"body": "For both", "key": "bcdfghjk"})
    as_theo.post(at("notes", pair), {"body": "For me", "private": "on", "key": "cdfghjkm"})

    assert [note.body for note in SharedNote.objects.all()] == ["For both"]
    assert [note.body for note in PrivateNote.objects.all()] == ["For me"]


def test_a_note_of_a_meeting_stands_on_its_page(as_theo, pair):
    meeting = make.meeting(pair)

    response = as_theo.post(
        at("meeting_notes", pair, meeting), {"body": "Mapped who decides what."}, follow=True
    )

    assert SharedNote.objects.get().meeting == meeting
    assert "Mapped who decides what." in text(response)


def test_the_form_says_who_can_read_it(as_theo, pair):
    page = text(as_theo.get(at("notes", pair)))

    assert (
        "You and Mira can read this, or you alone if you tick the box below. Coordinators and HR cannot."
        in page
    )


@pytest.mark.parametrize("where", ["notes", "meeting_notes"])
@pytest.mark.parametrize("bad", ["", "   ", "\x00", "x" * 20_001, "x" * 1_000_000])
def test_a_note_that_cannot_be_kept_comes_back(as_theo, pair, where, bad):
    things = (make.meeting(pair),) if where == "meeting_notes" else ()

    response = as_theo.post(at(where, pair, *things), {"body": bad})

    assert response.status_code == 422
    assert "There is a problem" in text(response)
    assert SharedNote.objects.count() == 0


def test_both_texts_are_shown_when_both_wrote(as_theo, as_mira, pair):
    note = make.note(pair)
    as_mira.post(at("note", pair, note), {"body": "What Mira wrote.", "version": "0"})

    response = as_theo.post(at("note", pair, note), {"body": "What Theo wrote.", "version": "0"})

    assert response.status_code == 409
    assert "What Mira wrote." in text(response)
    assert "What Theo wrote." in text(response)
    as_theo.post(
        at("note", pair, note),
        {"body": "What both wrote.", "version": response.context["form"]["version"].value()},
    )
    note.refresh_from_db()
    assert note.body == "What both wrote."


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999", "\x00"])
def test_a_version_that_is_none_is_a_conflict_and_loses_nothing(as_theo, pair, version):
    note = make.note(pair)

    response = as_theo.post(at("note", pair, note), {"body": "Mine", "version": version})

    assert response.status_code == 409
    assert "Mine" in text(response)
    assert SharedNote.objects.get().body == note.body


def test_the_author_deletes_after_being_told_what_it_means(as_theo, as_mira, pair):
    note = make.note(pair)
    assert "It cannot be brought back." in text(as_theo.get(at("note", pair, note)))
    assert "Delete this note" not in text(as_mira.get(at("note", pair, note)))

    assert as_mira.post(at("note_deletion", pair, note)).status_code == 403
    assert as_theo.post(at("note_deletion", pair, note)).status_code == 303
    assert SharedNote.objects.count() == 0


def test_after_the_end_notes_are_still_read(as_theo, theo):
    over = make.relationship(mentee=theo, status="ended_early")
    note = make.note(over)

    page = text(as_theo.get(at("note", over, note)))

    assert note.body in page
    assert "stays readable as it is" in page
    assert "Keep this note" not in text(as_theo.get(at("notes", over)))
    response = as_theo.post(at("notes", over), {"body": "New"}, follow=True)
    assert "This relationship is over." in text(response)


def test_what_people_write_is_shown_as_they_wrote_it_and_never_run(as_theo, pair):
    make.note(pair, body="<script>alert(1)</script> & more")

    page = text(as_theo.get(at("notes", pair)))

    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("how_many", [1, 100])
def test_the_list_asks_the_same_however_long_it_is(as_theo, pair, django_assert_num_queries, how_many):
    for _n in range(how_many):
        make.note(pair, meeting=make.meeting(pair, state="cancelled"))
        make.note(pair, private=True)

    with django_assert_num_queries(9):
        assert as_theo.get(at("notes", pair)).status_code == 200
