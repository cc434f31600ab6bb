"""docker-compose.yml and Dockerfile, as far as they can be tried without an engine.

The file is read by the real parser of Compose.  Then the commands and the environment it gives to each
service are run as processes on the PostgreSQL and Redis of the test run: what is changed there changes what
runs here.
"""

import http.client
import json
import os
import re
import subprocess
import sys
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from mentorship import supervisor
from mentorship.supervisor import Group, Part
from tests import services
from tests.services import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.once]

PROGRAMS = Path(sys.executable).parent
HOST = "mentoring.example.org"
MIRA = """
from people.models import User
person = User(full_name="Mira Moreau", email="mira@example.org")
person.set_password("a long walk by the sea")
person.save()
"""
OWN = ("migrate", "web", "worker", "scheduler")
GIVEN = {
    "PUBLIC_URL": f"https://{HOST}",
    "SECRET_KEY": "b7Jq2-xkW0v5R9tLpYfUe3Za8HsNdCgMi1oE6TrQ4xKzV2bN8mP",
    "CONTENT_KEYS": "k1:w8Xc4-ZrT1yKmB6uVjP0oQe5LhDfGs2Ai9nU7Jt3qYdR5gHvF0c",
    "POSTGRES_PASSWORD": "postgresword",
    "REDIS_PASSWORD": "redisword",
    "EMAIL_URL": "smtp://mail.example.org:25",
    "DEFAULT_FROM_EMAIL": f"mentoring@{HOST}",
}


def compose(*command, given=GIVEN, file="docker-compose.yml"):
    return subprocess.run(
        [PROGRAMS / "docker-compose", "--env-file", "/dev/null", "-f", file, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def config():
    read = compose("config", "--format", "json")
    assert read.returncode == 0, read.stderr
    return json.loads(read.stdout)["services"]


# What is written


def test_compose_reads_the_file_without_a_word():
    assert (compose("config", "-q").returncode, compose("config", "-q").stderr) == (0, "")


@pytest.mark.parametrize("name", GIVEN)
def test_nothing_starts_without(name):
    read = compose("config", "-q", given={key: value for key, value in GIVEN.items() if key != name})
    assert read.returncode == 1
    assert f"required variable {name} is missing a value" in read.stderr


def test_the_parser_would_see_a_mistake(tmp_path):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("healthcheck:", "healthcheque:"))
    assert compose("config", "-q", file=str(wrong)).returncode != 0


def test_the_dockerfile_passes_a_strict_reader():
    read = subprocess.run([PROGRAMS / "hadolint", "Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    assert (read.returncode, read.stdout) == (0, "")


def test_migrations_go_first_and_everybody_waits_for_them(config):
    for name in ("web", "worker", "scheduler"):
        waits = {other: each["condition"] for other, each in config[name]["depends_on"].items()}
        assert waits == {
            "migrate": "service_completed_successfully",
            "postgres": "service_healthy",
            "redis": "service_healthy",
        }
    assert config["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_nobody_runs_as_root_or_can_become_it(config):
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users == ["10001"]
    for name in OWN:
        assert "user" not in config[name]
        assert config[name]["cap_drop"] == ["ALL"]
        assert config[name]["security_opt"] == ["no-new-privileges:true"]


def test_every_lasting_service_has_a_health_check_and_comes_back(config):
    for name in ("web", "worker", "scheduler", "postgres", "redis"):
        assert config[name]["healthcheck"]["test"][0] == "CMD"
        assert config[name]["restart"] == "unless-stopped"


def test_only_the_web_is_reached_from_outside_and_only_by_a_proxy_on_the_machine(config):
    assert [name for name, service in config.items() if service.get("ports")] == ["web"]
    (port,) = config["web"]["ports"]
    assert (port["host_ip"], port["target"]) == ("127.0.0.1", 8000)
    inside = [name for name, service in config.items() if "outside" not in service["networks"]]
    assert inside == ["postgres", "redis"]


def test_what_must_last_is_in_volumes(config):
    kept = {name: [each["target"] for each in config[name]["volumes"]] for name in config}
    assert kept["postgres"] == ["/var/lib/postgresql/data"]
    assert kept["redis"] == ["/data"]
    home = re.search(r"VAR=(\S+)", (ROOT / "Dockerfile").read_text())[1]
    assert {name: kept[name] for name in OWN} == {name: [home] for name in OWN}


def test_all_own_services_run_one_image_in_production_mode(config):
    assert {config[name]["image"] for name in OWN} == {"mentorship:latest"}
    assert [config[name]["environment"]["MODE"] for name in OWN] == ["production"] * 4
    assert len({json.dumps(config[name]["environment"]) for name in OWN}) == 1


def test_the_image_holds_the_product_and_not_the_tests():
    lines = (ROOT / ".dockerignore").read_text().split()
    assert lines[0] == "*"
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages | {"templates", "static", "manage.py"} <= {line.removeprefix("!") for line in lines}
    assert "!tests" not in lines


# What runs


class Running:
    """The services of the file as processes, with addresses of the test run for the names of containers."""

    def __init__(self, config, database, sink, base):
        self.config = config
        self.port = supervisor.free_port()
        self.base = base
        redis, cache = urlsplit(os.environ["REDIS_URL"]), urlsplit(os.environ["CACHE_URL"])
        self.addresses = {
            "postgres://mentorship:postgresword@postgres:5432/mentorship": database,
            "redis://:redisword@redis:6379/0": redis.geturl(),
            "redis://:redisword@redis:6379/1": cache.geturl(),
            "smtp://mail.example.org:25": sink.url,
            "0.0.0.0:8000": f"127.0.0.1:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
        }

    def here(self, text):
        for there, here in self.addresses.items():
            text = text.replace(there, here)
        return text

    def env(self, name):
        image = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "VAR": str(self.base / "var"),
            "STATIC_ROOT": str(self.base / "static"),
            "TICK_SECONDS": "1",
        }
        return image | {key: self.here(value) for key, value in self.config[name]["environment"].items()}

    def command(self, name):
        return tuple(self.here(word) for word in self.config[name]["command"])

    def once(self, name, *command):
        ran = subprocess.run(
            command or self.command(name), cwd=ROOT, env=self.env(name), capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def is_healthy(self, name):
        kind, *command = self.config[name]["healthcheck"]["test"]
        assert kind == "CMD"
        command = [self.here(word) for word in command]
        return subprocess.run(command, cwd=ROOT, env=self.env(name), capture_output=True).returncode == 0

    def becomes_healthy(self, name, group):
        process = group.running[name].process
        supervisor.wait_until(lambda: process.poll() is not None or self.is_healthy(name), 120)
        return process.poll() is None and self.is_healthy(name)

    def ask(self, method, path, *, form=None, cookies=(), secure=True):
        """As a proxy would pass it on."""
        headers = {"Host": HOST, "X-Forwarded-For": "203.0.113.7"}
        if secure:
            headers |= {"X-Forwarded-Proto": "https", "Referer": f"https://{HOST}{path}"}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in dict(cookies).items())
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body=urlencode(form or {}), headers=headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        answer.cookies = SimpleCookie()
        for line in answer.headers.get_all("Set-Cookie", []):
            answer.cookies.load(line)
        return answer


@pytest.fixture(scope="module")
def running(config, postgres, tmp_path_factory):
    base = tmp_path_factory.mktemp("compose")
    with services.database_beside(postgres) as database, services.smtp_sink() as sink:
        it = Running(config, database, sink, base)
        it.sink = sink
        it.once("migrate")
        it.once("web", "python", "manage.py", "collectstatic", "--no-input")
        it.once("web", "python", "manage.py", "shell", "-c", MIRA)
        groups = []
        try:
            for name in ("web", "worker", "scheduler"):
                group = Group(it.env(name), say=lambda line: None)
                groups.append(group)
                group.start(Part(name, it.command(name), leaves=0))
            for name, group in zip(("web", "worker", "scheduler"), groups, strict=True):
                assert it.becomes_healthy(name, group), group.last_words
            yield it
        finally:
            for group in groups:
                group.stop()


def test_all_services_become_healthy_by_their_own_checks(running):
    assert [name for name in ("web", "worker", "scheduler") if not running.is_healthy(name)] == []
    deep = json.loads(running.ask("GET", "/healthz/deep").text)
    assert deep["ok"] is True


def test_a_person_signs_in_through_them(running):
    page = running.ask("GET", "/sign-in/")
    assert page.status == 200
    cookies = {name: morsel.value for name, morsel in page.cookies.items()}
    assert set(cookies) == {"__Host-csrf"}

    form = {
        "login": "mira@example.org",
        "password": "a long walk by the sea",
        "csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1],
    }
    wrong = running.ask("POST", "/sign-in/", form={**form, "password": "not it"}, cookies=cookies)
    assert "__Host-session" not in wrong.cookies

    signed_in = running.ask("POST", "/sign-in/", form=form, cookies=cookies)
    assert (signed_in.status, signed_in.headers["Location"]) == (302, "/home/")
    session = signed_in.cookies["__Host-session"]
    assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")

    me = {"__Host-session": session.value}
    again = running.ask("GET", "/sign-in/", cookies=me)
    assert (again.status, again.headers["Location"]) == (302, "/home/")


def test_a_mailed_code_comes_from_the_worker(running):
    page = running.ask("GET", "/sign-in/code/")
    form = {
        "email": "mira@example.org",
        "csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1],
    }
    cookies = {name: morsel.value for name, morsel in page.cookies.items()}
    assert running.ask("POST", "/sign-in/code/", form=form, cookies=cookies).status == 302
    (letter,) = running.sink.wait_for("mira@example.org")
    assert letter["From"].addresses[0].addr_spec == f"mentoring@{HOST}"


def test_plain_http_is_sent_to_https(running):
    answer = running.ask("GET", "/sign-in/", secure=False)
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/sign-in/")


def test_pages_and_files_carry_the_headers_of_production(running):
    page = running.ask("GET", "/sign-in/")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    style = re.search(r'href="(/static/css/tokens\.[0-9a-f]+\.css)"', page.text)[1]
    file = running.ask("GET", style)
    assert (file.status, file.headers["Cache-Control"]) == (200, "max-age=315360000, public, immutable")


def test_an_unknown_host_is_refused(running):
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    connection.request("GET", "/sign-in/", headers={"Host": "evil.example.com", "X-Forwarded-Proto": "https"})
    assert connection.getresponse().status == 400
