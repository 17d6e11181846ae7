"""What a correction of a person changes, and what is wrong with it.

Never: echo a value; a problem names the field and says what would be right.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from fac.casework.intake_form import PersonForm, person_problems
from fac.domain.vocabulary import (
    Channel,
    ContactTopic,
    Gender,
    InfoClass,
    Race,
    SpecialClassification,
    VictimizationType,
)
from fac.errors import FieldProblem, InvalidInput

SEALED = InfoClass.identity.bit | InfoClass.contact.bit
_IDENTITY = ("given_name", "family_name", "preferred_name", "aliases", "born_on", "is_birth_date_estimated")
_CONTACT = (
    "phones", "emails", "address", "postal_code", "is_substitute_address", "safe_channels", "best_times",
    "topics_to_avoid",
)  # fmt: skip
_CODED = ("spoken_language", "written_language", "needs_interpreter")
_DEMOGRAPHIC = ("gender", "races", "special_classifications", "victimizations")
CHANGEABLE = frozenset((*_IDENTITY, *_CONTACT, *_CODED, *_DEMOGRAPHIC))
_MAY_BE_NULL = frozenset(
    {"given_name", "family_name", "preferred_name", "born_on", "address", "postal_code", "best_times"}
)
_WORDS: Mapping[str, Any] = {
    "safe_channels": Channel, "topics_to_avoid": ContactTopic, "races": Race, "victimizations": VictimizationType,
    "special_classifications": SpecialClassification,
}  # fmt: skip

Change = Mapping[str, Any]


def classes_touched(change: Change) -> int:
    """Return the mask of the classes that the change writes; raises InvalidInput for an empty or a nulling one."""
    if not change:
        raise InvalidInput.at("input", "nothing_to_change", "Name at least one field.")
    nulled = [name for name, value in change.items() if value is None and name not in _MAY_BE_NULL]
    if nulled:
        raise InvalidInput(*(FieldProblem(path_of(name), "required", "This cannot be emptied.") for name in nulled))
    touched = InfoClass.outline.bit
    for names, mask in ((_IDENTITY, SEALED), (_CONTACT, SEALED), (_DEMOGRAPHIC, InfoClass.demographic.bit)):
        if not change.keys().isdisjoint(names):
            touched |= mask
    return touched


def form_of(row: Mapping[str, Any], identity: Mapping[str, Any], contact: Mapping[str, Any]) -> PersonForm:
    """Return the person as a form would have said it, from the row and its opened bundles (empty when not opened)."""
    said: dict[str, Any] = {name: identity[name] for name in _IDENTITY if name in identity}
    said |= {name: contact[name] for name in _CONTACT if name in contact}
    said |= {name: row[name] for name in (*_CODED, *_DEMOGRAPHIC)}
    said["gender"] = Gender(said["gender"])
    for name, words in _WORDS.items():
        if name in said:
            said[name] = [words(each) for each in said[name]]
    listed = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    blank: dict[str, Any] = {"ref": "person", "given_name": None, "family_name": None, "involvements": ()}
    return PersonForm(**blank | listed)


def changed(form: PersonForm, change: Change, today: date) -> PersonForm:
    """Return the form with the change made; raises InvalidInput with every problem of what it then says."""
    after = replace(form, **change)
    named = {path_of(each.name) for each in fields(PersonForm) if each.name in change}
    if not change.keys().isdisjoint(_IDENTITY):
        named.add("givenName")  # some name must be left
    problems = [each for each in person_problems(after, today) if each.path.partition(".")[0] in named]
    if problems:
        raise InvalidInput(*problems)
    return after


def path_of(name: str) -> str:
    """Return the field's name as the form's sender wrote it."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
