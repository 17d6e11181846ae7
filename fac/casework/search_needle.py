"""What somebody searches for: partial knowledge of one person, refused when it is too little or means something else.

Never: show, log or keep a needle; find by one attribute alone; know what "not" means.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from fac.casework.intake_form import birth_date, is_whole_date
from fac.domain.identity import (
    IdentityFacts,
    asked_terms,
    normal_email,
    normal_name,
    normal_phone,
    normal_postal_code,
)
from fac.domain.vocabulary import InfoClass
from fac.errors import FieldProblem

FEWEST_ATTRIBUTES = 2
MOST_TEXT = 200
_FEWEST_LETTERS = 2
_MOST_TERMS = 512  # two forms of a name with every start of the other name, and each birth month of a year
_UNAMBIGUOUS_DAY = 13  # a day that cannot be read as a month, so that a month asks for itself alone
_OPERATORS = frozenset('*%?_!^|&<>=\\"~[]{}')
_IDENTITY, _CONTACT = InfoClass.identity.bit, InfoClass.contact.bit
# Which class of information each attribute is of: it finds only where that class may be seen.
CLASSES = {
    "given_name": _IDENTITY, "family_name": _IDENTITY, "born_on": _IDENTITY, "phone": _CONTACT, "email": _CONTACT,
    "postal_code": _CONTACT,
}  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Needle:
    """What is known; ``born_on`` is YYYY, YYYY-MM or YYYY-MM-DD."""

    given_name: str | None = None
    family_name: str | None = None
    born_on: str | None = None
    phone: str | None = None
    email: str | None = None
    postal_code: str | None = None

    def __repr__(self) -> str:
        return "<Needle>"

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names of what is given."""
        return tuple(name for name in CLASSES if getattr(self, name) is not None)

    @property
    def facts(self) -> IdentityFacts:
        """The needle as facts to be compared; a date that is not whole is an estimate."""
        return IdentityFacts(
            given_name=self.given_name,
            family_name=self.family_name,
            born_on=birth_date(self.born_on),
            born_estimated=not is_whole_date(self.born_on),
            phones=() if self.phone is None else (self.phone,),
            emails=() if self.email is None else (self.email,),
            postal_code=self.postal_code,
        )


def needle_problems(needle: Needle) -> list[FieldProblem]:
    """Return everything that is wrong with the needle, nothing when it may be searched for."""
    found = [*_names(needle), *_contacts(needle)]
    if needle.born_on is not None and birth_date(needle.born_on) is None:
        found.append(FieldProblem("bornOn", "not_a_date", "Write a birth date as YYYY-MM-DD, YYYY-MM or YYYY."))
    if not found and len(needle.attributes) < FEWEST_ATTRIBUTES:
        found.append(FieldProblem("input", "too_little", "Give two attributes at least, such as both names."))
    if not found and not terms_of(needle):
        found.append(FieldProblem("input", "too_little", "Add a name, a phone number or an e-mail address."))
    return found


def terms_of(needle: Needle) -> dict[str, int]:
    """Return the match terms with the mask of classes that each one tells of; none when too little is known."""
    found: dict[str, int] = {}
    for facts in _readings(needle):
        nameless = replace(facts, given_name=None, family_name=None, born_on=None)
        unreachable = replace(facts, phones=(), emails=(), postal_code=None)
        for term in asked_terms(unreachable):
            found.setdefault(term, _IDENTITY)
        for term in asked_terms(nameless):
            found.setdefault(term, _CONTACT)
        for term in asked_terms(facts):
            found.setdefault(term, _IDENTITY | _CONTACT)
    return dict(list(found.items())[:_MOST_TERMS])


def _readings(needle: Needle) -> Iterator[IdentityFacts]:
    """Yield the needle once for each birth month it may mean: the index knows whole dates by their month."""
    facts, said = needle.facts, needle.born_on
    if facts.born_on is None or said is None or is_whole_date(said):
        yield facts
        return
    months = range(1, 13) if len(said) == len("YYYY") else (facts.born_on.month,)
    for month in months:
        day = date(facts.born_on.year, month, _UNAMBIGUOUS_DAY)
        yield replace(facts, born_on=day, born_estimated=False)


def _names(needle: Needle) -> Iterator[FieldProblem]:
    for path, text in (("givenName", needle.given_name), ("familyName", needle.family_name)):
        if text is None:
            continue
        parts = normal_name(text)
        if len(text) > MOST_TEXT:
            yield FieldProblem(path, "too_long", f"{MOST_TEXT} characters at most.")
        elif _OPERATORS & set(text) or text.split()[:1] in (["NOT"], ["-"]) or text.lstrip().startswith("-"):
            yield FieldProblem(path, "no_operators", "Write the name itself: nothing stands for any letter or for not.")
        elif not parts or all(len(part) < _FEWEST_LETTERS and part.isascii() for part in parts):
            yield FieldProblem(path, "too_short", "Write a name of two letters at least, or leave it out.")


def _contacts(needle: Needle) -> Iterator[FieldProblem]:
    if needle.phone is not None and (len(needle.phone) > MOST_TEXT or normal_phone(needle.phone) is None):
        yield FieldProblem("phone", "not_a_phone", "Write a whole number with its area code, or +country.")
    if needle.email is not None and (len(needle.email) > MOST_TEXT or normal_email(needle.email) is None):
        yield FieldProblem("email", "not_an_email", "Write an address as name@domain.")
    code = needle.postal_code
    if code is not None and (len(code) > MOST_TEXT or normal_postal_code(code) is None):
        yield FieldProblem("postalCode", "not_a_postal_code", "Write the whole postal code.")
