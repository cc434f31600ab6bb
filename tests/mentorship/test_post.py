"""The post box of a demo, which other installations do not have."""

import pytest
from django.urls import Resolver404, path, resolve, reverse
from django.utils import timezone

from activity.models import Letter
from mentorship import post
from mentorship import urls as product
from tests.pages import text

urlpatterns = [
    *product.urlpatterns,
    path("post/", post.index, name="post"),
    path("post/<uuid:public_id>/", post.letter, name="post_letter"),
    path("post/<uuid:public_id>/html/", post.html, name="post_html"),
]
handler404 = product.handler404


@pytest.fixture(autouse=True)
def demo(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def letters(theo):
    return [letter(theo, n) for n in range(2)]


def letter(person, n, **fields):
    now = timezone.now()
    return Letter.objects.create(
        key=f"letter {n}",
        kind="programs.invitation",
        person=person,
        message_id=f"<{n}@example.org>",
        created_at=now,
        wanted_at=now,
        run_at=now,
        **{
            "state": "sent",
            "sent_at": now,
            "subject": f"Subject {n} <b>",
            "recipient": f"Theo Tamm <theo{n}@example.org>",
            "sender": "Cora",
            "body_text": f"Go to http://testserver/i/abc{n}/ & come",
            "body_html": "<p style='color:red'>Hello</p>",
            **fields,
        },
    )


def test_elsewhere_there_is_no_such_page(settings):
    with pytest.raises(Resolver404):
        resolve("/post/", product.__name__)


def test_everybody_reads_the_letters_newest_first_also_who_waits_for_a_code(client, letters, theo):
    for _ in range(2):
        page = client.get(reverse("post"))
        assert [found.subject for found in page.context["page"]] == ["Subject 1 <b>", "Subject 0 <b>"]
        assert "Subject 1 &lt;b&gt;" in text(page)
        client.force_login(theo)


def test_one_persons_letters_can_be_found(client, letters):
    assert [found.subject for found in client.get(reverse("post"), {"to": "THEO0@"}).context["page"]] == [
        "Subject 0 <b>"
    ]
    for odd in ("\0", "x" * 9999, "%"):
        assert client.get(reverse("post"), {"to": odd}).status_code == 200
    assert client.get(reverse("post"), {"page": "9" * 30}).status_code == 200


def test_a_letter_shows_its_text_with_links_and_its_page_in_a_frame(client, letters):
    response = client.get(reverse("post_letter", args=[letters[0].public_id]))
    assert 'href="http://testserver/i/abc0/"' in text(response) and "&amp; come" in text(response)
    assert "frame-src 'self'" in response["Content-Security-Policy"]
    framed = client.get(reverse("post_html", args=[letters[0].public_id]))
    assert framed.content.decode() == "<p style='color:red'>Hello</p>"
    policy = framed["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "sandbox" in policy
    assert framed["X-Frame-Options"] == "SAMEORIGIN"


def test_what_was_not_sent_is_not_shown(client, theo):
    waiting = letter(theo, 9, state="ready", sent_at=None)
    assert client.get(reverse("post_letter", args=[waiting.public_id])).status_code == 404
    assert client.get(reverse("post_html", args=[waiting.public_id])).status_code == 404
    assert list(client.get(reverse("post")).context["page"]) == []


def test_many_letters_cost_no_more_than_few(client, letters, theo, django_assert_num_queries):
    client.get(reverse("post"))
    for start in (10, 30):
        with django_assert_num_queries(3):
            client.get(reverse("post"))
        for n in range(start, start + 10):
            letter(theo, n)
