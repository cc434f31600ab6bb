"""What coordinators see in a real browser while letters and reminders are late."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activity.models import Heartbeat
from tests.mentorship.test_look import LOOKS, findings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def signed_in(page, live_server, client, program, cora):
    since = timezone.now() - timedelta(minutes=20)
    Heartbeat.objects.beat("tick", started=since, last_ok=since)
    client.force_login(cora)
    (cookie,) = client.cookies.values()
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


def test_the_note_is_readable_for_everybody_and_fits_any_width(signed_in, live_server, program, console):
    page = signed_in
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live_server.url}/p/{program.public_id}/people/")
        assert page.get_by_text("Letters and reminders have been late since").is_visible()
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
