"""The rules of access once more, in plain Python over plain rows: what the SQL must agree with.

Written from the design (domain invariants 2, 3 and 15; the three planes) and not from fac.access.relation.
"""

from datetime import datetime

from fac.access import guard
from fac.access.actor import Actor
from fac.access.guard import Permit
from fac.access.policy import Policy
from fac.domain.vocabulary import SEALED_CLASSES, InfoClass, Role
from tests.access.random_incident import NOW, Incident, Row

ENDED_FOR_PARTNER = {"declined", "completed", "not_engaged", "cancelled", "expired", "entered_in_error"}
BEFORE_ACCEPTANCE = {"draft", "awaiting_release", "sent", "received"}
SEALED = sum(each.bit for each in SEALED_CLASSES)
PRIVILEGED = {"clergy_privileged", "counsel_privileged", "substance_use_counseling"}
GLIMPSE = InfoClass.outline.bit | InfoClass.preview.bit


class Rules:
    """What one actor sees in one incident."""

    def __init__(self, incident: Incident, actor: Actor, policy: Policy, now: datetime = NOW) -> None:
        self._incident, self._actor, self._policy, self._now = incident, actor, policy, now

    def mask(self, record: str, row: Row, action: str = "read") -> int:
        """Return the classes the actor sees in the row, asking the guard for one class at a time."""
        held = {name: limit for name, limit in self.held(record, row).items() if limit}
        seen = 0
        for info in InfoClass:
            if isinstance(guard.decide(self._policy, self._actor, action, record, info.bit, held), Permit):
                seen |= info.bit
        return seen

    def held(self, record: str, row: Row) -> dict[str, int]:
        """Return the relations the row stands in, each with the classes it is limited to."""
        reaching = (name for name, records in self._policy.reach.items() if record in records)
        return {name: limit for name in reaching if (limit := self.limit(name, record, row))}

    def limit(self, relation: str, record: str, row: Row) -> int:
        """Return the classes a relation is limited to in the row, 0 where the row does not stand in it."""
        if relation == "referred_to_my_org_with_release":
            return self.released(record, row)
        return sum(info.bit for info in InfoClass) if self._stands(relation, record, row) else 0

    def _stands(self, relation: str, record: str, row: Row) -> bool:  # noqa: C901, PLR0912  # one question a relation
        actor = self._actor
        match relation:
            case "my_incident":
                return True
            case "my_center":
                return self._is_my_center(record, row)
            case "my_center_while_vetted":
                until = self._incident.named("memberships", actor.membership_id)["vetted_until"]
                return until is not None and until > self._now and self._is_my_center(record, row)
            case "my_caseload":
                return bool(self._case(record, row)["responsible_id"] == actor.membership_id)
            case "handed_to_my_center":
                return self._is_handed_to_me(record, row)
            case "handed_from_my_center":
                return actor.center_id is not None and bool(row["from_center_id"] == actor.center_id)
            case "my_org":
                return bool(row["id" if record == "organization" else "organization_id"] == actor.organization_id)
            case "partner_users_of_my_org":
                return row["role"] == "partner_user" and row["organization_id"] == actor.organization_id
            case "referred_to_my_org":
                return any(map(self._was_sent_to_me, self._referrals(record, row)))
            case "written_by_me":
                authors = ("written_by", "recorded_by", "created_by", "broken_by")
                return actor.membership_id in map(row.get, authors)
            case "my_own":
                return bool(row["id"] == actor.membership_id)
            case "my_award":
                return bool(row["funder_organization_id"] == actor.organization_id)
            case "broken_glass":
                return self._is_my_center(record, row) and self._is_broken_by_me(record, row)
            case "behind_conflict_wall":
                return self._is_walled_off(record, row)
            case "privileged_by_another":
                return row["kind"] in PRIVILEGED and row["written_by"] != actor.membership_id
            case "substance_use_unreleased":
                return row["code"] == "substance_use" and not self._is_consented_to(row)
            case "identification_open":
                return self._is_still_looked_for(record, row)
            case "about_me" | "guardian_of":
                return self._is_opened_to_me(record, row, as_guardian=relation == "guardian_of")
            case "responders_own_agency":
                return self.is_own_agency(record, row)
        return False

    def _is_opened_to_me(self, record: str, row: Row, *, as_guardian: bool) -> bool:
        """Tell whether a portal access of mine is about the row, held by the person or by a minor's guardian."""
        if record == "referral" and (row["sent_at"] is None or row["status"] == "entered_in_error"):
            return False
        accesses, ties = self._incident.rows["portal_accesses"], self._incident.rows["relationships"]
        mine = next((each for each in accesses if each["id"] == self._actor.membership_id), None)
        if record == "portal_access" and row["id"] != self._actor.membership_id:
            return False
        if mine is None or mine["withdrawn_at"] is not None or mine["expires_at"] <= self._now:
            return False
        held = [each for each in ties if each["person_id"] == mine["holder_id"]]
        if any(each["is_restricted"] for each in held):
            return False
        if record == "referral":
            links = self._incident.rows["referral_persons"]
            about = {each["person_id"] for each in links if each["referral_id"] == row["id"]}
        else:
            about = {row["id"] if record == "person" else row["person_id"]}
        if mine["person_id"] not in about:
            return False
        if not as_guardian:
            return bool(mine["holder_id"] == mine["person_id"])
        child = self._incident.named("persons", mine["person_id"])
        has_authority = any(each["has_consent_authority"] and each["other_person_id"] == child["id"] for each in held)
        alone = {
            each["release_id"]
            for each in self._incident.rows["release_signatories"]
            if each["capacity"] == "minor_may_consent"
        }
        kept_from_me = {
            each["organization_id"]
            for each in self._incident.rows["releases"]
            if each["person_id"] == child["id"] and each["id"] in alone
        }
        is_a_minor = child["age_band"] in ("age_0_12", "age_13_17")
        return has_authority and is_a_minor and row.get("organization_id") not in kept_from_me

    def is_own_agency(self, record: str, row: Row) -> bool:
        """Tell whether a first responder of the row's case works where the actor does."""
        cases = self._cases_spoken_of(record, row)
        family = {each["id"] for each in self._incident.rows["persons"] if each["case_id"] in cases}
        return any(
            each["person_id"] in family and each["agency_organization_id"] == self._actor.organization_id
            for each in self._incident.rows["involvements"]
        )

    def _is_still_looked_for(self, record: str, row: Row) -> bool:
        searches = self._incident.rows["persons_of_concern"]
        mine = (
            [row] if record == "person_of_concern" else [each for each in searches if each["reporter_id"] == row["id"]]
        )
        live = {each["id"] for each in self._incident.rows["identifications"] if each["status"] != "withdrawn"}
        matches = self._incident.rows["identification_matches"]
        identified = {each["person_of_concern_id"] for each in matches if each["identification_id"] in live}
        looked_for = ("reported_unaccounted", "located_hospitalized")
        return any(each["status"] in looked_for or each["id"] in identified for each in mine)

    def _case(self, record: str, row: Row) -> Row:
        if record == "case":
            return row
        case_id = row["case_id"] if "case_id" in row else self._incident.named("persons", row["person_id"])["case_id"]
        return self._incident.named("cases", case_id)

    def _is_broken_by_me(self, record: str, row: Row) -> bool:
        case_id = self._case(record, row)["id"]
        return any(
            each["case_id"] == case_id
            and each["broken_by"] == self._actor.membership_id
            and each["ends_at"] > self._now
            for each in self._incident.rows["glass_breaks"]
        )

    def _cases_spoken_of(self, record: str, row: Row) -> set[object]:
        cases: set[object] = {self._case(record, row)["id"]}
        if record == "duplicate":
            cases.add(self._incident.named("persons", row["other_person_id"])["case_id"])
        return cases

    def _is_walled_off(self, record: str, row: Row) -> bool:
        cases = self._cases_spoken_of(record, row)
        me = (self._actor.account_id, self._actor.organization_id)
        return any(
            wall["case_id"] in cases
            and wall["lifted_at"] is None
            and (wall["account_id"] or wall["organization_id"]) in me
            for wall in self._incident.rows["conflict_walls"]
        )

    def _is_my_center(self, record: str, row: Row) -> bool:
        if self._actor.center_id is None:
            return False
        match record:
            case "center":
                center = row["id"]
            case "membership" | "intake":
                center = row["center_id"]
            case _:
                center = self._case(record, row)["center_id"]
        return bool(center == self._actor.center_id)

    def _is_handed_to_me(self, record: str, row: Row) -> bool:
        offered = [row] if record == "handoff" else self._incident.rows["handoffs"]
        case_id = self._case(record, row)["id"]
        return self._actor.center_id is not None and any(
            each["case_id"] == case_id
            and each["status"] == "proposed"
            and each["expires_at"] > self._now
            and each["to_center_id"] == self._actor.center_id
            for each in offered
        )

    def _referrals(self, record: str, row: Row) -> list[Row]:
        """Return the referrals the row is part of."""
        if record == "referral":
            return [row]
        table, column = ("referral_needs", "need_id") if record == "need" else ("referral_persons", "person_id")
        links = [each["referral_id"] for each in self._incident.rows[table] if each[column] == row["id"]]
        return [self._incident.named("referrals", each) for each in links]

    def _was_sent_to_me(self, referral: Row) -> bool:
        return (
            referral["organization_id"] == self._actor.organization_id
            and referral["sent_at"] is not None
            and referral["status"] != "entered_in_error"
        )

    def _is_open_to_me(self, referral: Row) -> bool:
        return (
            self._was_sent_to_me(referral)
            and referral["status"] not in BEFORE_ACCEPTANCE | ENDED_FOR_PARTNER
            and referral["kind"] != "information_only"
        )

    def released(self, record: str, row: Row) -> int:
        """Return the classes a release in force opens to the actor's organisation in the row (domain invariant 2)."""
        agreed = self._is_agreed()
        purposes = {each["purpose"] for each in self._referrals(record, row) if self._is_open_to_me(each)}
        if not agreed or not purposes:
            return 0
        if record != "referral":
            person = row["id"] if record == "person" else row["person_id"]
            return self._of_person(person, purposes, general=row.get("code") != "substance_use")
        everyone = [
            each["person_id"] for each in self._incident.rows["referral_persons"] if each["referral_id"] == row["id"]
        ]
        mask = sum(info.bit for info in InfoClass)
        named = [each["need_id"] for each in self._incident.rows["referral_needs"] if each["referral_id"] == row["id"]]
        codes = {self._incident.named("needs", each)["code"] for each in named}
        general = row["reason"] is None or "substance_use" not in codes
        for person in everyone:
            mask &= self._of_person(person, purposes, general=general)
        return mask if everyone else 0

    def _is_agreed(self) -> bool:
        return any(
            each["organization_id"] == self._actor.organization_id
            and each["ended_at"] is None
            and each["effective_on"] <= self._now.date() < each["expires_on"]
            for each in self._incident.rows["agreements"]
        )

    def _is_consented_to(self, need: Row) -> bool:
        """Domain invariant 12: a release of its own, for a referral that was sent and carries the need."""
        purposes = {each["purpose"] for each in self._referrals("need", need) if self._was_sent_to_me(each)}
        return self._is_agreed() and bool(self._of_person(need["person_id"], purposes, general=False))

    def _of_person(self, person_id: object, purposes: set[str], *, general: bool) -> int:
        """Return the classes released; unless ``general``, by what names substance use only (42 CFR 2.31)."""
        mask = 0
        is_program = self._incident.named("organizations", self._actor.organization_id)
        general &= is_program["confidentiality_regime"] != "part2_sud"
        for each in self._incident.rows["releases"]:
            lives = each["revoked_at"] is None and each["effective_at"] <= self._now < each["expires_at"]
            mine = each["organization_id"] == self._actor.organization_id and each["person_id"] == person_id
            names_it = bool(each["classes"] & InfoClass.substance_use.bit)
            if lives and mine and each["purpose"] in purposes and (general or names_it):
                mask |= each["classes"]
        return mask

    def partner_mask(self, record: str, row: Row) -> int:
        """Return what a partner sees by the words of the law alone, without asking the policy."""
        assert self._actor.role is Role.partner_user
        if not any(map(self._was_sent_to_me, self._referrals(record, row))):
            return 0
        if self.is_own_agency(record, row) or self._is_walled_off(record, row):
            return 0
        if record == "need" and row["code"] == "substance_use" and not self._is_consented_to(row):
            return 0
        workforce = InfoClass.workforce.bit if record == "referral" else 0
        consented = 0 if record == "need" else InfoClass.substance_use.bit  # a need says so by being there
        return GLIMPSE | workforce | self.released(record, row) & (SEALED | consented)
