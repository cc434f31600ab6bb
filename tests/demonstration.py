"""The demo organisation behind a web server of its own, and everything that a link leads to in it.

A crawler opens pages as a person does who follows every link and sends every search form.  It keeps what it
saw: by whom, at which address, under which name of the URLconf.
"""

import http.client
import os
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.urls import URLPattern, URLResolver, get_resolver

from mentorship import supervisor
from mentorship.demo.who import PASSWORD
from tests import services

# Of one kind of page that many are opened with each combination of search terms, and of one address that many
# combinations: all people and all relationships of the demo are below the first number, sorted lists above the
# second.
MOST_OF_A_KIND, MOST_OF_AN_ADDRESS = 90, 12
# Letters lead to pages of those they are for; only whoever is not signed in reads them here.
POST, READER_OF_THE_POST = "post", "anonymous"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Served:
    url: str
    port: int


@contextmanager
def served() -> Iterator[Served]:
    """The demo organisation in a database of its own, made by the command that people use."""
    with services.sqlite() as database, services.folder("mentorship-demo") as var:
        port = supervisor.free_port()
        url = f"http://127.0.0.1:{port}"
        env = {"DATABASE_URL": database, "DEMO": "true", "VAR": str(var), "REDIS_URL": "", "CACHE_URL": ""}
        env |= {"PUBLIC_URL": url, "TICK_SECONDS": "1", "UNDO_MINUTES": "0"}
        services.manage("migrate", "--verbosity", "0", env=env)
        services.manage("demo", env=env)
        told = {"env": {**os.environ, **env}, "cwd": services.ROOT}
        web, loop = supervisor.web(f"127.0.0.1:{port}"), supervisor.loop()
        with (
            services.child(list(web.command), var / "web", **told) as process,
            services.child(list(loop.command), var / "loop", **told),
        ):
            services.wait_for(lambda: supervisor.answers(port), process, var / "web")
            yield Served(url, port)


# What is on a page


class Sheet(HTMLParser):
    """Links, search forms, addresses that forms send to, and the words of one page."""

    def __init__(self, address: str, html: str) -> None:
        super().__init__()
        self.address = address
        self.links: list[str] = []
        self.searches: list[str] = []
        self.deeds: list[str] = []
        self.words: list[str] = []
        self.ids: set[str] = set()
        self._form: tuple[str, dict[str, str]] | None = None
        self._select = ""
        self._silent = self._in_main = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if "id" in given:
            self.ids.add(given["id"])
        self._in_main = self._in_main or tag == "main"
        self._silent = tag in ("script", "style", "title")
        if tag in ("a", "area") and "href" in given:
            self.links.append(given["href"])
        elif tag in ("img", "iframe", "script") and "src" in given:
            self.links.append(given["src"])
        elif tag == "link" and given.get("rel") in ("stylesheet", "icon"):
            self.links.append(given["href"])
        elif tag == "form":
            self._begin_form(given)
        elif tag in ("input", "select", "option") and self._form:
            self._keep_value(tag, given)
        if "hx-get" in given:
            self.links.append(given["hx-get"])

    def handle_endtag(self, tag: str) -> None:
        self._silent = False
        if tag == "main":
            self._in_main = False
        elif tag == "form" and self._form:
            action, values = self._form
            self.searches.append(f"{action}?{urlencode(values)}")
            self._form = None

    def handle_data(self, data: str) -> None:
        if self._in_main and not self._silent and data.strip():
            self.words.append(data.strip())

    def _begin_form(self, given: dict[str, str]) -> None:
        action = urljoin(self.address, given.get("action", "")).partition("?")[0]
        if given.get("method", "get").lower() == "post":
            self.deeds.append(action)
        else:
            self._form = (action, {})

    def _keep_value(self, tag: str, given: dict[str, str]) -> None:
        _action, values = self._form
        if tag == "select":
            self._select = given.get("name", "")
        elif tag == "option":
            if self._select and ("selected" in given or self._select not in values):
                values[self._select] = given.get("value", "")
        elif given.get("name") and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            values[given["name"]] = given.get("value", "")


# Names of addresses


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        else:
            yield f"{prefix}{entry.name}", entry


# Walking


def is_frame(address: str) -> bool:
    """A letter as it stands in a frame: not a page of ours."""
    return address.partition("?")[0].endswith("/html/")


@dataclass(frozen=True)
class Answer:
    status: int
    type: str
    place: str
    body: bytes


class Walker:
    """One person who goes everywhere.  ``pages`` are the addresses that were opened, by the name of each."""

    def __init__(self, place: Served, role: str, names: "Names") -> None:
        self.role, self.names = role, names
        self.connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=60)
        self.host = place.url
        self.cookies: dict[str, str] = {}
        self.pages: dict[str, list[str]] = {}
        self.deeds: set[str] = set()
        self.troubles: list[str] = []

    # Asking and sending

    def ask(self, method: str, address: str, body: bytes = b"", type: str = FORM) -> Answer:
        """One request; where it leads on, one follows."""
        for _ in range(5):
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if method == "POST":
                headers |= {"Content-Type": type, "Origin": self.host}
            response = self._answer(method, address, body, headers)
            data = response.read()
            for line in response.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            if response.status not in (301, 302, 303):
                return Answer(response.status, response.headers.get_content_type(), address, data)
            address = urljoin(address, response.headers["Location"]).removeprefix(self.host)
            method, body = "GET", b""
        raise AssertionError(f"{address} leads round in circles")

    def _answer(self, method: str, address: str, body: bytes, headers: dict) -> http.client.HTTPResponse:
        """Once more where the server had hung up in the meantime."""
        try:
            self.connection.request(method, address, body or None, headers)
            return self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            self.connection.close()
            self.connection.request(method, address, body or None, headers)
            return self.connection.getresponse()

    def get(self, address: str) -> str:
        answer = self.ask("GET", address)
        assert answer.status == 200, (address, answer.status)
        return answer.body.decode()

    def send(self, page: str, address: str = "", **values: str) -> Answer:
        """What the form on ``page`` sends to ``address``."""
        sent = {"csrfmiddlewaretoken": self._token(page), **values}
        return self.ask("POST", address or page, urlencode(sent).encode())

    def bring(self, page: str, name: str, content: str, **values: str) -> Answer:
        """A file, by the form on ``page``."""
        parts = {"csrfmiddlewaretoken": self._token(page), **values}
        lines = [
            f'--edge\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{parts[key]}\r\n' for key in parts
        ]
        lines += [f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n']
        lines += [f"Content-Type: text/csv\r\n\r\n{content}\r\n--edge--\r\n"]
        return self.ask("POST", page, "".join(lines).encode(), "multipart/form-data; boundary=edge")

    def _token(self, page: str) -> str:
        return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page))[1]

    def sign_in(self, email: str) -> "Walker":
        assert self.send("/sign-in/", login=email, password=PASSWORD).status == 200
        assert "/sign-out/" in self.get("/help/")
        return self

    # Going everywhere

    def walk(self, *starts: str) -> "Walker":
        waiting, seen = deque((start, "the beginning") for start in starts), set(starts)
        kinds, addresses = Counter(), Counter()
        while waiting:
            address, origin = waiting.popleft()
            for found in self.open(address, origin):
                path = found.partition("?")[0]
                name = self.names.of(path)
                key = (
                    f"{path}?{urlencode(sorted(parse_qsl(found.partition('?')[2], keep_blank_values=True)))}"
                )
                if key in seen or kinds[name] >= MOST_OF_A_KIND or addresses[path] >= MOST_OF_AN_ADDRESS:
                    continue
                if self.role != READER_OF_THE_POST and name.startswith(POST):
                    continue
                seen.add(key)
                kinds[name] += 1
                addresses[path] += 1
                waiting.append((found, address))
        return self

    def open(self, address: str, origin: str) -> list[str]:
        """Where one can go from there."""
        answer = self.ask("GET", address)
        name = self.names.of(answer.place.partition("?")[0])
        self.pages.setdefault(self.names.of(address.partition("?")[0]), []).append(address)
        if answer.place != address:
            self.pages.setdefault(name, []).append(answer.place)
        if answer.status != 200 and not self._is_closed_link(answer, origin):
            self.troubles.append(f"{answer.status} {address}, from {origin}")
            return []
        if answer.type != "text/html":
            if not answer.body:
                self.troubles.append(f"nothing in {address}, from {origin}")
            return []
        return self._read(Sheet(answer.place, answer.body.decode()))

    def _is_closed_link(self, answer: Answer, origin: str) -> bool:
        """Invitations in old letters say that their time is over, with a page of their own."""
        return answer.status == 410 and self.names.of(origin).startswith(POST)

    def _read(self, sheet: Sheet) -> list[str]:
        if not is_frame(sheet.address) and len(" ".join(sheet.words)) < 40:
            self.troubles.append(f"hardly a word on {sheet.address}")
        self.deeds.update(self.names.of(action) for action in sheet.deeds)
        self.troubles += [
            f"a form on {sheet.address} sends to {action}, which is nowhere"
            for action in sheet.deeds
            if self.names.of(action) == ""
        ]
        on = [self._target(link, sheet) for link in (*sheet.links, *sheet.searches)]
        return [link for link in on if link]

    def _target(self, link: str, sheet: Sheet) -> str:
        if link.startswith("#"):
            if link == "#" or link[1:] not in sheet.ids:
                self.troubles.append(f"“{link}” on {sheet.address} leads nowhere")
            return ""
        there = urlsplit(urljoin(self.host + sheet.address, link))
        if there.scheme not in ("http", "https") or f"{there.scheme}://{there.netloc}" != self.host:
            return ""
        return there.path + (f"?{there.query}" if there.query else "")


class Names:
    """The name of each address, as the URLconf of a demo has it."""

    def __init__(self) -> None:
        self.known = list(patterns())

    def of(self, address: str) -> str:
        path = address.partition("?")[0].removeprefix("/")
        if path.startswith("static/"):
            return "static"
        for name, pattern in self.known:
            if pattern.pattern.match(path):
                return name
        return DEMO_ONLY.match(path)[1] if DEMO_ONLY.match(path) else ""


# The tests themselves run without the pages that only a demo has.
DEMO_ONLY = re.compile(r"(post|styleguide)/")
