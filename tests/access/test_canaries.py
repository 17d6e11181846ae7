"""Canaries: a marker in every field that is not everybody's, and every role asks for everything the schema has.

Field by field: what comes out of each outlet for each hat is what the compiled policy and the relations of the row say,
no more and no less. What should be seen is worked out in plain Python from the rows, and once more written by hand.
"""

import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from fac.domain.vocabulary import InfoClass
from fac.reading.catalog import NOUNS, ROOTS
from tests import log_lines
from tests.access.crawl import CRAWLS, POLICY, Outlet, Shown, crawl, shown_in
from tests.access.planted import (
    BUNDLES,
    CANARIES,
    FIGURES,
    PERSON,
    SOUGHT,
    TEXTS,
    TOLD,
    Rows,
    break_glass,
    import_report,
    notices,
    plant,
    provoke,
    record_of,
    rows_of,
)
from tests.caseloads import raw
from tests.journeys.following import MARKERS, Following, walk
from tests.world import World

RESTRICTED = [name for name, rule in POLICY.fields.items() if rule.classes != (InfoClass.outline,)]
WAYS = {"Membership.account"}  # to another object: shut with their class, and what is behind is looked at itself
# Names of staff in answers that are no rows: tests/access/test_who_can_see.py, tests/casework/test_unusual_access.py.
OF_HATS = {"Onlooker.name", "UnusualAccess.name"}
# The notice of 42 CFR 2.32, the same of everybody: shown with what it is about (tests/casework/test_substance_use.py).
NOTICES = {f"{kind}.redisclosureNotice" for kind in ("Need", "Person", "Referral")}
# Told in an accounting and nowhere else: tests/casework/test_accounting.py.
OF_ACCOUNTINGS = {"AccountedDisclosure.recipient"}
SEARCH = f"""{{ searchPeople(givenName: "{MARKERS["given name"]}", familyName: "{MARKERS["family name"]}") {{
  grade person {{ __typename id givenName familyName preferredName aliases bornOn phones emails address ageBand gender
    access {{ visible }} }} }} }}"""
A_DEATH = ("deceased", "identity_pending")  # before the family was told nobody reads such a word (domain invariant 7)
# What each hat reads while the partner serves the family, written by hand beside the rules: the first letters of
# identity, contact, health (clinical), narrative, the staff's record, the partner's. All others read nothing sealed.
SEALED_BY_HAND = {
    "fac_intake": "ic", "fac_manager": "ichns", "fac_manager_two": "is", "fac_supervisor": "ichns",
    "counselor": "ichnp", "family": "ic", "liaison": "ic", "privacy_officer": "s",
}  # fmt: skip
BY_LETTER = {
    "i": InfoClass.identity, "c": InfoClass.contact, "h": InfoClass.clinical, "n": InfoClass.narrative,
    "s": InfoClass.staff_record, "p": InfoClass.partner_record,
}  # fmt: skip
# Who reads a word of the breaking and of its review, and nothing else that staff wrote.
ONLY_OF_THE_GLASS = {
    "fac_manager_two": {"GlassBreak.words"},
    "privacy_officer": {"GlassBreak.words", "Review.words", *(f"Disclosure.{name}" for name in TOLD)},
}


@dataclass(slots=True)
class Telling:
    """What one hat was told at one moment, by field and outlet, and the rows as they stood."""

    hat: str
    rows: Rows
    text: str
    errors: str
    asked_for: dict[str, set[Any]]  # kind -> rows asked for by their id
    seen: dict[str, set[Outlet]] = field(default_factory=lambda: defaultdict(set))
    wrong: list[tuple[Any, ...]] = field(default_factory=list)
    answers: int = 0

    def expects(self, name: str, rows: set[Any], action: str = "read") -> bool:
        """Tell whether the hat should see the field in one of ``rows``."""
        kind = name.partition(".")[0]
        return any(self.rows.mask(self.hat, kind, id, action) & self.rows.bit_of(name, id) for id in rows)

    def expected_in(self, name: str) -> dict[Outlet, bool]:
        """Return in which outlets the field must be seen, and in which it must not; elsewhere it may."""
        kind = name.partition(".")[0]
        rows = self.rows.holding(name)
        if not self.expects(name, rows):
            return dict.fromkeys(Outlet, False)
        found: dict[Outlet, bool] = {}
        if kind in self.asked_for:
            found[Outlet.by_id] = self.expects(name, rows & self.asked_for[kind])
        if any(root.noun == kind and is_whole_list(root.name) for root in ROOTS.values()):
            found[Outlet.in_a_list] = True
        if kind == "Person" and f" {name.partition('.')[2]} " in f"{SEARCH} ":
            found[Outlet.in_a_search] = self.expects("Person.givenName", rows, "search")
        return found


def is_whole_list(name: str) -> bool:
    """Tell whether a root lists every row of its kind that may be read."""
    root = ROOTS[name]
    return root.order is not None and not (root.mine or root.not_null or root.is_null or root.where or root.among)


def digits_kept(text: str) -> str:
    """Return text with telephone numbers written one way."""
    return text.replace("312 555 0177", "3125550177").replace("(312) 555-0177", "3125550177")


@dataclass(slots=True)
class Told:
    """Everything that was told, and everything else that was written meanwhile."""

    moments: dict[str, list[Telling]] = field(default_factory=lambda: defaultdict(list))
    sinks: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, Telling]]:
        return ((moment, each) for moment, tellings in self.moments.items() for each in tellings)


@pytest.fixture(scope="module")
def log() -> Iterator[io.BytesIO]:
    """The lines the process logs."""
    with log_lines.captured() as stream:
        yield stream


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(world: World, log: io.BytesIO) -> Told:
    """One family's journey, everything asked by every hat while a partner serves it, and by some before and after."""
    found = Told()

    async def onlookers(way: Following, step: str) -> None:
        if step == "in_service by the other":
            await plant(way)
            await break_glass(way)
            found.moments["under the glass"] = [await telling(way, "fac_manager_two", await rows_of(world, way))]
            world.clock.advance(minutes=61)
            rows = await rows_of(world, way)
            found.moments["served"] = [await telling(way, each, rows) for each in world.hats]
        if step == "completed by the other":
            rows = await rows_of(world, way)
            found.moments["no longer served"] = [await telling(way, each, rows) for each in ("counselor", "lawyer")]

    await walk(world, onlookers, person=PERSON, sought=SOUGHT)
    found.sinks["what is said to a bad request"] = await provoke(world["intake"])
    found.sinks["the report of an import"] = await import_report(world)
    found.sinks["notices"] = await notices(world)
    for name, sql in (
        ("job payloads", "SELECT task_name || args::text FROM procrastinate_jobs"),
        ("the audit trail", "SELECT event || detail::text FROM audit_events"),
        ("frozen reports", "SELECT reports::text FROM reports"),
        ("sent notices", "SELECT notices::text FROM notices"),
    ):
        found.sinks[name] = "\n".join(str(row[0]) for row in await world.fetch(sql))
    found.sinks["the log"] = log.getvalue().decode()
    return found


async def telling(way: Following, name: str, rows: Rows) -> Telling:
    """Ask everything as one hat and note what was told."""
    ids = {root: [id] for root, id in way.ids.items()}
    ids["referral"] = [each.id for each in way.referrals.values()]
    ids["person"] = [way.family.persons[each] for each in ("mother", "uncle")]
    answers = await crawl(way.world[name], ids, SEARCH)
    by_root = {root.name: root.noun for root in ROOTS.values() if root.order is None} | {"report": "Report"}
    asked_for = {by_root[root]: {raw(each) for each in given} for root, given in ids.items() if root in by_root}
    text = digits_kept(str([body for *_, body in answers]))
    errors = digits_kept(str([body.get("errors") for *_, body in answers]))
    made = Telling(name, rows, text, errors, asked_for, answers=len(answers))
    for outlet, root, body in answers:
        for each in shown_in(outlet, root, body):
            look_at(made, each)
    return made


def look_at(made: Telling, shown: Shown) -> None:
    """Compare one object with what the hat should see of its row, field by field."""
    if shown.kind in ("ReportSection", "ReportRow"):  # of a report, which is looked at itself
        mask = InfoClass.measure.bit
    elif shown.id is None or is_part(shown.kind):
        return
    else:
        mask = made.rows.mask(made.hat, shown.kind, shown.id)
        if not mask:
            made.wrong.append((shown.outlet, shown.kind, "a row that is not theirs to know of"))
    for name, value in shown.fields.items():
        rule = POLICY.fields.get(f"{shown.kind}.{name}")
        if rule is not None and rule.classes != (InfoClass.outline,):
            bit = made.rows.bit_of(f"{shown.kind}.{name}", shown.id)
            look_at_field(made, shown, f"{shown.kind}.{name}", value, is_open=bool(mask & bit))


def look_at_field(made: Telling, shown: Shown, name: str, value: Any, *, is_open: bool) -> None:
    """Compare one field with whether the hat should see it, and its canary with what it holds."""
    if not is_open:
        if value not in (None, []):
            made.wrong.append((shown.outlet, name, "shown"))
    elif name in FIGURES or name in WAYS | NOTICES or (shown.id in made.rows.holding(name) and value == CANARIES[name]):
        made.seen[name].add(shown.outlet)
    elif shown.id in made.rows.holding(name):
        made.wrong.append((shown.outlet, name, "withheld"))


def is_part(kind: str) -> bool:
    """Tell whether a kind is shown as a part of another, or to everybody: nothing is asked of its own row."""
    if kind in ("Report", "Account"):
        return False
    return kind not in NOUNS or bool(NOUNS[kind].inherits) or NOUNS[kind].is_global


def test_every_restricted_field_has_a_canary() -> None:
    assert set(RESTRICTED) == CANARIES.keys() | set(FIGURES) | WAYS | OF_HATS | NOTICES | OF_ACCOUNTINGS
    classes = {info for rule in POLICY.fields.values() for info in rule.classes}
    assert {info for name in RESTRICTED for info in POLICY.fields[name].classes} >= classes - {InfoClass.outline}
    assert {record_of(kind) for kind in BUNDLES} <= set(POLICY.records)


def test_the_crawl_reaches_every_field_of_every_noun() -> None:
    reached = " ".join(query for _, query in CRAWLS)
    missing = [name for name in POLICY.fields if name.partition(".")[2] not in reached]
    assert missing == []
    assert {name for name, _ in CRAWLS} >= {"case", "person", "referral", "note", "cases", "referralInbox", "viewer"}


class TestOutlets:
    async def test_everybody_was_asked(self, world: World, told: Told):
        assert {each.hat for each in told.moments["served"]} == set(world.hats)
        assert min(each.answers for _, each in told) > len(CRAWLS)

    @pytest.mark.parametrize("name", sorted(CANARIES))
    async def test_a_field_leaves_where_policy_and_row_allow_it_and_nowhere_else(self, told: Told, name: str):
        sees, misses = 0, 0
        for moment, each in told:
            expected = each.expected_in(name)
            for outlet, wanted in expected.items():
                assert (outlet in each.seen[name]) is wanted, (moment, each.hat, outlet)
            somewhere = each.expects(name, each.rows.holding(name))
            assert bool(each.seen[name]) is somewhere, (moment, each.hat)
            if name in TEXTS:
                assert (TEXTS[name] in each.text) is somewhere, (moment, each.hat)
            sees, misses = sees + somewhere, misses + (not somewhere)
        assert sees
        assert misses

    @pytest.mark.parametrize("name", FIGURES)
    async def test_a_figure_is_for_who_answers_for_it(self, told: Told, name: str):
        sees = set()
        for moment, each in told:
            (report,) = each.rows.incident.rows["reports"]
            expected = bool(each.rows.mask(each.hat, "Report", report["id"]) & InfoClass.measure.bit)
            assert bool(each.seen[name]) is expected, (moment, each.hat)
            sees |= {each.hat} if expected else set()
        assert sees == {"reunification_supervisor", "fac_supervisor", "resiliency_supervisor", "funder"}

    async def test_no_object_says_more_or_less_than_its_row(self, told: Told):
        assert [(moment, each.hat, wrong) for moment, each in told for wrong in each.wrong] == []

    async def test_no_error_repeats_a_value_and_nobody_reads_of_a_death(self, told: Told):
        for moment, each in told:
            assert not [text for text in TEXTS.values() if text in each.errors], (moment, each.hat)
            assert any(word in each.text for word in A_DEATH) is (each.hat == "liaison"), (moment, each.hat)
            assert "'internal'" not in each.text, (moment, each.hat)

    async def test_the_rules_say_what_a_person_would(self, told: Told):
        for each in told.moments["served"]:
            by_hand = SEALED_BY_HAND.get(each.hat, "")
            for letter, info in BY_LETTER.items():
                fields = {name for name in CANARIES if each.rows.class_of(name) is info}
                read = {name for name in fields if each.seen[name]}
                assert bool(read) is (letter in by_hand), (each.hat, info, read)
                if each.hat in ONLY_OF_THE_GLASS and info is InfoClass.staff_record:
                    assert read == ONLY_OF_THE_GLASS[each.hat]
        (under_glass,) = told.moments["under the glass"]
        assert {name for name in CANARIES if POLICY.fields[name].record == "person"} <= under_glass.seen.keys()
        assert {"Note.body", "Need.detail", "Referral.reason"} <= {k for k, v in under_glass.seen.items() if v}

    @pytest.mark.parametrize(
        "sink",
        [
            "what is said to a bad request", "the report of an import", "notices", "job payloads", "the audit trail",
            "frozen reports", "sent notices", "the log",
        ],
    )  # fmt: skip
    async def test_what_is_nobodys_to_read_holds_no_value_of_a_family(self, told: Told, sink: str):
        text = digits_kept(told.sinks[sink])
        assert len(text) > 100
        assert not [name for name, each in TEXTS.items() if name != "Account.displayName" and each in text]
