"""Somebody served, with what opens their own record to them: handed over lately, and anew when it is about to lapse.

What it shows them is something: a release of theirs in force, and a referral that was accepted.
Never: give one in another way than a worker would, to a person who stands there.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from fac.access.actor import Actor
from fac.access.login import new_token
from fac.casework.consent import ReleaseTerms, Signed, give_release
from fac.casework.portal_access import DISPLAY_NAME, give_portal_access
from fac.casework.referral import ReferralDraft, accept_referral, create_referral, send_referral
from fac.db.case import cases
from fac.db.consent import releases
from fac.db.portal_access import portal_accesses
from fac.db.staff import memberships
from fac.db.statement import Row, Statement
from fac.demo.story import Story
from fac.demo.telling import Telling
from fac.domain.portal_access import LONGEST
from fac.domain.vocabulary import (
    IdentityCheck,
    InfoClass,
    ReferralKind,
    ReleaseForm,
    ReleasePurpose,
    Role,
    ServiceCategory,
    SignatoryCapacity,
    Urgency,
)

_EVERY: Final = 8
_SOON: Final = timedelta(days=1)
_LASTS: Final = timedelta(days=300)
_GIVE: Final = "givePortalAccess"
_SHARED: Final = (ServiceCategory.legal, ServiceCategory.housing, ServiceCategory.spiritual)
_shares = (
    select(releases.c.id)
    .where(
        releases.c.incident_id == bindparam("incident_id"),
        releases.c.person_id == portal_accesses.c.person_id,
        releases.c.revoked_at.is_(None),
        releases.c.expires_at > bindparam("now"),
    )
    .exists()
)

_newest = Statement(
    select(portal_accesses, cases.c.center_id)
    .join(cases, (cases.c.incident_id == portal_accesses.c.incident_id) & (cases.c.id == portal_accesses.c.case_id))
    .where(portal_accesses.c.incident_id == bindparam("incident_id"), portal_accesses.c.withdrawn_at.is_(None))
    .order_by(_shares.desc(), portal_accesses.c.given_at.desc(), portal_accesses.c.id.desc())
    .limit(1)
)
_supervisor = Statement(
    select(memberships)
    .where(
        memberships.c.incident_id == bindparam("incident_id"),
        memberships.c.center_id == bindparam("center_id"),
        memberships.c.role == Role.supervisor,
        memberships.c.ended_at.is_(None),
    )
    .order_by(memberships.c.started_at, memberships.c.id)
    .limit(1)
)


async def open_portal(story: Story, *, is_open: bool) -> None:
    """Hand the first adult of a few families what opens their record; in an open case they share something, too."""
    if story.number % _EVERY:
        return
    story.wait_till_lately(2, 12)
    person_id = story.persons[story.family.form.persons[0].ref]
    supervisor = story.worker(story.center, Role.supervisor)
    if is_open:
        await _share(story, supervisor, person_id)
    await story.act(
        supervisor, _GIVE, give_portal_access, person_id, identity_check=IdentityCheck.photo_id,
        expires_at=story.at + LONGEST,
    )  # fmt: skip


async def _share(story: Story, supervisor: Actor, person_id: UUID) -> None:
    """Release who and where they are to an organisation, refer them there, and have them accepted."""
    category = _SHARED[story.number // _EVERY % len(_SHARED)]
    service = next(
        each
        for each in story.directory.services
        if each.category is category and each.agreed_until is not None and each.agreed_until > story.now.date()
    )
    purpose = ReleasePurpose.service_delivery
    terms = ReleaseTerms(
        service.organization_id, purpose, (InfoClass.identity, InfoClass.contact), ReleaseForm.any,
        "es" if story.family.spanish else "en", risks_explained=True, expires_at=story.at + _LASTS,
        signed=(Signed(person_id, SignatoryCapacity.self, story.today),),
    )  # fmt: skip
    draft = ReferralDraft(service.id, ReferralKind.warm, Urgency.routine, purpose, (person_id,))
    await story.act(supervisor, "giveRelease", give_release, person_id, terms=terms)
    referral_id = await story.act(supervisor, "createReferral", create_referral, story.case_id, draft=draft)
    partner = story.directory.partner(service.organization_id)
    await story.act(supervisor, "sendReferral", send_referral, referral_id, version=1)
    story.wait(0.1, 0.5)
    await story.act(partner, "acceptReferral", accept_referral, referral_id, version=2)


async def served_actor(telling: Telling, administrator: Actor) -> dict[str, str | None] | None:
    """Return somebody served as an actor to look around as, None where nobody holds anything."""
    access: Row | None = await _newest.first(telling.connection, incident_id=administrator.incident_id, now=telling.now)
    if access is None:
        return None
    access_id, epoch = access["id"], access["key_epoch"]
    if access["expires_at"] < telling.now + _SOON:
        given = await telling.act(
            await _answering(telling, access), telling.now, _GIVE, give_portal_access, access["person_id"],
            holder_id=access["holder_id"], identity_check=IdentityCheck.known_to_worker,
            expires_at=telling.now + LONGEST,
        )  # fmt: skip
        access_id, epoch = UUID(given["portal_access"]), given["epoch"]
    material = telling.tools.portal_tokens.material(epoch, administrator.incident_id, access_id)
    token, _ = new_token(administrator.incident_id, material)
    return {"role": Role.family_member, "name": DISPLAY_NAME, "organization": None, "center": None, "token": token}


async def _answering(telling: Telling, access: Row) -> Actor:
    row = await _supervisor.first(telling.connection, incident_id=access["incident_id"], center_id=access["center_id"])
    if row is None:
        raise LookupError("no supervisor at the center")
    return Actor(
        row["incident_id"], row["id"], row["account_id"], None, Role.supervisor, row["organization_id"],
        row["center_id"],
    )  # fmt: skip
