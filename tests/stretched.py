"""A language for tests: English, marked and two fifths longer.

What stands on a page without its brackets was not said through gettext.  What is cut off or runs out of its
place would not bear German or Finnish.
"""

import pytest
from django.utils.translation import trans_real

SEPARATOR = "\x04"  # between the context of a message and the message, as gettext has it
FORMATS = ("date format", "time format")


def stretch(message: str) -> str:
    context, _separator, words = message.rpartition(SEPARATOR)
    return words if context in FORMATS or not words.strip() else f"[{words}{'·' * (2 * len(words) // 5)}]"


class Stretched:
    """What Django needs of a language."""

    def gettext(self, message: str) -> str:
        return stretch(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return stretch(singular if number == 1 else plural)

    def language(self) -> str:
        return "en"

    to_language = language


@pytest.fixture
def stretched(monkeypatch):
    monkeypatch.setitem(trans_real._translations, "en", Stretched())


UNMARKED = """
() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const words = walk.currentNode.textContent.trim();
    const place = walk.currentNode.parentElement.closest('script, style, [data-said-by], .face, .brand');
    if (!place && /\\p{L}{2}/u.test(words) && !/[\\[\\]·]/.test(words)) found.push(words);
  }
  return found;
}
"""


def unmarked(page) -> list[str]:
    """The visible words of a page in the browser that did not go through gettext."""
    return page.evaluate(UNMARKED)
