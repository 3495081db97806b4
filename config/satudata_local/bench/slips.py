"""Typing errors, made by the rules that typing has: a letter left out, put in, wrong, doubled, or swapped."""

from __future__ import annotations

import random
import string

KINDS = 5


def slipped(text: str, rng: random.Random, errors: int = 1) -> str:
    """Return a text with so many typing errors in it, nowhere but in its letters."""
    for _error in range(errors):
        text = _slip(text, rng)
    return text


def _slip(text: str, rng: random.Random) -> str:
    places = [place for place, letter in enumerate(text) if letter.isalpha()]
    if not places:
        return text
    at, letter = rng.choice(places), rng.choice(string.ascii_lowercase)
    before, here, after = text[:at], text[at], text[at + 1 :]
    made = (before + after, before + letter + here + after, before + letter + after, before + here + here + after)
    return (*made, before + after[:1] + here + after[1:])[rng.randrange(KINDS)]
