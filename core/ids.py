"""Public names of rows: short, unguessable enough not to be counted, readable aloud."""

import secrets

# Crockford's alphabet without vowels that make words and without letters that look like digits.
ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
LENGTH = 8


def new_public_id() -> str:
    """Eight characters of 28: 3.8 x 10^11 names, so that addresses neither count nor order the rows."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
