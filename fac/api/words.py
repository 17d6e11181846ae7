"""Every word of the domain as a GraphQL enumeration, with its plain sentence.

Never: rename a word: the enumeration's value, the stored text and the policy's word are one.
"""

import inspect
from enum import StrEnum

import strawberry

from fac.domain import vocabulary


def declare() -> list[type[StrEnum]]:
    """Make every enumeration of the vocabulary known to the schema library; returns them."""
    words = [
        each
        for _, each in inspect.getmembers(vocabulary, inspect.isclass)
        if issubclass(each, StrEnum) and each is not StrEnum
    ]
    for each in words:
        strawberry.enum(each, description=inspect.getdoc(each))
    return words


WORDS = declare()
