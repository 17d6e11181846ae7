"""Words of looking for somebody: the family's search, the examiner's identification, the notification of a death.

What the family and its center know, and what only the liaison knows, are two notions with two sets of words: a state
that must stay unseen is not a word of the record that others read (domain invariant 7).
Never: hold a rule.
"""

from enum import StrEnum, auto


class ConcernStatus(StrEnum):
    """How far a family's search for somebody is, as the family and its center know it."""

    reported_unaccounted = auto()
    located_safe = auto()
    located_hospitalized = auto()
    notified = auto()  # the family has been told of a death; there is no state between
    withdrawn_duplicate = auto()
