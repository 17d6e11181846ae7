"""Names reduced to the parts that people agree on: no accents, no particles, no suffixes, and a key for how they sound.

The key hears Spanish and English alike: b and v, s and z and soft c, j and soft g and the x of Ximénez, silent h, k and
qu are the same. It is coarse on purpose; the score decides.
Never: treat a name as wrong; whatever was said is a name.
"""

import re
import unicodedata
from typing import Final

_LONGEST: Final = 200
_MOST_PARTS: Final = 6
_APOSTROPHES: Final = str.maketrans("", "", "'’‘`´ʼʹ")  # noqa: RUF001  # these are what people type
_LETTERS: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}  # noqa: RUF001  # as above
)


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


_PARTICLES: Final = _words("de del la las los el y e da das do dos di du van von der den ter le of the")
_SUFFIXES: Final = _words("jr sr ii iii iv junior senior")
_FUSED_WITH: Final = {
    "de": _words("leon jesus anda alba"),
    "dela": _words("cruz torre rosa fuente vega garza paz luz pena mora rivera cerda"),
    "del": _words("rio valle castillo toro real campo bosque rosario"),
    "delos": _words("santos reyes rios"),
}
_FUSED: Final = {particle + rest: rest for particle, names in _FUSED_WITH.items() for rest in names}
_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("^(?:kn|gn|pn)", "n"),
        ("^wr", "r"),
        ("^wh", "w"),
        ("^ps", "s"),
        ("^ll", "y"),
        ("^x", "j"),
        ("ph", "f"),
        ("ght", "t"),
        ("sch|sh", "s"),
        ("t?ch", "C"),
        ("th", "t"),
        ("gh?u(?=[eiy])|gh", "G"),
        ("dg(?=[eiy])|g(?=[eiy])", "j"),
        ("G", "g"),
        ("c(?=[eiy])|z|x", "s"),
        ("ck|qu|q|c", "k"),
        ("v|w(?=[aeiouy])", "b"),
        ("[hw]", ""),
        ("^[aeiouy]", "A"),
        ("[aeiouy]", ""),
        (r"(.)\1+", r"\1"),
    )
)


def normal_name(text: str) -> tuple[str, ...]:
    """Return the parts of a name in order: lower case, letters only, particles and suffixes gone, at most six.

    "María José de la Cruz-O'Neill Jr." gives maria, jose, cruz, oneill. A name of particles alone keeps them.
    """
    folded = _folded(text[:_LONGEST])
    parts = "".join(mark if mark.isalpha() else " " for mark in folded.translate(_APOSTROPHES)).split()
    parts = [part for part in parts if part not in _SUFFIXES] or parts
    parts = [part for part in parts if part not in _PARTICLES] or parts
    return tuple(_FUSED.get(part, part) for part in parts[:_MOST_PARTS])


def sound_of(part: str) -> str:
    """Return the key of how one normalised part sounds: at most eight letters; scripts but Latin are their own key."""
    if not part.isascii():
        return part
    key = part
    for pattern, sound in _SOUNDS:
        key = pattern.sub(sound, key)
    return key.lower()[:8] if len(key) > 1 else part


def _folded(text: str) -> str:
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(mark for mark in once if not unicodedata.combining(mark)).translate(_LETTERS)
