import socket
import time

import pytest
from celery import current_app
from redis import Redis

from activity import bell


@pytest.fixture(autouse=True)
def no_sulking(monkeypatch):
    monkeypatch.setattr(bell, "_silent_until", 0.0)


@pytest.fixture
def broker(monkeypatch):
    def at(url):
        monkeypatch.setattr(current_app.conf, "broker_write_url", url)
        monkeypatch.setattr(current_app.conf, "broker_url", url)

    return at


def test_the_bell_leaves_one_word_with_the_broker(broker, redis):
    address = f"{redis.rpartition('/')[0]}/15"
    queue = Redis.from_url(address)
    queue.delete("celery")
    broker(address)
    assert bell.ring() is True
    assert queue.llen("celery") == 1
    assert b'"task": "mentorship.tasks.tick"' in queue.lpop("celery")


def test_no_broker_is_no_trouble(broker):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    broker(f"redis://127.0.0.1:{port}/0")
    begun = time.monotonic()
    assert bell.ring() is False
    assert time.monotonic() - begun < 1


def test_a_broker_that_never_answers_costs_a_second_once(broker):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as mute:
        broker(f"redis://127.0.0.1:{mute.getsockname()[1]}/0")
        begun = time.monotonic()
        assert bell.ring() is False
        assert time.monotonic() - begun < 2.5
        begun = time.monotonic()
        assert [bell.ring() for _ in range(20)] == [False] * 20
        assert time.monotonic() - begun < 0.1


def test_an_address_that_makes_no_sense_is_no_trouble_either(broker):
    broker("nonsense://nowhere")
    assert bell.ring() is False
