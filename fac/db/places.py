"""Every place that holds something of a person: what is sealed there or written plainly, and what erasing does to it.

One list, so that a change of keys and an erasure cannot disagree. A test compares it with
the tables: a column that can hold words, bytes or lists is here, or is named as kept with the reason.
Never: leave out a column because nobody writes a name into it today.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

from sqlalchemy import (
    ARRAY,
    LargeBinary,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)

from fac.crypto.columns import SealedBytes, sealed_as
from fac.db.case import intakes
from fac.db.consent import release_signatories
from fac.db.disclosure import disclosure_persons, disclosures
from fac.db.duplicate import duplicate_suspicions
from fac.db.glass import glass_breaks
from fac.db.handoff import handoffs
from fac.db.need import needs
from fac.db.note import notes
from fac.db.partner_note import partner_notes
from fac.db.person import persons, relationships
from fac.db.person_of_concern import persons_of_concern
from fac.db.referral import referrals
from fac.db.review import reviews
from fac.db.statement import Statement
from fac.domain.sensitivity import DETAIL_CLASSES, NOTE_CLASSES
from fac.domain.vocabulary import InfoClass, mask_of


@dataclass(frozen=True, slots=True)
class Place:
    """A sealed column, its class, and the column that names whose key it is under: a person's, a case's or its own.

    ``goes_with`` names the person, or the case, with whose words it is erased: mostly who the key is of. ``told_by`` is
    the column with the code of the row's class, where it is one of several; ``formerly`` the class that an earlier
    release sealed it under.
    """

    table: Table
    column: str
    classes: tuple[InfoClass, ...]
    subject: str
    goes_with: str
    told_by: str = ""
    formerly: InfoClass | None = None

    @property
    def mask(self) -> int:
        """The mask of every class the column may hold."""
        return mask_of(self.classes)

    @property
    def codes(self) -> frozenset[int]:
        """The codes of the classes that something in the column may be sealed under."""
        older = () if self.formerly is None else (self.formerly,)
        return frozenset(each.code for each in (*self.classes, *older))


@dataclass(frozen=True, slots=True)
class Trace:
    """A column that may hold plain words or a digest of a person, and the columns that name the person or the case."""

    table: Table
    column: str
    named_by: tuple[str, ...]


_OLDER: Final = InfoClass.narrative
SEALED: Final = (
    Place(persons, "identity", (InfoClass.identity,), "id", "id"),
    Place(persons, "contact", (InfoClass.contact,), "id", "id"),
    Place(needs, "detail", DETAIL_CLASSES, "person_id", "person_id", "detail_class", _OLDER),
    Place(referrals, "reason", (InfoClass.narrative,), "case_id", "case_id"),
    Place(handoffs, "message", (InfoClass.staff_record,), "case_id", "case_id", formerly=_OLDER),
    Place(notes, "body", NOTE_CLASSES, "case_id", "case_id", "body_class", _OLDER),
    Place(partner_notes, "body", (InfoClass.partner_record,), "case_id", "case_id", formerly=_OLDER),
    Place(glass_breaks, "words", (InfoClass.staff_record,), "case_id", "case_id", formerly=_OLDER),
    Place(disclosures, "words", (InfoClass.staff_record,), "case_id", "case_id", formerly=_OLDER),
    Place(disclosure_persons, "recipient", (InfoClass.identity,), "person_id", "person_id"),
    Place(reviews, "words", (InfoClass.staff_record,), "case_id", "case_id", formerly=_OLDER),
    # Whom a family looks for: somebody else, so what one of the family leaves behind the others go on looking by.
    Place(persons_of_concern, "identity", (InfoClass.identity,), "id", "case_id"),
)
TRACES: Final = (
    Trace(relationships, "next_of_kin_evidence", ("person_id", "other_person_id")),
    Trace(release_signatories, "legal_basis", ("person_id",)),
    Trace(duplicate_suspicions, "reasons", ("person_id", "other_person_id")),
    # A keyed digest of a family's row in a spreadsheet: without it the same file read again records the family again.
    Trace(intakes, "import_digest", ("case_id",)),
)
# Rows that go as a whole: the postings by which a person is found. Keys stay as tombstones, so that none is made again.
DROPPED: Final = frozenset({"match_postings.token", "match_postings.pointer"})
# What is told of a person and stays: coded words that reports count, ids, and what says nothing of anybody served.
KEPT: Final[dict[str, str]] = {
    "persons.spoken_language": "a code, counted",
    "persons.written_language": "a code, counted",
    "persons.races": "codes, counted",
    "persons.special_classifications": "codes, counted",
    "persons.victimizations": "codes, counted",
    "intakes.language": "a code, counted",
    "releases.language": "a code: how consent was asked for",
    "releases.disclosers": "codes: who may disclose by the consent",
    "releases.substance_use_contents": "codes: what a consent covers",
    "needs.code": "a code, counted",
    "assistances.line_code": "a code, counted",
    "cases.case_number": "drawn at random",
    "referral_steps.from_status": "a state",
    "referral_steps.verb": "a code",
    "data_keys.wrapped": "wrapped keys: erasing empties them (fac.db.key_row)",
    "idempotency_keys.operation": "a code",
    "idempotency_keys.digest": "keyed, of a request; forgotten after a week",
    "idempotency_keys.result": "ids and codes",
    "audit_events.event": "a code",
    "audit_events.operation": "a code",
    "audit_events.record": "a code",
    "audit_events.subjects": "ids: who looked at whom is owed to the person and to a court",
    "audit_events.detail": "ids and codes",
    "audit_events.policy_version": "of the program",
    "audit_events.mac": "of ids and codes",
    "audit_seals.event_ids": "ids",
    "audit_seals.root": "of ids and codes",
    "audit_seals.previous": "of ids and codes",
    "audit_seals.mac": "of ids and codes",
    "notices.event": "a code",
    "notices.record": "a code",
    "reports.kind": "a code",
    "reports.edition": "of the program",
    "reports.input_hash": "of counts",
    "reports.counts": "counts",
}
# Tables that say nothing of anybody served: the directory, people on duty, and the keys under the root.
OF_NOBODY_SERVED: Final = frozenset(
    {
        "accounts", "agreements", "awards", "centers", "class_keys", "incidents", "key_holders", "key_rotations",
        "organization_contacts", "organizations", "policy_processes", "policy_proposals", "provider_credentials",
        "second_factors", "services", "sessions", "worker_beats",
    }
)  # fmt: skip


@cache
def sealed_in(table: Table) -> Mapping[str, Place]:
    """Return the sealed columns of a table, by name."""
    return MappingProxyType({each.column: each for each in SEALED if each.table is table})


@lru_cache
def bundles_of(place: Place) -> Statement:
    """Return the statement of the bundles of many subjects, their rows locked; it raises where one is in use.

    ``info`` is the code of the class of the row, ``sealed_as`` of the one it lies under: another, where that changed.
    """
    table = place.table
    told = table.c[place.told_by] if place.told_by else literal_column(str(place.classes[0].code))
    return Statement(
        select(
            table.c.id,
            table.c[place.subject].label("subject_id"),
            table.c[place.column].label("bundle"),
            told.label("info"),
            sealed_as(table.c[place.column]).label("sealed_as"),
        )
        .where(
            table.c.incident_id == bindparam("incident_id"),
            table.c[place.subject] == any_(bindparam("subjects", type_=ARRAY(Uuid))),
            table.c[place.column].is_not(None),
        )
        .order_by(table.c.id)
        .with_for_update(nowait=True),
        remembered=False,
    )


@lru_cache
def replacing(place: Place) -> Statement:
    """Return the statement that puts bundles in the place of those they were made from; no version moves."""
    table = place.table
    given = (
        func.unnest(
            bindparam("ids", type_=ARRAY(Uuid), required=True),
            bindparam("was", type_=ARRAY(LargeBinary), required=True),
            bindparam("bundles", type_=ARRAY(LargeBinary), required=True),
        )
        .table_valued(column("id", Uuid), column("was", LargeBinary), column("bundle", LargeBinary), name="given")
        .render_derived()
    )
    return Statement(
        update(table)
        .where(
            table.c.incident_id == bindparam("of_incident", type_=Uuid),
            table.c.id == given.c.id,
            type_coerce(table.c[place.column], LargeBinary) == given.c.was,
        )
        .values({place.column: type_coerce(given.c.bundle, SealedBytes)}),
        remembered=False,
    )


@lru_cache
def owners_of(place: Place) -> Statement:
    """Return the statement of whose keys the bundles of a case are under."""
    table = place.table
    return Statement(
        select(table.c[place.subject].label("subject_id"))
        .where(table.c.incident_id == bindparam("incident_id"), table.c[place.goes_with] == bindparam("case_id"))
        .distinct(),
        remembered=False,
    )


@lru_cache
def emptying(place: Place) -> Statement:
    """Return the statement that empties what goes with some persons or cases, for good; what is absent stays so.

    Who erases need not be let read: a column that is never absent is not asked whether it is there.
    """
    table, sealed = place.table, place.table.c[place.column]
    return Statement(
        update(table)
        .where(
            table.c.incident_id == bindparam("of_incident", type_=Uuid),
            table.c[place.goes_with] == any_(bindparam("subjects", type_=ARRAY(Uuid))),
            *([sealed.is_not(None)] if sealed.nullable else []),
        )
        .values({place.column: literal_column("''::bytea")}),
        remembered=False,
    )


@lru_cache
def blanking(trace: Trace) -> Statement:
    """Return the statement that blanks what a column says of some persons or cases; absent words stay absent."""
    table, words = trace.table, trace.table.c[trace.column]
    named = [table.c[name] == any_(bindparam("subjects", type_=ARRAY(Uuid))) for name in trace.named_by]
    nothing = {Text: "''", ARRAY: "'{}'::text[]"}.get(type(words.type), "NULL")
    return Statement(
        update(table)
        .where(table.c.incident_id == bindparam("of_incident", type_=Uuid), or_(*named), words.is_not(None))
        .values({trace.column: literal_column(nothing)}),
        remembered=False,
    )
