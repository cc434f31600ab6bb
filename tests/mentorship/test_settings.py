import os
import runpy
import stat
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mentorship.webhooks import VIEWS
from tests.services import ROOT

pytestmark = pytest.mark.once

GOOD = {
    "MODE": "production",
    "PUBLIC_URL": "https://mentoring.example.org",
    "SECRET_KEY": "b7Jq2-xkW0v5R9tLpYfUe3Za8HsNdCgMi1oE6TrQ4xKzV2bN8mP",
    "CONTENT_KEYS": "k1:w8Xc4-ZrT1yKmB6uVjP0oQe5LhDfGs2Ai9nU7Jt3qYdR5gHvF0c",
    "DATABASE_URL": "postgres://mentorship:word@db.example.org:5432/mentorship",
    "REDIS_URL": "redis://:word@redis.example.org:6379/0",
    "EMAIL_URL": "smtp+tls://name:word@mail.example.org:587",
}


@pytest.fixture
def settings_of(monkeypatch, tmp_path):
    """The settings as they are with these variables and no others."""

    def load(**variables):
        for name in {*os.environ} - {"PATH", "HOME"}:
            monkeypatch.delenv(name)
        for name, value in {"VAR": str(tmp_path / "var"), **variables}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "mentorship" / "settings.py"))

    return load


def without(name):
    return {key: value for key, value in GOOD.items() if key != name}


def test_production_starts_with_all_it_needs(settings_of):
    found = settings_of(**GOOD)
    assert found["PRODUCTION"] is True
    assert found["DEMO"] is False
    assert found["DATABASES"]["default"]["HOST"] == "db.example.org"
    assert found["EMAIL_HOST"] == "mail.example.org"
    assert found["EMAIL_USE_TLS"] is True


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "CONTENT_KEYS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PUBLIC_URL"]
)
def test_production_does_not_start_without(name, settings_of):
    with pytest.raises(ImproperlyConfigured, match=name):
        settings_of(**without(name))


@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "a" * 60,
        "changeme-changeme-changeme-changeme-changeme",
        "Change this to something long and random, please",
        "default-secret-key-default-secret-key-default",
        "insecure-key-for-development-only-do-not-use-it",
        "secret-secret-secret-secret-secret-secret-secret",
        "django-insecure-5b$j0v1r9q8w7e6t5y4u3i2o1p0a9s8d7f6g5h4",
        "only-the-tests-know-this-key-and-it-opens-nothing-else",
    ],
)
def test_production_does_not_start_with_a_secret_that_others_know(weak, settings_of):
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY must be a real secret"):
        settings_of(**{**GOOD, "SECRET_KEY": weak})
    with pytest.raises(ImproperlyConfigured, match="k2 of CONTENT_KEYS must be a real secret"):
        settings_of(**{**GOOD, "CONTENT_KEYS": f"{GOOD['CONTENT_KEYS']},k2:{weak}"})


@pytest.mark.parametrize(
    "ring", ["no-name-before-this-long-key-0123456789abcdef-0123456789", ":nameless", "empty:"]
)
def test_content_keys_have_a_name_and_a_secret(ring, settings_of):
    with pytest.raises(ImproperlyConfigured, match="name:secret"):
        settings_of(**{**GOOD, "CONTENT_KEYS": ring})


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PUBLIC_URL", "http://mentoring.example.org", "https"),
        ("PUBLIC_URL", "https://example.org/mentoring", "a scheme and a host"),
        ("PUBLIC_URL", "mentoring.example.org", "a scheme and a host"),
        ("DEBUG", "1", "DEBUG"),
        ("MODE", "staging", "MODE must be one of laptop, production"),
    ],
)
def test_production_refuses_what_is_unsafe(variable, value, words, settings_of):
    with pytest.raises(ImproperlyConfigured, match=words):
        settings_of(**{**GOOD, variable: value})


def test_production_never_shows_the_demo(settings_of):
    assert settings_of(**GOOD, DEMO="1")["DEMO"] is False


def test_a_value_can_come_from_a_file_whose_last_line_break_does_not_count(settings_of, tmp_path):
    for name in ("SECRET_KEY", "CONTENT_KEYS", "DATABASE_URL"):
        (tmp_path / name).write_text(f"{GOOD[name]}\n")
    files = {f"{name}_FILE": str(tmp_path / name) for name in ("SECRET_KEY", "CONTENT_KEYS", "DATABASE_URL")}
    plain = {name: value for name, value in GOOD.items() if f"{name}_FILE" not in files}

    found = settings_of(**plain, **files)

    assert found["SECRET_KEY"] == GOOD["SECRET_KEY"]
    assert found["CONTENT_KEYS"] == [GOOD["CONTENT_KEYS"]]
    assert found["DATABASES"]["default"]["NAME"] == "mentorship"


def test_several_content_keys_keep_their_order(settings_of):
    newer = "k2:pR5vYb1XqL8zKd3WnS6tFh9JgM2cAe4UoTi7Qu0E1rTyB9kLw3s"
    assert settings_of(**{**GOOD, "CONTENT_KEYS": f"{newer}, {GOOD['CONTENT_KEYS']}"})["CONTENT_KEYS"] == [
        newer,
        GOOD["CONTENT_KEYS"],
    ]


def test_a_laptop_needs_nothing_and_keeps_its_secrets_to_itself(settings_of, tmp_path):
    first = settings_of()
    again = settings_of()

    assert first["DEMO"] is True
    assert first["DATABASES"]["default"]["NAME"] == str(tmp_path / "var" / "mentorship.sqlite3")
    assert (first["SECRET_KEY"], first["CONTENT_KEYS"]) == (again["SECRET_KEY"], again["CONTENT_KEYS"])
    assert len(first["SECRET_KEY"]) > 50
    assert first["SECRET_KEY"] not in first["CONTENT_KEYS"][0]
    kept = sorted(path.name for path in (tmp_path / "var").glob("*key*"))
    assert kept == ["content_key.txt", "secret_key.txt"]
    assert {stat.S_IMODE((tmp_path / "var" / name).stat().st_mode) for name in kept} == {0o600}


def test_a_laptop_with_a_database_of_its_own_is_no_demo(settings_of):
    assert settings_of(DATABASE_URL="postgres://localhost/mine")["DEMO"] is False
    assert settings_of(DATABASE_URL="postgres://localhost/mine", DEMO="1")["DEMO"] is True


def test_empty_variables_count_as_unset(settings_of):
    found = settings_of(**{**GOOD, "ALLOWED_HOSTS": "", "SECRET_KEY_FALLBACKS": ""})
    assert found["ALLOWED_HOSTS"] == ["mentoring.example.org", "127.0.0.1", "localhost", "[::1]"]
    assert found["SECRET_KEY_FALLBACKS"] == []


def test_a_folder_that_cannot_be_made_is_named(settings_of, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match=f"{tmp_path}/file/var"):
        settings_of(VAR=str(tmp_path / "file" / "var"))


def test_the_deployment_check_finds_nothing_in_production(tmp_path):
    env = {"PATH": os.environ["PATH"], **GOOD, "VAR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "System check identified no issues (1 silenced).\n"), (
        ran.stderr
    )


# Mail that comes in


def test_mail_comes_in_where_an_address_is_given(settings_of):
    assert settings_of(**GOOD)["INBOUND_ADDRESS"] == ""
    assert settings_of(**GOOD, INBOUND_ADDRESS="in@example.org")["INBOUND_ADDRESS"] == "in@example.org"


@pytest.mark.parametrize(
    "address",
    ["in", "@example.org", "in@", "in+box@example.org", "In <in@example.org>", f"{'i' * 20}@example.org"],
)
def test_an_address_that_could_not_carry_what_a_mail_is_about_is_refused(settings_of, address):
    with pytest.raises(ImproperlyConfigured, match="INBOUND_ADDRESS is a bare address"):
        settings_of(**GOOD, INBOUND_ADDRESS=address)


def test_a_mail_provider_needs_a_name_we_know_and_a_key(settings_of):
    with pytest.raises(ImproperlyConfigured, match="MAIL_WEBHOOK_PROVIDER must be one of brevo, mailgun"):
        settings_of(**GOOD, MAIL_WEBHOOK_PROVIDER="somebody", MAIL_WEBHOOK_KEY="key")
    with pytest.raises(ImproperlyConfigured, match="Set MAIL_WEBHOOK_KEY"):
        settings_of(**GOOD, MAIL_WEBHOOK_PROVIDER="mailgun")
    found = settings_of(**GOOD, MAIL_WEBHOOK_PROVIDER="mailgun", MAIL_WEBHOOK_KEY="key")
    assert found["ANYMAIL"] == {"MAILGUN_WEBHOOK_SIGNING_KEY": "key"}
    assert settings_of(**GOOD)["ANYMAIL"] == {}
    with pytest.raises(ImproperlyConfigured, match="The password in MAIL_WEBHOOK_KEY must be a real secret"):
        settings_of(**GOOD, MAIL_WEBHOOK_PROVIDER="postmark", MAIL_WEBHOOK_KEY="name:word")
    key = f"name:{GOOD['SECRET_KEY']}"
    found = settings_of(**GOOD, MAIL_WEBHOOK_PROVIDER="postmark", MAIL_WEBHOOK_KEY=key)
    assert found["ANYMAIL"] == {"WEBHOOK_SECRET": key}


def test_every_provider_that_can_be_named_can_report():
    assert set(VIEWS) == set(settings.WEBHOOK_KEYS)
