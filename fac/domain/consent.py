"""What makes a release of information valid, and what one in force covers.

Sources: 34 USC 12291(b)(2) and 28 CFR 94.115: written, informed, specific, limited in time, and for a minor signed by
the minor and a parent or guardian, unless the minor may lawfully consent alone; for an adult without legal capacity by
the guardian whom a court appointed.
Never: read the clock, or take silence, age unknown or a box ticked elsewhere for consent.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fac.domain.substance_use import ConsentTerms, check_terms
from fac.domain.vocabulary import (
    RELEASABLE_CLASSES,
    AgeBand,
    InfoClass,
    ReleasePurpose,
    SignatoryCapacity,
    classes_of,
    mask_of,
)
from fac.errors import FieldProblem

LONGEST = timedelta(days=366)  # default profile: a year, leap years counted


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """A release as it stands: for whom it is, what for, which classes (a mask), and from when to when."""

    organization_id: UUID
    purpose: ReleasePurpose
    classes: int
    effective_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


def live(facts: ReleaseFacts, at: datetime) -> bool:
    """Tell whether the release is in force at ``at``: effective, not expired, not revoked by then."""
    revoked = facts.revoked_at is not None and facts.revoked_at <= at
    return not revoked and facts.effective_at <= at < facts.expires_at


def release_covers(
    facts: ReleaseFacts, *, organization_id: UUID, purpose: ReleasePurpose, info: InfoClass, at: datetime
) -> bool:
    """Tell whether the release lets ``organization_id`` have ``info`` for ``purpose`` at ``at``."""
    return (
        live(facts, at)
        and facts.organization_id == organization_id
        and facts.purpose is purpose
        and bool(facts.classes & info.bit & _RELEASABLE)
    )


_RELEASABLE = mask_of(RELEASABLE_CLASSES)
ALONE = frozenset({SignatoryCapacity.minor_may_consent, SignatoryCapacity.court_appointed_guardian})
MINOR_BANDS = (AgeBand.age_0_12, AgeBand.age_13_17)


def is_minor(band: AgeBand) -> bool | None:
    """Tell whether the age band is a minor's; None when the age is not known."""
    return None if band is AgeBand.not_reported else band in MINOR_BANDS


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, in what capacity, and by what law a minor, or by which order of a court a guardian, signed alone."""

    person_id: UUID
    capacity: SignatoryCapacity
    legal_basis: str | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """What the rules must know of a person of the case, as seen from the person the release is about.

    ``is_minor`` is None when the age is not known: then a guardian signs too, until the age band is recorded.
    """

    is_minor: bool | None
    is_restricted: bool = False
    has_consent_authority: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseDraft:
    """A release as it was filled in; ``classes`` is a mask, instants are aware."""

    person_id: UUID
    classes: int
    risks_explained: bool
    effective_at: datetime
    expires_at: datetime | None
    signatures: tuple[Signature, ...]
    substance_use: ConsentTerms | None = None


def check_release(draft: ReleaseDraft, persons: Mapping[UUID, Signer], *, path: str = "") -> list[FieldProblem]:
    """Return every problem of the draft, none when it may be given; ``path`` goes before each field's name.

    ``persons`` holds the persons of the case; raises KeyError when the person the release is about is not among them.
    """
    subject = persons[draft.person_id]
    found = [*_terms(draft), *check_terms(draft.classes, draft.substance_use), *_signatures(draft, persons, subject)]
    return [FieldProblem(path + each.path, each.problem, each.hint) for each in found]


def _terms(draft: ReleaseDraft) -> Iterator[FieldProblem]:
    if not draft.classes:
        yield FieldProblem("classes", "required", "Name at least one class of information.")
    elif draft.classes & ~_RELEASABLE:
        names = ", ".join(classes_of(_RELEASABLE))
        yield FieldProblem("classes", "not_releasable", f"Only these can be released: {names}.")
    if not draft.risks_explained:
        yield FieldProblem("risksExplained", "required", "Explain the risks of releasing before anybody signs.")
    if draft.expires_at is None:
        yield FieldProblem("expiresAt", "required", "A release must say when it ends.")
    elif draft.expires_at <= draft.effective_at:
        yield FieldProblem("expiresAt", "before_effective", "A release must end after it begins.")
    elif draft.expires_at - draft.effective_at > LONGEST:
        yield FieldProblem("expiresAt", "too_long", "A release lasts a year at most; a new one can be signed then.")


def _signatures(draft: ReleaseDraft, persons: Mapping[UUID, Signer], subject: Signer) -> Iterator[FieldProblem]:
    times = Counter(each.person_id for each in draft.signatures)
    for place, signature in enumerate(draft.signatures):
        where = f"signatories.{place}"
        signer = persons.get(signature.person_id)
        if times[signature.person_id] > 1:
            yield FieldProblem(f"{where}.personId", "signs_twice", "A person signs a release once.")
        if signer is None:
            yield FieldProblem(f"{where}.personId", "unknown_person", "Only persons of the case can sign.")
        elif signer.is_restricted:
            yield FieldProblem(f"{where}.personId", "restricted_person", "This person must not sign for the family.")
        else:
            yield from _capacity(where, signature, signer, draft, subject)
    yield from _wanting(draft, subject)


def _capacity(
    where: str, signature: Signature, signer: Signer, draft: ReleaseDraft, subject: Signer
) -> Iterator[FieldProblem]:
    is_subject = signature.person_id == draft.person_id
    match signature.capacity:
        case SignatoryCapacity.self:
            if not is_subject:
                yield FieldProblem(f"{where}.capacity", "not_the_person", "Only the person signs as self.")
        case SignatoryCapacity.minor_may_consent:
            if not is_subject or not subject.is_minor:
                yield FieldProblem(f"{where}.capacity", "not_the_minor", "Only the minor can consent as a minor.")
            yield from _basis(where, signature, "Name the law by which the minor may consent alone.")
        case SignatoryCapacity.guardian:
            yield from _guardian(where, signer, is_subject)
            if subject.is_minor is False:
                yield FieldProblem(f"{where}.capacity", "adult_signs_alone", "An adult signs for themself.")
        case SignatoryCapacity.court_appointed_guardian:
            yield from _guardian(where, signer, is_subject)
            if subject.is_minor is not False:
                yield FieldProblem(f"{where}.capacity", "not_an_adult", "For a minor the guardian signs beside them.")
            yield from _basis(where, signature, "Name the court and its order.")


def _guardian(where: str, signer: Signer, is_subject: bool) -> Iterator[FieldProblem]:
    if is_subject or signer.is_minor or not signer.has_consent_authority:
        yield FieldProblem(
            f"{where}.capacity", "no_consent_authority", "A guardian is an adult with recorded consent authority."
        )


def _basis(where: str, signature: Signature, hint: str) -> Iterator[FieldProblem]:
    if not (signature.legal_basis or "").strip():
        yield FieldProblem(f"{where}.legalBasis", "required", hint)


def _wanting(draft: ReleaseDraft, subject: Signer) -> Iterator[FieldProblem]:
    capacities = {each.capacity for each in draft.signatures}
    if not capacities:
        yield FieldProblem("signatories", "required", "Somebody must sign.")
    elif capacities & ALONE:
        return
    elif SignatoryCapacity.self not in capacities:
        yield FieldProblem("signatories", "person_must_sign", "The person must sign too.")
    elif subject.is_minor is not False and SignatoryCapacity.guardian not in capacities:
        yield FieldProblem(
            "signatories", "guardian_must_sign", "For a minor, or when the age is unknown, a guardian signs too."
        )
