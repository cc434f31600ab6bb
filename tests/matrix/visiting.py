"""Knocking at doors: one answer in a word, with all that is to be known of it.  Whatever it did is undone."""

import hashlib
import io
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.template import Template
from django.test import Client
from django.test.utils import _TestState

from tests.matrix.world import PERSONAS

WORDS = {
    204: "ok",
    403: "forbidden",
    404: "gone",
    405: "no",
    409: "ok",
    410: "closed",
    422: "ok",
    503: "waits",
}
WRITES = re.compile(r'^(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "(\w+)"(.*)', re.DOTALL)
# A session says who is signed in, and when somebody was here last; neither is a thing of the product.
PASSING = {"django_session"}
CANARY = re.compile(r"canary-([a-z-]+)-y", re.IGNORECASE)
TOKEN = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+')


@dataclass
class Answer:
    status: int
    word: str
    response: HttpResponse
    canaries: set[str]
    writes: list[str]
    queries: int
    problem: BaseException | None = None
    made: Any = None

    @property
    def body(self) -> str:
        return plain(self.response)


@dataclass
class Watch:
    """What is asked of the database, and what is written there."""

    queries: int = 0
    writes: list[str] = field(default_factory=list)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.queries += 1
            written = WRITES.match(sql)
            if written and written[1] not in PASSING and '"last_login" =' not in written[2]:
                self.writes.append(sql[:200])
        return execute(sql, params, many, context)


class Visitors:
    """Everybody with a session of their own, which no answer can take away."""

    def __init__(self, world: SimpleNamespace) -> None:
        self.clients = {}
        for who in PERSONAS:
            client = Client(raise_request_exception=False)
            if who != "nobody":
                client.force_login(getattr(world, who))
            self.clients[who] = client, client.cookies.output(header="")
        self.cookies = {who: dict(client.cookies) for who, (client, _) in self.clients.items()}
        type(world.dora).objects.filter(pk=world.dora.pk).update(is_active=False)

    def client(self, who: str) -> Client:
        client = self.clients[who][0]
        client.cookies.clear()
        for name, morsel in self.cookies[who].items():
            client.cookies[name] = morsel.value
        return client

    def knock(
        self, who: str, method: str, url: str, data: Any = None, *, keep: Any = None, **extra: Any
    ) -> Answer:
        watch = Watch()
        cache.clear()  # how often somebody has pressed is not what is asked here
        with undone():
            with connection.execute_wrapper(watch):
                sent = getattr(self.client(who), method)(url, data or {}, **extra)
            made = keep() if keep else None
        words = word_of(sent)
        if words == "on" and method == "post":
            words = "ok" if watch.writes else "refused"

        problem = getattr(sent, "exc_info", None)
        return Answer(
            sent.status_code,
            words,
            sent,
            canaries_in(sent),
            watch.writes,
            watch.queries,
            problem[1] if problem else None,
            made,
        )


@contextmanager
def quick() -> Iterator[None]:
    """Thousands of pages: nobody asks which templates were used, or reads each refusal in the log."""
    instrumented, Template._render = Template._render, _TestState.saved_data.template_render
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        Template._render = instrumented
        logging.disable(logging.NOTSET)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def word_of(response: HttpResponse) -> str:
    if response.status_code in (301, 302, 303):
        to_sign_in = response["Location"].startswith("/sign-in/?next=")
        return "sign-in" if to_sign_in and response.status_code == 302 else "on"
    if response.status_code == 200:
        return "ok"
    return WORDS.get(response.status_code, str(response.status_code))


def texts(response: HttpResponse) -> Iterator[bytes]:
    """All that can be read in an answer, also inside a file that is packed."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    yield body
    yield response.headers.get("Location", "").encode()
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            yield from (archive.read(name) for name in archive.namelist())


def canaries_in(response: HttpResponse) -> set[str]:
    return {name for text in texts(response) for name in found_in(text.decode(errors="replace"))}


def found_in(text: str) -> set[str]:
    return {name.lower() for name in CANARY.findall(text)}


def plain(response: HttpResponse) -> str:
    return TOKEN.sub(r"\1", response.content.decode(errors="replace"))


def checksum() -> dict[str, str]:
    """Each table of the product in one word."""
    sums = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in PASSING or not model._meta.managed:
            continue
        names = [f.column for f in model._meta.concrete_fields if f.column != "last_login"]
        columns = ", ".join(connection.ops.quote_name(name) for name in names)
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT {columns} FROM "{table}" ORDER BY 1')
            sums[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return sums
