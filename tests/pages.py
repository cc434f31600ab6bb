"""A page as a test reads it."""

import re


def text(response) -> str:
    """Its markup, with every run of white space as one blank."""
    return " ".join(response.content.decode().split())


def words_of(response) -> str:
    """What somebody reads there, without the tags."""
    page = re.sub(r"<script.*?</script>|<svg.*?</svg>", " ", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
