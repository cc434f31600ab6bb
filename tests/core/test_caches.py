import time

import pytest
from redis import Redis

from core import caches
from core.caches import RedisOrMemory
from mentorship.supervisor import free_port

pytestmark = pytest.mark.once


@pytest.fixture
def gone():
    cache = RedisOrMemory(f"redis://127.0.0.1:{free_port()}/0", {})
    cache.memory.clear()
    return cache


def use(cache):
    """All that a cache is asked, and what it says."""
    return [
        cache.add("one", 1),
        cache.add("one", 2),
        cache.get("one"),
        cache.get("two", "nothing"),
        cache.set("two", [2]),
        cache.incr("one"),
        cache.has_key("two"),
        cache.touch("two", 60),
        cache.get_many(["one", "two", "three"]),
        cache.set_many({"three": 3}),
        cache.delete("one"),
        cache.delete_many(["two", "three"]),
        cache.get("three"),
    ]


def test_redis_is_used_while_it_answers(redis):
    there = RedisOrMemory(redis, {})
    there.clear()
    there.set("key", "value")
    assert there.memory.get("key") is None
    assert [key for key in Redis.from_url(redis).scan_iter() if b"key" in key] != []
    there.clear()


def test_without_redis_memory_answers_the_same(redis, gone):
    there = RedisOrMemory(redis, {})
    there.clear()
    said = use(there)
    assert said[:4] == [True, False, 1, "nothing"]
    assert [str(each) for each in use(gone)] == [str(each) for each in said]


def test_a_redis_that_did_not_answer_is_left_in_peace_for_a_while_and_then_asked_again(
    redis, gone, monkeypatch
):
    moment = time.monotonic()
    monkeypatch.setattr(caches.time, "monotonic", lambda: moment)
    gone.set("key", "kept here")
    there = RedisOrMemory(redis, {})
    there.clear()
    gone._servers = there._servers  # it is back
    del gone._cache
    assert gone.get("key") == "kept here"
    moment += caches.SULK
    assert gone.get("key") is None
