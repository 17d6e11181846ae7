"""Who may be given what opens a person's record to somebody served, and for how long.

Sources: the person's right of access (45 CFR 164.524) and who stands in for a minor (45 CFR 164.502(g)(3)); nobody
restricted is ever given information (domain invariant 5). A minor is given none of their own: what a child may read
alone, a worker decides with the child.
Never: name a person.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from fac.domain.consent import Signer
from fac.errors import FieldProblem

USUAL = timedelta(days=30)
LONGEST = timedelta(days=90)


def check_holder(person: Signer, holder: Signer, *, is_the_person: bool) -> Iterator[FieldProblem]:
    """Yield why ``holder`` may not be given access to the record of ``person``.

    ``holder.is_restricted`` tells of any tie at all: where somebody must not be found, a referral's date would tell.
    """
    if holder.is_restricted:
        yield FieldProblem("holderId", "restricted_person", "A restricted person is never given information.")
    elif is_the_person and person.is_minor:
        yield FieldProblem("holderId", "a_minor", "A minor's record is opened to a guardian.")
    elif not is_the_person and not person.is_minor:
        yield FieldProblem("holderId", "not_a_minor", "An adult's record is opened to that adult only.")
    elif not is_the_person and (holder.is_minor or not holder.has_consent_authority):
        yield FieldProblem("holderId", "no_consent_authority", "An adult with recorded consent authority holds it.")


def check_expiry(expires_at: datetime, now: datetime) -> Iterator[FieldProblem]:
    """Yield why an access may not end then."""
    if not now < expires_at <= now + LONGEST:
        yield FieldProblem("expiresAt", "out_of_range", f"It ends in the future, within {LONGEST.days} days.")


def check_last(last: datetime, now: datetime) -> Iterator[FieldProblem]:
    """Yield why a guardian is given none any more; ``last`` is the latest end before the child is of age."""
    if last <= now:
        yield FieldProblem("holderId", "nearly_of_age", "On their birthday the record is opened to the person alone.")
