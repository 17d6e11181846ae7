"""Providers' credentials: recorded by one person, verified with the board by another, revoked when they end early.

On them hangs whether a family may be referred to somebody who counsels (domain invariant 9).
Never: let one person both record and verify, or change what a credential says: what was renewed is recorded anew.
"""

from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, select, update

from fac.casework.loading import Loaded, load
from fac.casework.organization import require_organization, standing_of
from fac.casework.work import OUTLINE, Result, Work
from fac.db.provider_credential import provider_credentials
from fac.db.staff import memberships
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.provider_credential import CredentialDraft, check_credential
from fac.domain.text import refuse
from fac.domain.vocabulary import CredentialEnd, InfoClass
from fac.errors import InvalidInput, InvalidTransition

_LISTED = OUTLINE | InfoClass.workforce.bit
_instant = DateTime(timezone=True)

_insert = insert_into(provider_credentials)
_of = (
    provider_credentials.c.incident_id == bindparam("of_incident"),
    provider_credentials.c.id == bindparam("of_id"),
)
_verify = Statement(
    update(provider_credentials)
    .where(*_of)
    .values(
        verified_by=bindparam("by", type_=Uuid),
        verified_at=bindparam("at", type_=_instant),
        version=provider_credentials.c.version + 1,
    )
)
_revoke = Statement(
    update(provider_credentials)
    .where(*_of)
    .values(
        revoked_by=bindparam("by", type_=Uuid),
        revoked_at=bindparam("at", type_=_instant),
        revoke_reason=bindparam("reason", type_=Text),
        version=provider_credentials.c.version + 1,
    )
)
_account_of = Statement(
    select(memberships.c.account_id).where(
        memberships.c.incident_id == bindparam("incident_id"), memberships.c.id == bindparam("id")
    )
)


async def record_provider_credential(work: Work, organization_id: UUID, *, draft: CredentialDraft) -> Result:
    """Record what entitles somebody of an organisation to practise; it counts once another person verified it.

    Raises InvalidInput naming each field that is wrong, NotFound for an unknown organisation.
    """
    held = standing_of(work, organization_id)
    permit = work.demand("record", "provider_credential", held=held, info=_LISTED)
    await require_organization(work.connection, organization_id)
    refuse(check_credential(draft, work.now.date()))
    credential_id = new_id()
    await _insert.run(
        work.connection, incident_id=work.incident_id, id=credential_id, organization_id=organization_id,
        kind=draft.kind, title=draft.title.strip(), holder_name=draft.holder_name.strip(), number=draft.number.strip(),
        board=draft.board.strip(), jurisdiction=draft.jurisdiction, esar_vhp_level=draft.esar_vhp_level,
        age_bands=list(draft.age_bands), languages=list(draft.languages),
        works_with_interpreter=draft.works_with_interpreter, modalities=list(draft.modalities),
        expires_on=draft.expires_on, recorded_by=work.actor.membership_id, recorded_at=work.now, verified_by=None,
        verified_at=None, revoked_by=None, revoked_at=None, revoke_reason=None, version=1,
    )  # fmt: skip
    work.tell(
        "provider_credential.recorded", permit.record, credential_id, organization=organization_id, kind=draft.kind,
        expires_on=draft.expires_on.isoformat(),
    )  # fmt: skip
    return {"provider_credential": str(credential_id)}


async def verify_provider_credential(work: Work, credential_id: UUID, *, version: int) -> Result:
    """Say that the board confirmed it; once more each time somebody asked there again.

    Raises InvalidInput for what one recorded oneself, InvalidTransition for one that is revoked or has expired.
    """
    credential = await _load(work, credential_id, "verify", version)
    if credential["expires_on"] <= work.now.date():
        raise InvalidTransition(state="expired", verb="verify")
    recorder = await _account_of.value(work.connection, incident_id=work.incident_id, id=credential["recorded_by"])
    if recorder == work.actor.account_id:
        raise InvalidInput.at("providerCredentialId", "own_entry", "Somebody else verifies what you recorded.")
    await _verify.run(
        work.connection, of_incident=work.incident_id, of_id=credential_id, by=work.actor.membership_id, at=work.now
    )
    work.tell(
        "provider_credential.verified", "provider_credential", credential_id, organization=credential["organization_id"]
    )
    return {"provider_credential": str(credential_id)}


async def revoke_provider_credential(work: Work, credential_id: UUID, *, version: int, reason: CredentialEnd) -> Result:
    """Say that it counts no longer, or never did: from the next statement on nobody is referred on its strength."""
    credential = await _load(work, credential_id, "revoke", version)
    await _revoke.run(
        work.connection, of_incident=work.incident_id, of_id=credential_id, by=work.actor.membership_id, at=work.now,
        reason=reason,
    )  # fmt: skip
    work.tell(
        "provider_credential.revoked", "provider_credential", credential_id,
        organization=credential["organization_id"], reason=reason,
    )  # fmt: skip
    return {"provider_credential": str(credential_id)}


async def _load(work: Work, credential_id: UUID, action: str, version: int) -> Loaded:
    credential = await load(work, "provider_credential", credential_id, action=action, version=version, info=_LISTED)
    if credential["revoked_at"] is not None:
        raise InvalidTransition(state="revoked", verb=action)
    return credential
