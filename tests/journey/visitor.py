"""Somebody in front of a browser, who reads pages, fills fields by their labels and presses what is written there."""

import re
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests import services

CODE = re.compile(r"\b[A-Z]{4}-[A-Z]{4}\b")
PATIENCE_MS = 30_000
SHOWN_BY_ITSELF = ("/favicon.ico",)


class Visitor:
    """``complaints`` holds what the browser complained of; no page may leave anything there."""

    def __init__(self, browser: Browser, machine: services.Machine, email: str) -> None:
        self.machine = machine
        self.email = email
        self.complaints: list[str] = []
        context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._look_at)

    def _hear(self, said) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(f"{said.text} ({self.page.url})")

    def _look_at(self, response) -> None:
        if response.status >= 400 and not response.url.endswith(SHOWN_BY_ITSELF):
            self.complaints.append(f"{response.status} {response.request.method} {response.url}")

    # Going

    def open(self, address: str) -> "Visitor":
        self.page.goto(address if "://" in address else self.machine.url + address)
        return self

    def follow(self, name: str | re.Pattern, *, within: str = "body") -> "Visitor":
        with self.page.expect_navigation():
            self.page.locator(within).get_by_role(
                "link", name=name, exact=isinstance(name, str)
            ).first.click()
        return self

    def press(self, name: str | re.Pattern, *, within: str = "body") -> "Visitor":
        with self.page.expect_navigation():
            button = self.page.locator(within).get_by_role("button", name=name, exact=isinstance(name, str))
            button.first.click()
        return self

    def fill(self, label: str, value: str) -> "Visitor":
        """A field by its label, whether it may be left out or not."""
        self.page.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$")).first.fill(value)
        return self

    def choose(self, group: str, answer: str | re.Pattern) -> "Visitor":
        self.page.get_by_role("group", name=group).get_by_role("radio", name=answer).check()
        return self

    def tick(self, label: str) -> "Visitor":
        self.page.get_by_label(label, exact=True).check()
        return self

    def upload(self, file: Path) -> "Visitor":
        self.page.get_by_label("The file", exact=True).set_input_files(file)
        return self.press("Look at this file")

    def take_away(self, name: str | re.Pattern) -> bytes:
        """What the browser is given to keep when this button of a menu is pressed."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=name).first.click()
        return Path(download.value.path()).read_bytes()

    def is_refused(self) -> "Visitor":
        """The page before asked for something, as it should; that is nothing to complain of."""
        assert self.page.locator(".errors").is_visible()
        self.complaints = [words for words in self.complaints if "422" not in words]
        return self

    # Reading

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def sees(self, words: str | re.Pattern) -> "Visitor":
        expect(self.page.locator("main")).to_contain_text(words, timeout=PATIENCE_MS)
        return self

    def ledger(self) -> dict[str, int]:
        """The big numbers of a page by what is written above each."""
        rows = self.page.locator("dl.ledger > div").all()
        return {
            row.locator("dt").inner_text(): int(re.sub(r"\D.*", "", row.locator("dd").first.inner_text()))
            for row in rows
        }

    def names_in_table(self) -> list[str]:
        return self.page.locator("tbody th b").all_inner_texts()

    # Mail

    def letters(self, subject: str = "") -> list[EmailMessage]:
        return [letter for letter in self.machine.sink.to(self.email) if subject in str(letter["Subject"])]

    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.letters()]

    def links(self, letter: EmailMessage) -> list[str]:
        return re.findall(r"http://\S+", letter.get_body(("plain",)).get_content())

    def sign_in(self) -> "Visitor":
        """By the code that the worker mails."""
        before = len(self.letters())
        self.open("/sign-in/").follow("Send me a code").fill("Email", self.email).press("Send me a code")
        letter = self.machine.sink.wait_for(self.email, count=before + 1)[-1]
        self.fill("Code", CODE.search(letter.get_body(("plain",)).get_content())[0])
        return self.press("Sign in")

    def leave(self) -> None:
        self.page.context.close()
