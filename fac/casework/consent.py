"""Releases of information: given in writing by the right people, for one recipient and a limited time, and revoked.

Never: edit a release; one is given, and later revoked. Never make a service depend on one (domain invariant 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, any_, bindparam, or_, select, update

from fac.casework.instant import aware
from fac.casework.loading import load
from fac.casework.local_day import local_day
from fac.casework.referral.need_of import refer_consented
from fac.casework.same_person import kept_records
from fac.casework.work import Result, Work
from fac.db.consent import release_signatories, releases
from fac.db.organization import organizations
from fac.db.person import persons, relationships
from fac.db.statement import Statement, insert_into
from fac.domain.consent import ALONE, ReleaseDraft, Signature, Signer, check_release, is_minor
from fac.domain.ids import new_id
from fac.domain.substance_use import ConsentTerms
from fac.domain.vocabulary import AgeBand, InfoClass, ReleaseForm, ReleasePurpose, SignatoryCapacity, mask_of
from fac.errors import FieldProblem, InvalidInput, InvalidTransition, NotFound

MOST_LEGAL_BASIS = 200

insert_release = insert_into(releases)
insert_signatory = insert_into(release_signatories)
_find_organization = Statement(select(organizations.c.id).where(organizations.c.id == bindparam("id")))
# Held, so that nobody of them is erased before the words of their signatures are there (fac.casework.not_erased).
_persons_of_case = Statement(
    select(persons.c.id, persons.c.age_band, persons.c.erased_at)
    .where(persons.c.incident_id == bindparam("incident_id"), persons.c.case_id == bindparam("case_id"))
    .order_by(persons.c.id)
    .with_for_update(read=True, key_share=True)
)
# The subject's row is locked, so no relationship to it can be added meanwhile (its foreign key waits); these cannot
# change. And who is restricted towards anybody.
_ties_to = Statement(
    select(
        relationships.c.person_id,
        relationships.c.other_person_id,
        relationships.c.is_restricted,
        relationships.c.has_consent_authority,
    )
    .where(
        relationships.c.incident_id == bindparam("incident_id"),
        or_(
            relationships.c.other_person_id == any_(bindparam("person_ids", type_=ARRAY(Uuid))),
            and_(
                relationships.c.person_id == any_(bindparam("signing_ids", type_=ARRAY(Uuid))),
                relationships.c.is_restricted,
            ),
        ),
    )
    .with_for_update(read=True)
)
_revoke = Statement(
    update(releases)
    .where(releases.c.incident_id == bindparam("of_incident"), releases.c.id == bindparam("of_id"))
    .values(revoked_at=bindparam("at"), revoked_by=bindparam("by"), version=releases.c.version + 1)
)


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature on paper: who, in what capacity, when; a minor alone, by what law."""

    person_id: UUID
    capacity: SignatoryCapacity
    signed_on: date
    legal_basis: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseTerms:
    """What a release says. ``effective_at`` None: from now on."""

    organization_id: UUID
    purpose: ReleasePurpose
    classes: tuple[InfoClass, ...]
    form: ReleaseForm
    language: str
    risks_explained: bool
    expires_at: datetime
    signed: tuple[Signed, ...]
    effective_at: datetime | None = None
    substance_use: ConsentTerms | None = None


async def give_release(work: Work, person_id: UUID, *, terms: ReleaseTerms) -> Result:
    """Record a release that was signed; raises InvalidInput naming all that makes it invalid.

    Raises InvalidTransition for somebody erased; who was erased is nobody of the case who could sign.
    Needs of substance use that the recipient was not shown without it are referred from now on, if it is in force.
    """
    person = await load(work, "person", person_id, action="read", then=("give", "release"))
    work.demand("give", "release", held=person.held)
    if person["erased_at"] is not None:
        raise InvalidTransition(state="erased", verb="give")
    signers = await _signers(work, person["case_id"], person_id)
    release_id = await record_release(work, person["case_id"], person_id, terms, signers)
    if InfoClass.substance_use in terms.classes and (terms.effective_at is None or terms.effective_at <= work.now):
        await refer_consented(work, person_id, terms.organization_id, terms.purpose)
    return {"release": str(release_id)}


async def record_release(
    work: Work, case_id: UUID, person_id: UUID, terms: ReleaseTerms, signers: Mapping[UUID, Signer], *, path: str = ""
) -> UUID:
    """Check and store a release of a person whose case the actor may give releases in; returns its id.

    ``signers`` are the persons of the case as seen from ``person_id``. Raises InvalidInput, or NotFound for an unknown
    recipient.
    """
    effective_at = work.now if terms.effective_at is None else aware(f"{path}effectiveAt", terms.effective_at)
    expires_at = aware(f"{path}expiresAt", terms.expires_at)
    signatures = tuple(Signature(each.person_id, each.capacity, each.legal_basis) for each in terms.signed)
    classes = mask_of(terms.classes)
    draft = ReleaseDraft(
        person_id, classes, terms.risks_explained, effective_at, expires_at, signatures, terms.substance_use
    )
    problems = check_release(draft, signers, path=path) + await _dates(work, terms, expires_at, path)
    if problems:
        raise InvalidInput(*problems)
    if await _find_organization.value(work.connection, id=terms.organization_id) is None:
        raise NotFound
    release_id = new_id()
    await insert_release.run(
        work.connection,
        incident_id=work.incident_id, id=release_id, case_id=case_id, person_id=person_id,
        organization_id=terms.organization_id, purpose=terms.purpose, classes=classes, form=terms.form,
        language=terms.language, risks_explained=terms.risks_explained, effective_at=effective_at,
        expires_at=expires_at, recorded_by=work.actor.membership_id, recorded_at=work.now, revoked_at=None,
        revoked_by=None, version=1, **_consented(terms.substance_use),
    )  # fmt: skip
    await insert_signatory.run_many(work.connection, _signatory_rows(work.incident_id, release_id, terms))
    work.tell(
        "release.given", "release", release_id, subjects=(person_id,), classes=classes,
        organization_id=terms.organization_id, purpose=terms.purpose,
    )  # fmt: skip
    return release_id


async def revoke_release(work: Work, release_id: UUID, *, version: int) -> Result:
    """Revoke a release: from the next statement on nothing more is read under it, by anybody."""
    release = await load(work, "release", release_id, action="revoke", version=version)
    if release["revoked_at"] is not None:
        raise InvalidTransition(state="revoked", verb="revoke")
    await _revoke.run(
        work.connection, of_incident=work.incident_id, of_id=release_id, at=work.now, by=work.actor.membership_id
    )
    work.tell(
        "release.revoked", "release", release_id, subjects=(release["person_id"],), classes=release["classes"],
        organization_id=release["organization_id"], purpose=release["purpose"],
    )  # fmt: skip
    return {"release": str(release_id)}


async def _signers(work: Work, case_id: UUID, person_id: UUID) -> dict[UUID, Signer]:
    """Return everybody in the case who is not erased, as the rules of signing see them from ``person_id``."""
    everybody = await _persons_of_case.all(work.connection, incident_id=work.incident_id, case_id=case_id)
    everybody = [each for each in everybody if each["erased_at"] is None]
    kept = await kept_records(work, [person_id, *(each["id"] for each in everybody)])
    subject = kept.get(person_id, person_id)
    records = [person_id, subject, *(merged for merged, into in kept.items() if into == subject)]
    signing = {*(each["id"] for each in everybody), *kept, *kept.values()}.difference(records)
    ties = await _ties_to.all(
        work.connection, incident_id=work.incident_id, person_ids=records, signing_ids=list(signing)
    )
    # Who is restricted signs for nobody of the family but themself, in whatever record it is written down; authority is
    # never taken over from another.
    restricted = {kept.get(each["person_id"], each["person_id"]) for each in ties if each["is_restricted"]}
    entitled = {
        each["person_id"] for each in ties if each["has_consent_authority"] and each["other_person_id"] == person_id
    }
    return {
        each["id"]: Signer(
            is_minor(AgeBand(each["age_band"])), kept.get(each["id"], each["id"]) in restricted, each["id"] in entitled
        )
        for each in everybody
    }


async def _dates(work: Work, terms: ReleaseTerms, expires_at: datetime, path: str) -> list[FieldProblem]:
    found = []
    if expires_at <= work.now:
        found.append(FieldProblem(f"{path}expiresAt", "in_the_past", "This release would have ended already."))
    today = await local_day(work)
    for place, each in enumerate(terms.signed):
        if each.signed_on > today:
            found.append(
                FieldProblem(f"{path}signatories.{place}.signedOn", "in_the_future", "Give the day it was signed.")
            )
        if each.legal_basis is not None and len(each.legal_basis) > MOST_LEGAL_BASIS:
            found.append(
                FieldProblem(
                    f"{path}signatories.{place}.legalBasis", "too_long", f"{MOST_LEGAL_BASIS} characters at most."
                )
            )
    return found


def _consented(terms: ConsentTerms | None) -> dict[str, object]:
    return {
        "disclosers": None if terms is None else list(terms.disclosers),
        "substance_use_contents": None if terms is None else list(terms.contents),
        "revocation_explained": None if terms is None else terms.revocation_explained,
    }


def _signatory_rows(incident_id: UUID, release_id: UUID, terms: ReleaseTerms) -> list[dict[str, object]]:
    return [
        {
            "incident_id": incident_id,
            "id": new_id(),
            "release_id": release_id,
            "person_id": each.person_id,
            "capacity": each.capacity,
            "legal_basis": each.legal_basis if each.capacity in ALONE else None,
            "signed_on": each.signed_on,
        }
        for each in terms.signed
    ]
