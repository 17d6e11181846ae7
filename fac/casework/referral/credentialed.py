"""Whether those who counsel are entitled to: a credential, verified and in force now, for each person referred.

Never: count one that is not fit for the person's age and language, or ask one of a service that needs none.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, bindparam, select

from fac.casework.loading import Loaded
from fac.casework.work import Work
from fac.db.organization import services
from fac.db.person import persons
from fac.db.provider_credential import provider_credentials
from fac.db.referral import referral_persons
from fac.db.statement import Row, Statement
from fac.domain.provider_credential import LICENSED, CredentialFacts, in_force, suits
from fac.domain.vocabulary import AgeBand

_category_of = Statement(
    select(services.c.category).where(
        services.c.incident_id == bindparam("incident_id"), services.c.id == bindparam("id")
    )
)
_of = provider_credentials.c
# Held still for the step that hangs on them, as the agreement is.
_credentials = Statement(
    select(_of.verified_at, _of.revoked_at, _of.expires_on, _of.age_bands, _of.languages, _of.works_with_interpreter)
    .where(
        _of.incident_id == bindparam("incident_id"),
        _of.organization_id == bindparam("organization_id"),
        _of.expires_on > bindparam("today"),
    )
    .with_for_update(read=True)
)
_referred = Statement(
    select(persons.c.id, persons.c.age_band, persons.c.spoken_language)
    .select_from(
        referral_persons.join(
            persons,
            and_(persons.c.incident_id == referral_persons.c.incident_id, persons.c.id == referral_persons.c.person_id),
        )
    )
    .where(
        referral_persons.c.incident_id == bindparam("incident_id"),
        referral_persons.c.referral_id == bindparam("referral_id"),
    )
    .order_by(referral_persons.c.id)
)


async def without_provider(work: Work, referral: Loaded) -> Sequence[UUID]:
    """Return the persons for whom nobody of the recipient holds a credential that the service asks for."""
    own = {"incident_id": work.incident_id}
    if await _category_of.value(work.connection, **own, id=referral["service_id"]) not in LICENSED:
        return ()
    today = work.now.date()
    rows = await _credentials.all(work.connection, **own, organization_id=referral["organization_id"], today=today)
    standing = [each for each in map(_facts, rows) if in_force(each, today)]
    return [
        person["id"]
        for person in await _referred.all(work.connection, **own, referral_id=referral["id"])
        if not any(suits(each, AgeBand(person["age_band"]), person["spoken_language"]) for each in standing)
    ]


def _facts(row: Row) -> CredentialFacts:
    return CredentialFacts(
        row["verified_at"],
        row["revoked_at"],
        row["expires_on"],
        frozenset(map(AgeBand, row["age_bands"])),
        frozenset(row["languages"]),
        row["works_with_interpreter"],
    )
