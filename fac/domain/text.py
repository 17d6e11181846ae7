"""What the words people type into the directory must be: there, and not endless.

Never: echo a text; a problem names the field and the limit.
"""

from collections.abc import Iterator

from fac.domain.language import is_language
from fac.errors import FieldProblem, InvalidInput

NAME, SENTENCES = 200, 2_000


def require_texts(*, most: int = NAME, **texts: str) -> Iterator[FieldProblem]:
    """Return a problem for each text that is blank or longer than ``most``; keys are the fields' names."""
    for path, text in texts.items():
        if not text.strip():
            yield FieldProblem(path, "required", "Write something here.")
        elif len(text) > most:
            yield FieldProblem(path, "too_long", f"{most} characters at most.")


def require_languages(path: str, tags: list[str]) -> Iterator[FieldProblem]:
    """Return a problem when there is no language, and one for each that is not a BCP 47 tag."""
    if not tags:
        yield FieldProblem(path, "required", "Name at least one language.")
    for place, tag in enumerate(tags):
        if not is_language(tag):
            yield FieldProblem(
                f"{path}.{place}", "not_a_language", "Write a language as a BCP 47 tag such as en or es-MX."
            )


def refuse(*problems: Iterator[FieldProblem]) -> None:
    """Raise InvalidInput with all ``problems``, if there are any."""
    found = [each for some in problems for each in some]
    if found:
        raise InvalidInput(*found)
