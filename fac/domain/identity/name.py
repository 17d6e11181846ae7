"""Names reduced to the parts that people agree on: no accents, no particles or articles, no suffixes, and a sound key.

The key hears Spanish and English alike: b and v, s and z and soft c, j and soft g and the x of Ximénez, silent h, k and
qu are the same. It is coarse on purpose; the score decides.
Never: treat a name as wrong; whatever was said is a name.
"""

import re
import unicodedata
from typing import Final

_LONGEST: Final = 200
_MOST_PARTS: Final = 6
_LONGEST_PART: Final = 32  # so that six parts and their spaces stay within _LONGEST, and a second pass changes nothing
_APOSTROPHES: Final = str.maketrans("", "", "'’‘`´ʼʹ")  # noqa: RUF001  # these are what people type
_LETTERS: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}  # noqa: RUF001  # as above
)


def words_of(line: str) -> frozenset[str]:
    """Return the words of a line as a set: how lists of words are written here."""
    return frozenset(line.split())


_PARTICLES: Final = words_of(
    "de del la las los el y e da das do dos di du van von der den ter le of the vda viuda al ibn bin bint thi"
)
_SUFFIXES: Final = words_of("jr sr ii iii iv junior senior")
_ARABIC: Final = words_of(
    "masri hassan hussein ahmad ahmed sayed sayyid khatib najjar haddad hakim shami halabi baghdadi jabouri jaburi "
    "obeidi saadi rashid rashidi mansour mansouri qasim qasimi zahrani ghamdi otaibi harbi dosari shammari hashimi "
    "hashemi tamimi zubaidi bayati dulaimi sabah thani nahyan maktoum khalifa amin najar tikriti khoury attar sharif"
)
_FUSED_WITH: Final = {
    "de": words_of("leon jesus anda alba"),
    "dela": words_of("cruz torre rosa fuente vega garza paz luz pena mora rivera cerda o hoya riva barrera"),
    "del": words_of("rio valle castillo toro real campo bosque rosario angel pino moral olmo"),
    "delos": words_of("santos reyes rios angeles"),
    "al": _ARABIC,
    "el": _ARABIC,
}
_FUSED: Final = {particle + rest: rest for particle, names in _FUSED_WITH.items() for rest in names}
_SERVANT: Final = frozenset({"abd", "abdul", "abdel", "abdal", "abdu"})
_JOINED: Final = {"abu": "abu", "abou": "abu", "mc": "mc", "mac": "mc"} | dict.fromkeys(_SERVANT, "abdul")
_ABD: Final = re.compile("abd(?:[aeu]|i(?=.{4}))l*([^l].+)")
_DOUBLED: Final = re.compile(r"^(.)\1+")
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
    parts = letters_of(text[:_LONGEST])
    parts = [part for part in parts if part not in _SUFFIXES] or parts
    parts = [part for part in parts if part not in _PARTICLES] or parts
    return tuple(_FUSED.get(part, part) for part in _joined(parts)[:_MOST_PARTS])


def letters_of(text: str) -> list[str]:
    """Return the words of ``text`` in order: lower case, no accents, letters only."""
    return "".join(mark if mark.isalpha() else " " for mark in _folded(text).translate(_APOSTROPHES)).split()


def sound_of(part: str) -> str:
    """Return the key of how one normalised part sounds: at most eight letters; scripts but Latin are their own key."""
    if not part.isascii():
        return part
    key = part
    for pattern, sound in _SOUNDS:
        key = pattern.sub(sound, key)
    return key.lower()[:8] if len(key) > 1 else part


def _joined(parts: list[str]) -> list[str]:
    """Return the parts with those that belong to the next one written with it: abd al-rahman, abu bakr, mc donald."""
    joined: list[str] = []
    for part in parts:
        if joined and joined[-1] in _JOINED:
            joined[-1] = _servant_of(_JOINED[joined[-1]] + part)
        else:
            joined.append(_servant_of(part))
    return [part[:_LONGEST_PART] for part in joined]


def _servant_of(part: str) -> str:
    # Abdurrahman, Abdelrahman, Abdirahman, Abdul Rahman: the article takes the vowel and the letter of its neighbours.
    found = _ABD.fullmatch(part)
    return part if found is None else "abdul" + _DOUBLED.sub(r"\1", found[1])


def _folded(text: str) -> str:
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(mark for mark in once if not unicodedata.combining(mark)).translate(_LETTERS)
