"""Web, worker and scheduler as processes that no test calls: it asks for a page and waits for what comes."""

import http.cookiejar
import os
import re
import signal
import urllib.request
from urllib.parse import urlencode

import pytest

from activity.models import Letter
from mentorship import supervisor


class Visitor:
    """A browser without JavaScript."""

    def __init__(self, machine):
        self.url = machine.url
        self.browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def get(self, path):
        with self.browser.open(self.url + path, timeout=20) as answer:
            return answer.geturl().removeprefix(self.url), answer.read().decode()

    def send(self, path, **form):
        _, page = self.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        data = urlencode({**form, "csrfmiddlewaretoken": token}).encode()
        with self.browser.open(self.url + path, data, timeout=20) as answer:
            return answer.geturl().removeprefix(self.url), answer.read().decode()


@pytest.fixture
def visitor(machine):
    return Visitor(machine)


def test_a_code_asked_for_in_the_browser_arrives_by_mail_from_the_worker(machine, visitor, mira):
    place, _ = visitor.send("/sign-in/code/", email=mira.email)
    assert place == "/sign-in/code/enter/"

    (letter,) = machine.sink.wait_for(mira.email)
    code = Letter.objects.get()
    assert code.message_id == letter["Message-ID"]
    assert supervisor.wait_until(lambda: Letter.objects.get().state == Letter.State.SENT, 10)
    assert Letter.objects.get().data == {}


def test_a_letter_survives_that_everything_falls_at_once(machine, visitor, mira):
    """The worker is killed, so that nobody hears the bell; the one that comes back finds the row."""
    os.kill(machine.pid("worker"), signal.SIGKILL)
    machine.group.running["worker"].process.wait()
    os.kill(machine.pid("scheduler"), signal.SIGKILL)
    visitor.send("/sign-in/code/", email=mira.email)
    assert machine.sink.letters() == []

    def arrived():
        machine.group.watch()
        return machine.sink.letters()

    assert supervisor.wait_until(arrived, 60), machine.said()
    assert len(machine.sink.wait_for(mira.email)) == 1


def test_the_processes_are_those_of_up(machine):
    parts = (supervisor.web(machine.url.removeprefix("http://")), supervisor.worker(), supervisor.scheduler())
    assert tuple(running.part for running in machine.group.running.values()) == parts
