"""What is promised about who sees a row, as statements of logic: written from the domain, not from the formulas.

Each promise names the facts it needs in its own words' place: a term that falls out of a relation makes one of them
untrue, and the solver shows the rows. "Never" statements must hold of all rows, "still" statements of some: a wall so
high that nobody works any more is a fault too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

import z3

from fac.access.policy import Policy
from fac.access.policy.lines import Book
from fac.domain.vocabulary import RELEASABLE_CLASSES, SEALED_CLASSES, InfoClass, Role
from tests.access.solver import THE_PERSON, THE_ROW, Logic, a, counterexample, so

Told = Iterator[tuple[str, z3.BoolRef]]
SENSITIVE = tuple(each for each in SEALED_CLASSES if each not in (InfoClass.identity, InfoClass.contact))
REFERRED = ("person", "need", "referral")
STAFF = (Role.intake_worker, Role.reunification_worker, Role.case_manager, Role.supervisor, Role.volunteer)


def some(record: str, *parts: Callable[[z3.ExprRef], z3.BoolRef]) -> z3.BoolRef:
    """Return that there is a row of which all ``parts`` are so."""
    found = a(record)
    return z3.Exists([found], z3.And(*(part(found) for part in parts)))


def is_(*names: str) -> Callable[[z3.ExprRef], z3.BoolRef]:
    return lambda row: z3.And(*(so(name, row) for name in names))


AGREEMENT = ("agreement_is_of_my_org", "agreement_has_begun", "agreement_is_not_over", "agreement_was_not_ended")
RELEASE = ("release_is_to_my_org", "release_is_not_revoked", "release_has_begun", "release_is_not_over")
ACTIVE = ("referral_is_to_my_org", "referral_is_active", "referral_carries_data")
SENT = ("referral_is_to_my_org", "referral_was_sent", "referral_is_no_mistake")
OFFERED = ("handoff_is_to_my_center", "handoff_is_proposed", "handoff_has_not_lapsed")


def row_is(name: str) -> z3.BoolRef:
    return so(name, THE_ROW)


def released(record: str, person: z3.ExprRef, info: InfoClass) -> z3.BoolRef:
    """Domain invariants 2 and 3; 34 USC 12291(b)(2); 28 CFR 94.115."""

    def is_served(release: z3.ExprRef) -> z3.BoolRef:
        if record == "referral":
            return z3.And(is_(*ACTIVE)(THE_ROW), so("referral_has_the_purpose", THE_ROW, release))
        return some(
            "referral",
            is_(*ACTIVE),
            lambda referral: so("referral_names_the_row", referral, THE_ROW),
            lambda referral: so("referral_has_the_purpose", referral, release),
        )

    return some(
        "release",
        is_(*RELEASE),
        lambda release: so("release_is_of_the_person", release, person),
        is_(f"release_covers_{info}"),
        is_served,
    )


def partner_without_release(logic: Logic, policy: Policy, book: Book) -> Told:
    for role, record in product(book.words("role", "partners"), REFERRED):
        for info in SEALED_CLASSES:
            sees = logic.sees(policy, Role(role), record, info)
            person = THE_ROW if record == "person" else THE_PERSON
            if record == "referral":
                person = a("person")
                named = so("referral_names_the_person", THE_ROW, person)
                opened = z3.ForAll([person], z3.Implies(named, released(record, person, info)))
                opened = z3.And(opened, some("person", lambda each: so("referral_names_the_person", THE_ROW, each)))
            else:
                opened = released(record, person, info)
            yield f"{role} {record} {info}", z3.Implies(sees, z3.And(opened, some("agreement", is_(*AGREEMENT))))


def substance_use_without_consent(logic: Logic, policy: Policy, book: Book) -> Told:
    """Domain invariant 12; 42 CFR 2.31: a release that names it, of the one concerned, for a referral that was sent."""

    def consents(release: z3.ExprRef) -> z3.BoolRef:
        serves = some(
            "referral",
            is_(*SENT),
            lambda referral: so("referral_names_the_row", referral, THE_ROW),
            lambda referral: so("referral_has_the_purpose", referral, release),
        )
        whose = so("release_is_of_whose_need", release, THE_ROW)
        return z3.And(is_(*RELEASE, "release_names_substance_use")(release), whose, serves)

    says_so = row_is("need_is_substance_use")
    told = z3.And(some("agreement", is_(*AGREEMENT)), some("release", consents))
    for role in book.words("role", "partners"):
        for info in InfoClass:
            sees = logic.sees(policy, Role(role), "need", info)
            yield f"{role} need {info}", z3.Implies(z3.And(sees, says_so), told)


def substance_use_by_a_general_release(logic: Logic, policy: Policy, book: Book) -> Told:
    """Nothing sealed of such a need, of a referral that names one, or of anybody who is referred to such a program."""
    to_a_program = is_("release_is_to_a_substance_use_program")
    names_it = is_("release_names_substance_use")
    speaks = {
        "person": z3.BoolVal(False),
        "need": row_is("need_is_substance_use"),
        "referral": row_is("referral_speaks_of_substance_use"),
    }
    for role, record in product(book.words("role", "partners"), REFERRED):
        for info in SEALED_CLASSES:
            sees = logic.sees(policy, Role(role), record, info)
            person = THE_ROW if record == "person" else a("person") if record == "referral" else THE_PERSON
            fitting = some(
                "release",
                is_(f"release_covers_{info}"),
                lambda release, person=person: so("release_is_of_the_person", release, person),
                lambda release, speaks=speaks[record]: z3.Or(
                    names_it(release), z3.Not(z3.Or(to_a_program(release), speaks))
                ),
            )
            if record == "referral":
                named = so("referral_names_the_person", THE_ROW, person)
                fitting = z3.ForAll([person], z3.Implies(named, fitting))
            yield f"{role} {record} {info}", z3.Implies(sees, fitting)


def partner_without_referral(logic: Logic, policy: Policy, book: Book) -> Told:
    naming = some("referral", is_(*SENT), lambda each: so("referral_names_the_row", each, THE_ROW))
    for role, record in product(book.words("role", "partners"), book.words("record", "casefile")):
        for info in InfoClass:
            sees = logic.sees(policy, Role(role), record, info)
            needed = (
                is_(*SENT)(THE_ROW) if record == "referral" else naming if record in REFERRED else z3.BoolVal(False)
            )
            yield f"{role} {record} {info}", z3.Implies(sees, needed)


def broken_glass() -> z3.BoolRef:
    """In an emergency, for an hour, in the own center."""
    broken = is_("glass_is_broken_by_me", "glass_is_still_broken")
    mine = some("glass", broken, lambda each: so("glass_is_of_the_case", each, THE_ROW))
    return z3.And(row_is("row_is_of_my_center"), mine)


def intake_worker_reading_what_others_heard(logic: Logic, policy: Policy, book: Book) -> Told:
    for record in book.words("record", "casefile"):
        for info in SENSITIVE:
            sees = logic.sees(policy, Role.intake_worker, record, info)
            own = z3.Or(row_is("case_is_mine"), row_is("row_is_written_by_me"), broken_glass())
            yield f"{record} {info}", z3.Implies(sees, own)


def case_manager_beyond_the_caseload(logic: Logic, policy: Policy, book: Book) -> Told:
    for record in book.words("record", "casefile"):
        for info in (InfoClass.contact, *SENSITIVE):
            own = [row_is("case_is_mine"), row_is("row_is_written_by_me"), broken_glass()]
            if record == "handoff":  # what one center tells the other in it, while it is on offer
                own.append(is_(*OFFERED)(THE_ROW))
            sees = logic.sees(policy, Role.case_manager, record, info)
            yield f"{record} {info}", z3.Implies(sees, z3.Or(*own))


def another_centers_families(logic: Logic, policy: Policy, book: Book) -> Told:
    """Who only has a handoff on offer, or the same incident, learns of a family that there is one."""
    for role in STAFF:
        for record in book.words("record", "casefile"):
            here = [row_is(name) for name in ("case_is_mine", "row_is_of_my_center", "row_is_written_by_me")]
            offered = is_(*OFFERED)(THE_ROW)
            if record == "handoff":
                here.append(offered)
            else:
                offered = some("handoff", is_(*OFFERED), lambda each: so("handoff_is_of_the_case", each, THE_ROW))
            for info in SEALED_CLASSES:
                yield f"{role} {record} {info}", z3.Implies(logic.sees(policy, role, record, info), z3.Or(*here))
            if record != "duplicate":
                seen = logic.sees(policy, role, record, InfoClass.outline)
                # Who handed a family over learns what came of the handoff: that row's outline, and no other.
                sent = [row_is("handoff_is_from_my_center")] if record == "handoff" else []
                yield f"{role} {record} outline", z3.Implies(seen, z3.Or(*here, offered, *sent))


def handoff_decided_elsewhere(logic: Logic, policy: Policy, book: Book) -> Told:
    for role in Role:
        for action in ("accept", "decline"):
            decides = logic.allows(policy, role, action, "handoff", InfoClass.outline)
            yield f"{role} {action}", z3.Implies(decides, is_(*OFFERED)(THE_ROW))


def bystanders_meeting_a_family(logic: Logic, policy: Policy, book: Book) -> Told:
    for role in book.words("role", "bystanders"):
        for record in book.words("record", "casefile"):
            for info in InfoClass:
                yield f"{role} {record} {info}", z3.Not(logic.sees(policy, Role(role), record, info))
    for role in book.words("role", "outline_only"):
        for record in book.words("record", "casefile"):
            for info in SEALED_CLASSES:
                yield f"{role} {record} {info}", z3.Not(logic.sees(policy, Role(role), record, info))


def privileged_words_of_another(logic: Logic, policy: Policy, book: Book) -> Told:
    """Domain invariant 12."""
    another = z3.And(row_is("note_is_privileged"), row_is("note_is_not_mine"))
    for role in Role:
        for info in SEALED_CLASSES:
            for action in policy.actions:
                if policy.grants(role, action, "note"):
                    may = logic.allows(policy, role, action, "note", info)
                    yield f"{role} {action} {info}", z3.Implies(another, z3.Not(may))


def what_another_funds(logic: Logic, policy: Policy, book: Book) -> Told:
    mine = row_is("award_is_funded_by_my_org")
    of_mine = some("award", is_("award_is_funded_by_my_org"), lambda each: so("row_is_of_the_award", each, THE_ROW))
    for info in (InfoClass.outline, InfoClass.measure):
        yield f"award {info}", z3.Implies(logic.sees(policy, Role.report_viewer, "award", info), mine)
        yield f"report {info}", z3.Implies(logic.sees(policy, Role.report_viewer, "report", info), of_mine)


def hats_and_agreements_of_others(logic: Logic, policy: Policy, book: Book) -> Told:
    for info in (InfoClass.outline, InfoClass.workforce):
        partner = logic.sees(policy, Role.partner_user, "membership", info)
        yield f"partner {info}", z3.Implies(partner, z3.Or(row_is("row_is_of_my_org"), row_is("row_is_my_hat")))
        funder = logic.sees(policy, Role.report_viewer, "membership", info)
        yield f"funder {info}", z3.Implies(funder, row_is("row_is_my_hat"))
    agreement = logic.sees(policy, Role.partner_user, "agreement", InfoClass.outline)
    yield "agreement", z3.Implies(agreement, row_is("row_is_of_my_org"))
    for action in book.words("action", "administer"):
        hires = logic.allows(policy, Role.supervisor, action, "membership", InfoClass.outline)
        yield f"supervisor {action}", z3.Implies(hires, row_is("row_is_of_my_center"))
        hires = logic.allows(policy, Role.partner_administrator, action, "membership", InfoClass.outline)
        own = z3.And(row_is("row_is_of_my_org"), row_is("hat_is_a_partner_user"))
        yield f"partner administrator {action}", z3.Implies(hires, own)


def the_clock_reading_values(logic: Logic, policy: Policy, book: Book) -> Told:
    for record in policy.records:
        for info in InfoClass:
            if info is not InfoClass.outline:
                sees = logic.sees(policy, Role.system_worker, record, info)
                yield f"{record} {info}", z3.Implies(sees, row_is("row_is_my_hat"))


def volunteer_not_vetted(logic: Logic, policy: Policy, book: Book) -> Told:
    """Domain invariant 9."""
    vetted = some("hat", is_("hat_is_mine", "hat_is_vetted"))
    for record in book.words("record", "casefile"):
        for info in InfoClass:
            sees = logic.sees(policy, Role.volunteer, record, info)
            yield f"{record} {info}", z3.Implies(sees, z3.And(vetted, row_is("row_is_of_my_center")))


def of_the_case(member: z3.ExprRef) -> z3.BoolRef:
    return so("member_is_of_the_case", member, THE_ROW)


def of_the_other_case(member: z3.ExprRef) -> z3.BoolRef:
    return so("member_is_of_the_other_case", member, THE_ROW)


def colleagues_of_a_responder(logic: Logic, policy: Policy, book: Book) -> Told:
    """Domain invariant 11."""
    own = some("member", of_the_case, is_("member_works_for_my_org"))
    others = some("member", of_the_other_case, is_("member_of_the_other_works_for_my_org"))
    theirs = z3.Or(own, z3.And(row_is("row_speaks_of_two_cases"), others))
    for role in book.words("role", "colleagues"):
        for record in (*book.words("record", "casefile"), *book.words("record", "safeguard"), "partner_note"):
            sees = logic.sees(policy, Role(role), record, InfoClass.outline)
            yield f"{role} {record}", z3.Implies(theirs, z3.Not(sees))


def a_partners_own_notes(logic: Logic, policy: Policy, book: Book) -> Told:
    """Domain invariant 6: of the organisation that wrote them, whatever else a row stands in, and of nobody else."""
    for role in Role:
        for action in ("read", "search", "write", "update", "match"):
            for info in InfoClass:
                may = logic.allows(policy, role, action, "partner_note", info)
                own = row_is("row_is_of_my_org") if role is Role.partner_user else z3.BoolVal(False)
                yield f"{role} {action} {info}", z3.Implies(may, own)


def glass_of_others(logic: Logic, policy: Policy, book: Book) -> Told:
    """Glass is broken in the own center only; of a colleague's, who answers for nothing there learns nothing."""
    here, own = row_is("row_is_of_my_center"), z3.Or(row_is("case_is_mine"), row_is("row_is_written_by_me"))
    for role in Role:
        breaks = logic.allows(policy, role, "break", "glass_break", InfoClass.outline)
        yield f"{role} breaks", z3.Implies(breaks, here)
    for record in book.words("record", "reviewed"):
        for role in STAFF:
            sees = logic.sees(policy, role, record, InfoClass.outline)
            yield f"{role} {record}", z3.Implies(sees, z3.Or(own, here) if role is Role.supervisor else own)


STANDING_WALL = ("wall_is_against_me", "wall_is_not_lifted")


def behind_a_wall(logic: Logic, policy: Policy, book: Book) -> Told:
    """Whoever is walled off from a case does nothing in it, and reads nothing of it or of its walls."""
    for side in ("wall_is_against_me", "wall_is_against_my_org"):
        stands = is_(side, "wall_is_not_lifted")
        own = some("wall", stands, lambda each: so("wall_is_of_the_case", each, THE_ROW))
        others = some("wall", stands, lambda each: so("wall_is_of_the_other_case", each, THE_ROW))
        walled = z3.Or(own, z3.And(row_is("row_speaks_of_two_cases"), others))
        for role in Role:
            for record in (*book.words("record", "casefile"), *book.words("record", "safeguard"), "partner_note"):
                sees = logic.sees(policy, role, record, InfoClass.outline)
                yield f"{side} {role} {record}", z3.Implies(walled, z3.Not(sees))


def nobody_looked_for(logic: Logic, policy: Policy, book: Book) -> Told:
    """Domain invariant 7: the liaison knows a family while it looks for somebody, or while one is being identified."""

    def open_search(search: z3.ExprRef) -> z3.BoolRef:
        of_it = some(
            "identification",
            is_("identification_is_live"),
            lambda each: so("identification_is_of_the_search", each, search),
        )
        return z3.Or(so("search_goes_on", search), of_it)

    for record in book.words("record", "casefile"):
        if record == "death_notification":  # which families were told, and nothing of them
            continue
        known = z3.BoolVal(False)
        if record == "person_of_concern":
            known = open_search(THE_ROW)
        elif record == "person":
            known = some("person_of_concern", lambda each: so("search_is_of_the_row", each, THE_ROW), open_search)
        for info in InfoClass:
            sees = logic.sees(policy, Role.identification_liaison, record, info)
            yield f"{record} {info}", z3.Implies(sees, known)


def death_before_the_family_was_told(logic: Logic, policy: Policy, book: Book) -> Told:
    """Domain invariant 7: the record that holds a death before it is told has one role of readers, and one that writes.

    A search itself has no word for a death (ConcernStatus): what others read of it cannot tell.
    """
    for role in Role:
        for action in policy.actions:
            for info in InfoClass:
                if role is not Role.identification_liaison and policy.grants(role, action, "identification"):
                    yield f"{role} {action} {info}", z3.Not(logic.allows(policy, role, action, "identification", info))
        if role is not Role.identification_liaison:
            records = logic.allows(policy, role, "notify", "death_notification", InfoClass.outline)
            yield f"{role} notify death_notification", z3.Not(records)


def access_of_mine(record: str, *parts: Callable[[z3.ExprRef], z3.BoolRef]) -> z3.BoolRef:
    """Return that a portal access of mine is about the row (or is it), and ``parts`` are so of it."""
    if record == "portal_access":
        return z3.And(so("access_is_mine", THE_ROW), *(part(THE_ROW) for part in parts))
    about = (is_("access_is_mine"), lambda each: so("access_is_about_the_row", each, THE_ROW))
    return some("portal_access", *about, *parts)


def not_restricted(access: z3.ExprRef) -> z3.BoolRef:
    """Domain invariant 5."""
    return z3.Not(
        some("tie", lambda tie: so("tie_is_of_the_holder", tie, access), is_("tie_forbids")),
    )


def a_guardians(access: z3.ExprRef) -> z3.BoolRef:
    authority = some(
        "authority",
        lambda each: so("authority_is_of_the_holder", each, access),
        lambda each: so("authority_is_over_the_person", each, access),
        is_("authority_is_to_consent"),
    )
    minor = some("minor", lambda each: so("minor_is_the_person", each, access), is_("minor_was_so_at_intake"))
    return z3.And(authority, minor, z3.Not(consented_alone(access)))


def consented_alone(access: z3.ExprRef) -> z3.BoolRef:
    return some(
        "alone",
        lambda each: so("alone_is_of_the_person", each, access),
        lambda each: so("alone_is_to_the_recipient", each, THE_ROW),
        lambda each: some(
            "signature",
            lambda signature: so("signature_is_under_it", signature, each),
            is_("signature_is_the_minors_alone"),
        ),
    )


LIVE_ACCESS = is_("access_is_not_withdrawn", "access_has_not_lapsed")
SHOWN = ("row_if_referral_was_sent", "row_if_referral_is_no_mistake")


def records_of_others(logic: Logic, policy: Policy, book: Book) -> Told:
    """Somebody served: one access, given by a worker, that stands; their own record, or that of a minor of theirs."""
    for record in (*book.words("record", "casefile"), *book.words("record", "safeguard"), "accounting"):
        own = access_of_mine(record, LIVE_ACCESS, not_restricted, is_("access_is_the_persons_own"))
        childs = access_of_mine(record, LIVE_ACCESS, not_restricted, a_guardians)
        for action in ("read", "revoke", "withdraw"):
            for info in InfoClass:
                may = logic.allows(policy, Role.family_member, action, record, info)
                needed = z3.And(z3.Or(own, childs), is_(*SHOWN)(THE_ROW))
                yield f"{action} {record} {info}", z3.Implies(may, needed)


NEVER = (
    partner_without_release, substance_use_without_consent, substance_use_by_a_general_release,
    partner_without_referral, intake_worker_reading_what_others_heard,
    case_manager_beyond_the_caseload, another_centers_families, handoff_decided_elsewhere,
    bystanders_meeting_a_family, privileged_words_of_another, what_another_funds, hats_and_agreements_of_others,
    the_clock_reading_values, volunteer_not_vetted, colleagues_of_a_responder, behind_a_wall, nobody_looked_for,
    death_before_the_family_was_told, glass_of_others, records_of_others, a_partners_own_notes,
)  # fmt: skip


def still(logic: Logic, policy: Policy) -> Told:
    """Yield what must stay possible."""
    privileged, anothers = row_is("note_is_privileged"), row_is("note_is_not_mine")
    reads = logic.sees(policy, Role.supervisor, "note", InfoClass.privileged)
    yield "the author reads a privileged note", z3.And(reads, privileged, z3.Not(anothers))
    yield "a supervisor reads what another wrote", z3.And(reads, anothers, z3.Not(privileged))
    family, elsewhere = some("member", of_the_case), some("member", is_("member_works_for_my_org"))
    reads = logic.sees(policy, Role.supervisor, "person", InfoClass.identity)
    yield "a family without a colleague is seen where there are colleagues", z3.And(reads, family, elsewhere)
    family, elsewhere = (
        some("member", of_the_other_case),
        some("member", is_("member_of_the_other_works_for_my_org")),
    )
    reads, two = logic.sees(policy, Role.supervisor, "duplicate", InfoClass.outline), row_is("row_speaks_of_two_cases")
    yield "so is a pair of two such families", z3.And(reads, two, family, elsewhere)
    theirs = some("member", of_the_other_case, is_("member_of_the_other_works_for_my_org"))
    yield "a row that speaks of one family is not held against another", z3.And(reads, z3.Not(two), theirs)
    yield (
        "a partner's worker reads a colleague's note",
        logic.sees(policy, Role.partner_user, "partner_note", InfoClass.partner_record),
    )
    yield "a vetted volunteer greets", logic.sees(policy, Role.volunteer, "person", InfoClass.identity)
    yield from still_beside_a_wall(logic, policy)
    mine = z3.Or(row_is("case_is_mine"), row_is("row_is_written_by_me"))
    reads = logic.sees(policy, Role.case_manager, "need", InfoClass.clinical)
    yield "who broke the glass reads", z3.And(reads, broken_glass(), z3.Not(mine))
    yield from still_served(logic, policy)
    yield from still_without_a_consent(logic, policy)
    for record in REFERRED:
        for info in set(RELEASABLE_CLASSES) & set(SEALED_CLASSES):
            yield f"a partner reads {info} of a {record}", logic.sees(policy, Role.partner_user, record, info)


def still_served(logic: Logic, policy: Policy) -> Told:
    """Yield what somebody served must go on seeing: their own record, and a child's, beside what closes another's."""
    reads = logic.sees(policy, Role.family_member, "release", InfoClass.outline)
    own = access_of_mine("release", is_("access_is_the_persons_own"))
    childs = access_of_mine("release", a_guardians)
    lone_own, lone_childs = z3.And(own, z3.Not(childs)), z3.And(childs, z3.Not(own))
    # One access, one row of each kind beside it: what closes must be about the very same.
    access, tie, alone, signature = (a(each) for each in ("portal_access", "tie", "alone", "signature"))
    one = z3.ForAll([access], so("access_is_mine", access))

    forbids, theirs = so("tie_forbids", tie), so("tie_is_of_the_holder", tie, access)
    for whose, shown in (("their own", lone_own), ("a child's", lone_childs)):
        yield whose, z3.And(reads, shown)
        yield f"{whose}: somebody else is restricted", z3.And(reads, shown, one, z3.ForAll([tie], forbids))
        yield f"{whose}: the holder has a tie", z3.And(reads, shown, one, z3.ForAll([access, tie], theirs))
    by_child, to_it = so("alone_is_of_the_person", alone, access), so("alone_is_to_the_recipient", alone, THE_ROW)
    under, lone = so("signature_is_under_it", signature, alone), so("signature_is_the_minors_alone", signature)
    everything = {
        "of another child": (by_child, [access, alone]), "to somebody else": (to_it, [alone]),
        "by another paper": (under, [signature, alone]), "together": (lone, [signature]),
    }  # fmt: skip
    for name in everything:
        others = [z3.ForAll(rows, said) for each, (said, rows) in everything.items() if each != name]
        yield f"a child's, beside consent {name}", z3.And(reads, lone_childs, *others)


def still_without_a_consent(logic: Logic, policy: Policy) -> Told:
    """Yield what a general release goes on opening, and what a consent opens."""

    def no(*names: str) -> z3.BoolRef:
        release = a("release")
        return z3.ForAll([release], z3.Not(is_(*names)(release)))

    general = no("release_names_substance_use")
    sees = logic.sees(policy, Role.partner_user, "need", InfoClass.preview)
    yield "a need of another kind", z3.And(sees, no("release_is_to_my_org"), z3.Not(row_is("need_is_substance_use")))
    reads = logic.sees(policy, Role.partner_user, "need", InfoClass.clinical)
    yield "the words of one", z3.And(reads, general)
    yield "a consented need", z3.And(reads, row_is("need_is_substance_use"))
    reads = logic.sees(policy, Role.partner_user, "referral", InfoClass.narrative)
    yield "a referral for something else", z3.And(reads, general, z3.Not(row_is("referral_speaks_of_substance_use")))


def still_beside_a_wall(logic: Logic, policy: Policy) -> Told:
    """Yield what a wall must leave as it was: for others, of other cases, after it was lifted."""
    sees = logic.sees(policy, Role.supervisor, "duplicate", InfoClass.outline)
    of_it, of_other = (
        lambda wall, link=link: so(link, wall, THE_ROW) for link in ("wall_is_of_the_case", "wall_is_of_the_other_case")
    )
    two, mine = row_is("row_speaks_of_two_cases"), is_(*STANDING_WALL)

    def no(part: Callable[[z3.ExprRef], z3.BoolRef]) -> Callable[[z3.ExprRef], z3.BoolRef]:
        return lambda wall: z3.Not(part(wall))

    others = (no(is_("wall_is_against_me")), no(is_("wall_is_against_my_org")), is_("wall_is_not_lifted"))
    yield "a wall against somebody else", z3.And(sees, some("wall", *others, of_it))
    yield "a lifted wall", z3.And(sees, some("wall", is_("wall_is_against_me"), no(is_("wall_is_not_lifted")), of_it))
    yield "a wall of another case", z3.And(sees, some("wall", mine, no(of_it)))
    yield "a wall nearby", z3.And(sees, two, some("wall", mine, no(of_it), no(of_other)))
    yield "a wall of a case not spoken of", z3.And(sees, z3.Not(two), some("wall", mine, no(of_it), of_other))


@dataclass(slots=True)
class Proofs:
    """Proves, remembering what was asked before: most of it is the same for every role, and for a changed formula."""

    found: dict[int, tuple[z3.BoolRef, bool]] = field(default_factory=dict)  # the statement is kept: its id is its own

    def holds(self, claim: z3.BoolRef) -> bool:
        """Tell whether ``claim`` is true of all rows."""
        if claim.get_id() not in self.found:
            self.found[claim.get_id()] = (claim, counterexample(claim) is None)
        return self.found[claim.get_id()][1]

    def broken(self, logic: Logic, policy: Policy, book: Book) -> str | None:
        """Return the first promise that these relations and this policy do not keep; None when all are kept."""
        for promise in NEVER:
            for where, claim in promise(logic, policy, book):
                if not self.holds(claim):
                    return f"{promise.__name__}: {where}"
        return next((name for name, wanted in still(logic, policy) if self.holds(z3.Not(wanted))), None)
