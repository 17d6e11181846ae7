"""Which login has which way to each table: read by people, applied by ``fac migrate`` (fac.db.rls.applying).

A new table gets its line here, or nobody but its owner can touch it (tests/architecture/test_rls.py says so). Beside
what stands here, every row of every table with an ``incident_id`` is shut to a transaction that does not claim its
incident.
Staff are held to their incident, the tables of their role, and away from the cases behind a wall of theirs; to the rows
of their scope by the statements alone (docs/decisions/0015-row-level-security.md says which and why).
The portal's login is held to one person: whom its hat's access is about, and what hangs on that person.
The keeper's way to casefiles is what a change of keys and an erasure touch (fac.db.places), in every incident at once.
Never: let a login write what only another one should, or the report login read a sealed column.
"""

from dataclasses import replace
from typing import Final

from fac.crypto.columns import SealedBytes
from fac.db import assistance
from fac.db.claims import Login
from fac.db.places import TRACES
from fac.db.rls.door import (
    ADD,
    CHANGE,
    HOLD,
    KEEP,
    KEPT_CASES,
    KEPT_SUBJECTS,
    LOCK,
    READ,
    REMOVE,
    TEND,
    Door,
    Doors,
    claim,
    doors,
    for_all,
    kept,
    none_of,
    unsealed,
    worn_by,
)
from fac.db.tables import metadata
from fac.domain import substance_use
from fac.domain.vocabulary import InfoClass, Role

_MINE: Final = f"membership_id = {claim('membership')}"
_ME: Final = f"id = {claim('account')}"
_NAMES: Final = Door(READ, columns=("id", "display_name"))
_MY_ORG: Final = f"organization_id = {claim('organization')}"

# Which hats of the staff's login may have anything to do with a table at all: what never.csv closes to the others no
# policy opens again. A hat that is not named here sees no row of it, whatever its statement says.
_CASE_HATS: Final = (Role.intake_worker, Role.case_manager, Role.supervisor, Role.privacy_officer)
_FAMILY_HATS: Final = (*_CASE_HATS, Role.reunification_worker, Role.identification_liaison)
_CASE: Final = worn_by(*_CASE_HATS)
_FAMILY: Final = worn_by(*_FAMILY_HATS)
_LIAISON: Final = worn_by(Role.identification_liaison)
_ANY_FAMILY: Final = worn_by(*_FAMILY_HATS, Role.volunteer)
# Nothing of a case behind a wall of theirs, or of a colleague's. Not where a deny, a count or a match hangs on the row.
_AWAY: Final = none_of("case_id", KEPT_CASES)
_CASE_AWAY: Final = f"{_CASE} AND {_AWAY}"

# What a partner's administrator asks before a hat ends: does a case rest on somebody of the own organisation?
_CARRIED: Final = Door(
    READ,
    "(SELECT true FROM memberships m WHERE m.incident_id = cases.incident_id AND m.id = cases.responsible_id"  # noqa: S608
    f" AND m.{_MY_ORG})",
)

# A referral is a partner's once it was sent to it; what the referral names hangs on it. Rows over rows: each condition
# below is held to the doors of the tables it looks into. Whom and what a referral names is asked for each row of a
# page several times, so those rows say themselves to whom they are shown; a foreign key holds them to the referral.
_SENT: Final = "sent_at IS NOT NULL AND status <> 'entered_in_error'"
_REFERRED: Final = f"{_MY_ORG} AND {_SENT}"
_SHOWN: Final = f"shown_to = {claim('organization')}"


def _named_by(link: str, column: str, table: str, of: str = "id") -> str:
    """Return the condition that the login sees a row of ``link`` whose ``column`` names the row of ``table``."""
    same = f"l.incident_id = {table}.incident_id AND l.{column} = {table}.{of}"
    return f"(SELECT true FROM {link} l WHERE {same} LIMIT 1)"  # noqa: S608  # our own words


def _of_a_referral(table: str) -> str:
    return _named_by("referrals", "id", table, "referral_id")


# A need that speaks of substance use is shown to who holds a release that names it (42 CFR 2.31); whether the release
# has begun, or has run out, the statement asks by the clock of the request.
_CONSENTED: Final = (
    "SELECT true FROM releases r WHERE r.incident_id = needs.incident_id AND r.person_id = needs.person_id"  # noqa: S608
    f" AND r.classes & {substance_use.BIT} <> 0 AND r.revoked_at IS NULL LIMIT 1"
)
_OF_SUBSTANCE_USE: Final = ", ".join(f"'{each}'" for each in substance_use.NEEDS)
_SHOWN_NEEDS: Final = (
    f"{_named_by('referral_needs', 'need_id', 'needs')} AND (code NOT IN ({_OF_SUBSTANCE_USE}) OR ({_CONSENTED}))"
)

# Of the keys of a case a partner is shown those of why it was referred and of its own notes: under the others lies what
# staff write.
_REFERRED_KEYS: Final = (
    f"{_named_by('referral_persons', 'person_id', 'data_keys', 'subject_id')}"
    f" OR (info IN ({InfoClass.narrative.code}, {InfoClass.partner_record.code})"
    f" AND {_named_by('referrals', 'case_id', 'data_keys', 'subject_id')})"
)

# Somebody served has one access, which is their hat; what is about its person hangs on it. Its holder may be a guardian
# or, by now, restricted: the statements ask the holder's ties.
_MY_ACCESS: Final = f"id = {claim('membership')}"
_MY_ACCOUNT: Final = f"account_id = {claim('account')}"
_TAKEN_BACK: Final = ("withdrawn_at", "withdrawn_by", "version")
_AGREED: Final = ("incident_id", "organization_id", "effective_on", "expires_on", "ended_at")
_WALL: Final = ("incident_id", "case_id", "account_id", "organization_id", "lifted_at")


def _about_me(table: str, of: str = "person_id") -> str:
    return _named_by("portal_accesses", "person_id", table, of)


_ENDING_ERASURES: Final = Door(READ | CHANGE, changing=("status", "ended_by", "ended_at", "version"), across=True)

DOORS: Final[dict[str, Doors]] = {
    # Of every incident alike.
    "accounts": doors(KEEP | LOCK, partner=KEEP | LOCK, portal=replace(_NAMES, where=_ME), report=_NAMES, keeper=READ),
    "class_keys": for_all(READ, keeper=TEND | REMOVE),
    "incidents": for_all(Door(READ, f"id = {claim('incident')}"), worker=Door(TEND), keeper=READ),
    "key_holders": for_all(TEND | REMOVE, keeper=TEND | REMOVE),
    "key_rotations": for_all(READ, keeper=TEND),
    # Rules, and who changed them; every process reads them, and says which it has in force.
    "policy_approvals": for_all(READ, keeper=READ) | {Login.staff: Door(KEEP)},
    "policy_processes": for_all(TEND | REMOVE, keeper=READ),
    "worker_beats": for_all(READ, worker=TEND | REMOVE),
    "policy_proposals": for_all(READ, keeper=READ) | {Login.staff: Door(KEEP)},
    "organizations": doors(TEND, partner=HOLD, portal=HOLD, report=HOLD),
    # The directory: no client's data.
    # Whether a referral lacks one is told to whom it is about.
    "agreements": doors(TEND, partner=Door(HOLD, _MY_ORG), portal=Door(READ, columns=_AGREED)),
    "awards": doors(TEND, partner=HOLD, report=HOLD),
    "centers": doors(TEND, partner=HOLD, portal=HOLD, report=HOLD, keeper=READ),
    # A partner's administrator gives and ends the hats of their own organisation.
    # Who is served gives back their own access: hat and sessions end with it, as when they are erased again.
    "memberships": doors(TEND, partner=Door(TEND, written=_MY_ORG),
                         portal=Door(READ | CHANGE, written=_MY_ACCESS, changing=("ended_at",)), report=HOLD,
                         keeper=Door(READ | CHANGE, written="role = 'family_member'", changing=("ended_at",),
                                     across=True), counted=READ),
    "organization_contacts": doors(TEND, partner=Door(TEND, written=_MY_ORG), portal=HOLD, report=HOLD),
    # Whether a service lacks one is told to everybody who reads the directory, by a function that tells no more.
    "provider_credentials": doors(TEND, partner=Door(TEND, _MY_ORG), counted=READ),
    "services": doors(TEND, partner=Door(TEND, written=_MY_ORG), portal=HOLD, report=HOLD),
    # A partner's administrator proves who they are before they let colleagues in.
    "second_factors": doors(TEND, partner=Door(TEND, _MY_ACCOUNT)),
    # After a restore nobody is signed in: the keeper ends every session.
    # Whichever login a process has looks sessions up and moves on when one lapses.
    "sessions": doors(TEND, partner=Door(READ | CHANGE, changing=("revoked_at", "lapses_at")),
                      portal=Door(READ | CHANGE, written=_MINE, changing=("revoked_at",)),
                      report=Door(READ | CHANGE, changing=("lapses_at",)),
                      keeper=Door(READ | CHANGE, changing=("revoked_at",), across=True)),
    # The casefile.
    "anonymous_contacts": doors(KEEP, report=READ),
    "assistances": doors(Door(TEND, worn_by(*_CASE_HATS, Role.volunteer)),
                         report=Door(READ, columns=unsealed(assistance.assistances))),
    "case_assignments": doors(TEND),
    "cases": doors(TEND, partner=_CARRIED, report=Door(READ, columns=("incident_id", "id", "center_id")), keeper=HOLD),
    # A partner is shown which cases are walled off from it, since its own statements must keep away from them.
    "conflict_walls": doors(TEND, partner=Door(READ, f"({_MY_ORG} OR account_id = {claim('account')})",
                                               columns=_WALL), portal=Door(READ, _MY_ACCOUNT, columns=_WALL),
                            counted=READ),
    "contact_attempts": doors(KEEP),
    # Staff empty the keys of who is erased, and let go those of a case; nothing else about a key changes.
    # Without its key nothing that is sealed opens, whichever table a statement forgot its WHERE in.
    "data_keys": doors(Door(TEND | REMOVE, f"{_ANY_FAMILY} AND {none_of('subject_id', KEPT_SUBJECTS)}",
                            changing=("wrapped",)), partner=Door(HOLD | ADD, _REFERRED_KEYS),
                       portal=Door(READ, _about_me("data_keys", "subject_id")),
                       keeper=TEND | REMOVE, counted=READ),
    # Of a walled case too: an identification that a family was told of is not withdrawn any more.
    "death_notifications": doors(Door(KEEP, _FAMILY), counted=READ),
    # Written once; emptied when what was written of the case is erased.
    "disclosures": doors(Door(TEND, _CASE_AWAY, changing=("words",)), counted=READ),
    "disclosure_persons": doors(Door(TEND, changing=("recipient",)), counted=READ),
    "duplicate_suspicions": doors(TEND | REMOVE),
    # After a restore the keeper carries out again what the shred ledger says.
    "erasures": doors(TEND, keeper=_ENDING_ERASURES),
    "follow_ups": doors(Door(TEND, _CASE_AWAY)),
    "glass_breaks": doors(Door(TEND, _AWAY)),
    "handoffs": doors(Door(TEND, f"{_ANY_FAMILY} AND {_AWAY}")),
    "households": doors(KEEP),
    # What the medical examiner knows is the liaison's alone until the family was told (domain invariant 7).
    "identification_matches": doors(Door(TEND, _LIAISON), counted=READ),
    "identifications": doors(Door(TEND, _LIAISON), counted=READ),
    "intakes": doors(Door(TEND, changing=("import_digest",))),
    # Of who is a responder a partner is shown in which cases its own people are: its statements keep away from them.
    "involvements": doors(KEEP, partner=Door(READ, f"agency_{_MY_ORG}",
                                             columns=("incident_id", "case_id", "agency_organization_id")),
                          counted=READ),
    "legal_holds": doors(TEND, keeper=READ),
    # A posting is written once; the worker writes it anew as it is, elsewhere in the table (fac.jobs.mixing).
    "match_postings": doors(KEEP | REMOVE, keeper=KEEP | REMOVE | LOCK,
                            worker=Door(TEND | REMOVE, changing=("normaliser",))),
    "needs": doors(Door(TEND, _CASE), partner=Door(HOLD, _SHOWN_NEEDS), counted=READ | CHANGE,
                   report=Door(READ, columns=("incident_id", "id", "case_id", "status", "ended_at"))),
    # Written once; emptied when what it says is erased.
    "notes": doors(Door(TEND, _CASE_AWAY, changing=("body",))),
    # A partner's own: no other organisation's, and of the host's only emptied, unread, when the family's words are. At
    # the machine itself a demonstration writes some, and reads none.
    "partner_notes": doors(Door(READ | CHANGE, columns=("incident_id", "case_id"), changing=("body",)),
                           partner=Door(KEEP, _MY_ORG),
                           worker=Door(TEND, columns=("incident_id", "case_id"), changing=("body",))),
    "person_merges": doors(TEND, report=Door(READ, columns=("incident_id", "person_id", "other_person_id",
                                                            "unmerged_at")), counted=READ),
    "persons": doors(TEND, partner=Door(HOLD, _named_by("referral_persons", "person_id", "persons")),
                     portal=Door(READ, _about_me("persons", "id")),
                     report=Door(READ, columns=("incident_id", "id", "age_band", "gender", "races", "victimizations",
                                                "special_classifications")), counted=READ),
    "persons_of_concern": doors(Door(TEND, f"{_FAMILY} AND {_AWAY}"), counted=READ),
    "portal_accesses": doors(TEND, portal=Door(READ | CHANGE, _MY_ACCESS, changing=_TAKEN_BACK),
                             keeper=Door(READ | CHANGE, changing=_TAKEN_BACK, across=True), counted=READ),
    "referral_needs": doors(KEEP, partner=Door(READ, _SHOWN), counted=READ),
    "referral_persons": doors(KEEP, partner=Door(READ, _SHOWN),
                              portal=Door(READ, _about_me("referral_persons"))),
    "referral_steps": doors(KEEP, partner=Door(KEEP, _of_a_referral("referral_steps")),
                            portal=Door(READ, _of_a_referral("referral_steps"))),
    "referrals": doors(Door(TEND, _CASE_AWAY), partner=Door(READ | CHANGE, _REFERRED),
                       portal=Door(READ, f"{_named_by('referral_persons', 'referral_id', 'referrals')} AND {_SENT}"),
                       counted=READ),
    "relationships": doors(Door(TEND, changing=("next_of_kin_evidence",)),
                           portal=Door(READ, _named_by("portal_accesses", "holder_id", "relationships", "person_id"),
                                       columns=("incident_id", "person_id", "other_person_id", "is_restricted",
                                                "has_consent_authority"))),
    "release_signatories": doors(Door(TEND, changing=("legal_basis",)),
                                 portal=Door(READ, _named_by("releases", "id", "release_signatories", "release_id")),
                                 counted=READ),
    "releases": doors(Door(TEND, _CASE_AWAY), partner=Door(HOLD, _MY_ORG),
                      portal=Door(READ | CHANGE, _about_me("releases"),
                                  changing=("revoked_at", "revoked_by", "version")), counted=READ),
    "reunification_confirmations": doors(KEEP),
    "reunifications": doors(Door(KEEP, f"{_ANY_FAMILY} AND {_AWAY}")),
    "reviews": doors(Door(TEND, _AWAY)),
    "search_allowances": doors(TEND),
    # What is written about what was done.
    # Counted up by the sealer, and asked for through a function that leaves out what must not be told.
    "accounted_reads": doors(worker=Door(TEND), counted=READ),
    "audit_events": doors(KEEP, partner=ADD, portal=ADD, report=ADD, keeper=ADD),
    "audit_seals": doors(READ, worker=KEEP),
    "idempotency_keys": doors(Door(TEND, _MINE), partner=Door(TEND, _MINE), portal=Door(TEND, _MINE),
                              report=Door(TEND, _MINE),
                              worker=Door(TEND | REMOVE, across=True)),
    "notices": doors(READ, worker=KEEP),
    "reports": doors(KEEP, report=KEEP),
}  # fmt: skip
_MARKED: Final = {"persons": ("erased_at", "version")}
for _table in metadata.sorted_tables:
    _blanked = [each.column for each in TRACES if each.table is _table]
    if _blanked or any(isinstance(each.type, SealedBytes) for each in _table.c):
        DOORS.setdefault(_table.name, {})[Login.keeper] = kept(_table, *_blanked, *_MARKED.get(_table.name, ()))
# A backup is of everything.
for _doors in DOORS.values():
    _doors[Login.backup] = Door(READ, across=True)
