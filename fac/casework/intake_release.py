"""Releases given while a family is taken in: the same rules as any release, over the persons of the form.

Never: make anything of the intake depend on one (domain invariant 4).
"""

from collections.abc import Mapping
from uuid import UUID

from fac.casework.consent import ReleaseTerms, Signed, record_release
from fac.casework.intake_form import IntakeForm, IntakeReleaseForm, birth_date
from fac.casework.local_day import local_day
from fac.casework.work import Work
from fac.domain.consent import Signer, is_minor
from fac.domain.identity import age_band


async def record_releases(work: Work, case_id: UUID, form: IntakeForm, ids: Mapping[str, UUID]) -> None:
    """Record the form's releases; ``ids`` are its persons by ref. Raises InvalidInput naming ``releases.N.field``."""
    if not form.releases:
        return
    # The family was just recorded here, by this worker: it is in the worker's center and caseload.
    work.demand("give", "release", held=("my_incident", "my_center", "my_caseload"))
    today = await local_day(work)
    for place, release in enumerate(form.releases):
        signed = tuple(
            Signed(ids[each.person_ref], each.capacity, each.signed_on or today, each.legal_basis)
            for each in release.signatories
        )
        terms = ReleaseTerms(
            organization_id=release.recipient_organization_id,
            purpose=release.purpose,
            classes=release.classes,
            form=release.form,
            language=release.language,
            risks_explained=release.risks_explained,
            expires_at=release.expires_at,
            signed=signed,
            effective_at=release.effective_at,
        )
        signers = _signers(work, form, ids, release)
        await record_release(work, case_id, ids[release.person_ref], terms, signers, path=f"releases.{place}.")


def _signers(work: Work, form: IntakeForm, ids: Mapping[str, UUID], release: IntakeReleaseForm) -> dict[UUID, Signer]:
    about = [each for each in form.relationships if each.other_ref == release.person_ref]
    # Towards whomever of the family: who is restricted signs for nobody but themself.
    restricted = {each.person_ref for each in form.relationships if each.is_restricted} - {release.person_ref}
    entitled = {each.person_ref for each in about if each.has_consent_authority}
    return {
        ids[person.ref]: Signer(
            is_minor(age_band(birth_date(person.born_on), work.now.date())),
            person.ref in restricted,
            person.ref in entitled,
        )
        for person in form.persons
    }
