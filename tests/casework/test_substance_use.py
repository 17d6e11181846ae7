"""Substance use (42 CFR Part 2): a consent of its own opens it, nothing betrays it before, its notice goes with it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, build_schema, get_named_type, parse, visit

from fac.db.claims import Claims, Login
from fac.domain.substance_use import NOTICE
from fac.resources import graphql_dir
from tests.families import Family
from tests.referring import SUPERVISOR, Referred, drafted, fac_family, needs_of, release_input, released
from tests.world import World

OPERATIONS = graphql_dir() / "operations"
SCHEMA = build_schema((graphql_dir() / "schema.graphql").read_text(encoding="utf-8"))
SAID = "Zyxmarker drinks at night"
CONSENT: dict[str, Any] = {
    "classes": ["identity", "contact", "narrative", "clinical", "substance_use"],
    "substanceUse": {
        "disclosers": ["center_of_the_case", "recipient_program"],
        "contents": ["need_and_referral", "attendance"],
        "revocationExplained": True,
    },
}  # fmt: skip


async def with_such_a_need(world: World) -> tuple[Family, str]:
    family = await fac_family(world)
    payload = await world[SUPERVISOR].do(
        "AddNeed", personId=family.persons["mother"], code="substance_use", horizon="short_term", detail=SAID
    )
    return family, payload["need"]["id"]


async def referred_with(world: World, family: Family, *codes: str, **other: Any) -> Referred:
    """Draft a referral that names the mother's needs of these codes."""
    known = await needs_of(world, family, "mother")
    return await drafted(world, family, needIds=[known[each]["id"] for each in codes], **other)


async def mixed(world: World) -> tuple[Family, str, Referred]:
    """Return an accepted referral to the counselors that names two needs, one of them of substance use."""
    family, need = await with_such_a_need(world)
    await released(world, family)
    referral = await referred_with(world, family, "counseling_individual", "substance_use")
    payload = await referral.send()
    assert payload["isSent"], payload
    assert [each["id"] for each in payload["withheldNeeds"]] == [need]
    await referral.step("AcceptReferral")
    return family, need, referral


class TestGiveRelease:
    async def test_a_stranger_gives_none(self, world: World) -> None:
        family = await fac_family(world)
        payload = await world["stranger"].do("GiveRelease", **release_input(world, family, **CONSENT))
        assert payload["__typename"] == "NotFound"

    async def test_one_that_names_it_says_all_that_the_law_asks_for(self, world: World) -> None:
        family = await fac_family(world)
        terms = CONSENT["substanceUse"]
        for given, wrong in (
            ({"substanceUse": None}, {"substanceUse": "required"}),
            ({"classes": ["identity"]}, {"substanceUse": "not_named"}),
            ({"substanceUse": terms | {"disclosers": []}}, {"substanceUse.disclosers": "required"}),
            ({"substanceUse": terms | {"contents": []}}, {"substanceUse.contents": "required"}),
            (
                {"substanceUse": terms | {"revocationExplained": False}},
                {"substanceUse.revocationExplained": "required"},
            ),
        ):
            payload = await world[SUPERVISOR].do("GiveRelease", **release_input(world, family, **CONSENT | given))
            assert {each["path"]: each["problem"] for each in payload["problems"]} == wrong

    async def test_the_database_holds_no_release_that_names_it_and_does_not_say_so(self, world: World) -> None:
        family = await fac_family(world)
        release = await released(world, family, **CONSENT)
        (row,) = await world.fetch("SELECT * FROM releases WHERE id = $1", family.raw(release["id"]))
        assert row["disclosers"] == ["center_of_the_case", "recipient_program"]
        assert (row["substance_use_contents"], row["revocation_explained"]) == (
            ["need_and_referral", "attendance"],
            True,
        )
        for change in ("revocation_explained = false", "disclosers = NULL", "classes = 8"):
            with pytest.raises(Exception, match="substance_use_is_consented"):
                await world.fetch(f"UPDATE releases SET {change} WHERE id = $1", family.raw(release["id"]))  # noqa: S608


class TestCreateReferral:
    async def test_words_beside_such_a_need_are_refused(self, world: World) -> None:
        """Hidden from a recipient without a consent, they would tell that there is something to hide."""
        family, need = await with_such_a_need(world)
        asked = {
            "caseId": family.case_id, "serviceId": world.id("Service", world.services["counseling"]),
            "kind": "pii_transfer", "urgency": "urgent", "purpose": "service_delivery",
            "personIds": [family.persons["mother"]], "needIds": [need],
        }  # fmt: skip
        payload = await world[SUPERVISOR].do("CreateReferral", **asked, reason=SAID)
        assert [(each["path"], each["problem"]) for each in payload["problems"]] == [("reason", "names_substance_use")]
        assert "Zyxmarker" not in str(payload)
        asked["serviceId"] = world.id("Service", world.services["recovery"])
        assert (await world[SUPERVISOR].do("CreateReferral", **asked, reason=SAID))["__typename"] == "ReferralCreated"


class TestSendReferral:
    async def test_to_a_program_it_waits_for_a_consent_that_names_substance_use(self, world: World) -> None:
        family, _ = await with_such_a_need(world)
        await released(world, family, to="recovery")
        referral = await referred_with(world, family, "substance_use", to="recovery", reason=SAID)
        payload = await referral.send()
        assert (payload["isSent"], [each["id"] for each in payload["awaitingReleaseOf"]]) == (
            False, [family.persons["mother"]]
        )  # fmt: skip
        await released(world, family, to="recovery", **CONSENT)
        payload = await referral.send()
        assert (payload["isSent"], payload["withheldNeeds"]) == (True, [])
        shown = await referral.seen_by("recoverer")
        assert shown["needs"][0]["code"] == "substance_use"
        await referral.step("AcceptReferral", hat="recoverer")
        shown = await referral.seen_by("recoverer")
        assert shown["reason"] == shown["needs"][0]["detail"] == SAID
        assert shown["redisclosureNotice"] == shown["persons"][0]["redisclosureNotice"] == NOTICE

    async def test_a_withheld_need_is_not_called_referred(self, world: World) -> None:
        family, _, _ = await mixed(world)
        known = await needs_of(world, family, "mother")
        assert (known["substance_use"]["status"], known["counseling_individual"]["status"]) == (
            "identified", "referred"
        )  # fmt: skip

    async def test_with_a_late_consent_it_is_until_the_referral_ends(self, world: World) -> None:
        family, _, referral = await mixed(world)
        soon = (world.clock.now + timedelta(hours=1)).isoformat()
        for other in ({"to": "recovery"}, {"purpose": "care_coordination"}, {"effectiveAt": soon}, {"classes": None}):
            given = CONSENT | other if "classes" not in other else {}
            await released(world, family, **given)
            assert (await needs_of(world, family, "mother"))["substance_use"]["status"] == "identified", other
        before = (await needs_of(world, family, "mother"))["substance_use"]["version"]
        await released(world, family, **CONSENT)
        need = (await needs_of(world, family, "mother"))["substance_use"]
        assert (need["status"], need["version"]) == ("referred", before + 1)
        await referral.step("CancelReferral", hat=SUPERVISOR)
        assert (await needs_of(world, family, "mother"))["substance_use"]["status"] == "in_progress"


class TestReferral:
    async def test_nothing_tells_a_recipient_with_a_general_release_that_there_is_such_a_need(
        self, world: World
    ) -> None:
        _, _, referral = await mixed(world)
        family = await fac_family(world)
        await released(world, family)
        plain = await referred_with(world, family, "counseling_individual")
        await plain.send()
        await plain.step("AcceptReferral")
        for document, variables in (("Referral", {"id": "id"}), ("ReferralInbox", {})):
            answers = [
                await world["counselor"].run(document, **dict.fromkeys(variables, each.id))
                for each in (referral, plain)
            ]
            if document == "ReferralInbox":
                nodes = {node["id"]: node for node in answers[0]["referralInbox"]["nodes"]}
                answers = [{"referral": nodes[each.id]} for each in (referral, plain)]
            one, other = (answer["referral"] for answer in answers)
            assert len(one["needs"]) == len(other["needs"]) == 1
            assert one["access"] == other["access"]
            assert one["persons"][0]["access"] == other["persons"][0]["access"]
            assert {key for key, value in one.items() if value is None} == {
                key for key, value in other.items() if value is None
            }
            assert one["redisclosureNotice"] is None
            assert "substance" not in str(one["needs"])

    async def test_a_consent_shows_it_with_its_notice_and_its_revocation_hides_it(self, world: World) -> None:
        family, need, referral = await mixed(world)
        consent = await released(world, family, **CONSENT)
        shown = await referral.seen_by("counselor")
        (opened,) = [each for each in shown["needs"] if each["id"] == need]
        assert (opened["code"], opened["detail"], opened["redisclosureNotice"]) == ("substance_use", SAID, NOTICE)
        assert shown["redisclosureNotice"] == NOTICE
        assert [each["redisclosureNotice"] for each in shown["needs"] if each["id"] != need] == [None]
        assert "42 CFR part 2" in NOTICE
        assert "Scope of the consent" in NOTICE
        await world[SUPERVISOR].do("RevokeRelease", releaseId=consent["id"], version=1)
        shown = await referral.seen_by("counselor")
        assert [each["code"] for each in shown["needs"]] == ["counseling_individual"]
        assert shown["redisclosureNotice"] is None

    async def test_a_consent_without_a_class_opens_the_need_and_not_its_words(self, world: World) -> None:
        family, need, referral = await mixed(world)
        await released(world, family, **CONSENT | {"classes": ["substance_use"]})
        (opened,) = [each for each in (await referral.seen_by("counselor"))["needs"] if each["id"] == need]
        assert (opened["code"], opened["detail"]) == ("substance_use", None)

    async def test_a_consent_that_ran_out_is_none(self, world: World) -> None:
        family, _, referral = await mixed(world)
        soon = (world.clock.now + timedelta(hours=1)).isoformat()
        await released(world, family, **CONSENT | {"expiresAt": soon})
        assert len((await referral.seen_by("counselor"))["needs"]) == 2
        world.clock.now += timedelta(hours=2)
        assert len((await referral.seen_by("counselor"))["needs"]) == 1

    async def test_staff_see_the_notice_before_they_pass_it_on(self, world: World) -> None:
        _, need, referral = await mixed(world)
        shown = await referral.seen_by(SUPERVISOR)
        assert {each["id"]: each["redisclosureNotice"] for each in shown["needs"]}[need] == NOTICE

    async def test_a_need_it_was_never_shown_comes_back_when_the_recipient_ends_it(self, world: World) -> None:
        family, _, referral = await mixed(world)
        consent = await released(world, family, **CONSENT)
        second = await referred_with(world, family, "substance_use")
        await second.send()
        await world[SUPERVISOR].do("RevokeRelease", releaseId=consent["id"], version=1)
        assert (await needs_of(world, family, "mother"))["substance_use"]["status"] == "referred"
        await second.step("DeclineReferral", reason="no_capacity")
        assert (await needs_of(world, family, "mother"))["substance_use"]["status"] == "in_progress"
        assert referral.status == "accepted"


class TestTheSecondWall:
    async def test_the_partners_login_reads_no_such_need_and_changes_none(self, world: World) -> None:
        family, _, _ = await mixed(world)
        claims = Claims(
            Login.partner,
            incident=world.incident_id,
            membership=world["counselor"].membership_id,
            organization=world.organizations["counseling"],
        )
        async with world.parts.database.transaction(claims) as connection:
            rows = await connection.fetch(
                "SELECT code FROM needs WHERE person_id = $1", family.raw(family.persons["mother"])
            )
            assert {each["code"] for each in rows} == {"counseling_individual"}
            with pytest.raises(Exception, match="permission denied"):
                await connection.execute("UPDATE needs SET version = 1")


class TestDocuments:
    @pytest.mark.parametrize(
        "path", sorted((graphql_dir() / "operations").glob("*.graphql")), ids=lambda each: each.stem
    )
    def test_every_document_that_shows_such_things_asks_for_the_notice(self, path: Path) -> None:
        asking = set[str]()

        class Look(Visitor):
            def enter_field(self, node: FieldNode, *_: Any) -> None:
                within = node.selection_set.selections if node.selection_set else ()
                chosen = {each.name.value for each in within if isinstance(each, FieldNode)}
                parent = info.get_type()
                type_ = None if parent is None else get_named_type(parent)
                tells = {"Need": {"code", "detail"}, "Referral": {"reason"}}.get(getattr(type_, "name", ""), set())
                if tells & chosen and "redisclosureNotice" not in chosen:
                    asking.add(node.name.value)

        info = TypeInfo(SCHEMA)
        visit(parse(path.read_text(encoding="utf-8")), TypeInfoVisitor(info, Look()))
        assert asking == set()
