"""The cache that limits are counted in: Redis, and while that does not answer the memory of this process.

A page never fails for want of it.  Each web process then counts by itself, so that a limit still holds, somewhat wider.
"""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

PATIENCE = 1  # second that Redis gets to answer
SULK = 5  # seconds without another try after it did not
# The second try is for a connection that Redis has closed meanwhile.
OPTIONS = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "retry": Retry(NoBackoff(), 1)}


def _by_either(name: str) -> Callable[..., Any]:
    def method(self: "RedisOrMemory", *args: Any, **more: Any) -> Any:
        if time.monotonic() >= self.silent_until:
            try:
                return getattr(super(RedisOrMemory, self), name)(*args, **more)
            except RedisError:
                self.silent_until = time.monotonic() + SULK
        return getattr(self.memory, name)(*args, **more)

    return method


class RedisOrMemory(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": OPTIONS | params.get("OPTIONS", {})})
        self.memory = LocMemCache("while Redis does not answer", params)
        self.silent_until = 0.0

    add = _by_either("add")
    get = _by_either("get")
    set = _by_either("set")
    touch = _by_either("touch")
    delete = _by_either("delete")
    get_many = _by_either("get_many")
    has_key = _by_either("has_key")
    incr = _by_either("incr")
    set_many = _by_either("set_many")
    delete_many = _by_either("delete_many")
    clear = _by_either("clear")
