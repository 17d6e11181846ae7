"""Looks for people by what is partly known of them, on sealed data, within the searcher's own scope.

Blind tokens lead to candidates; one scoped statement keeps those whom the searcher may find, with the classes that may
be seen in each row; only then, after a permit and an audit row that names them, a bounded number is opened in memory
and ranked. A row answers only to what may be seen of it: who may not see a phone number does not find by it.
Never: audit or keep the needle, open somebody out of scope, or let an absent and a hidden person differ.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    literal_column,
    select,
    true,
)

from fac.access import scope
from fac.access.guard import permit_within
from fac.access.policy import Grant
from fac.access.standing import Standing, actor_parameter, facts_about
from fac.casework.allowance import spend_search
from fac.casework.disclosure import RowOpening
from fac.casework.person_record import facts_of
from fac.casework.posting import pointed_at
from fac.casework.same_person import kept_records
from fac.casework.search_needle import CLASSES, Needle, needle_problems, terms_of
from fac.casework.work import OUTLINE, Work
from fac.db.aliased import one_statement
from fac.db.incident import centers
from fac.db.keys import data_keys
from fac.db.person import persons
from fac.db.statement import Row, Statement
from fac.domain.identity import Grade, IdentityFacts, Profile, profile, score
from fac.domain.vocabulary import InfoClass
from fac.errors import InvalidInput, NotPermitted

MOST_OPENED = 40
MOST_SHOWN = 25
MOST_REACHED = 400
_BUNDLES = (InfoClass.identity, InfoClass.contact)

_custodian = Statement(
    select(centers.c.organization_id).where(
        centers.c.incident_id == bindparam("incident_id"), centers.c.id == bindparam("id")
    )
)


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who may be the one searched for: how alike, in which points; never a value."""

    person_id: UUID
    grade: Grade
    score: int
    reasons: tuple[str, ...]


async def search_people(work: Work, needle: Needle) -> list[Found]:
    """Return at most MOST_SHOWN people of the actor's scope who look like ``needle``, most alike first.

    Raises NotPermitted when the role may not search, or not by one of the attributes; InvalidInput for too little or
    too short a needle; RateLimited when this hat has searched too often.
    """
    classes = 0
    for name in needle.attributes:
        classes |= CLASSES[name]
    permit = permit_within(work.tools.policy, work.actor, "search", "person", classes | OUTLINE)
    if problems := needle_problems(needle):
        raise InvalidInput(*problems)
    await spend_search(work)
    reached = await _reached(work, terms_of(needle))
    kept = await kept_records(work, reached)
    rows = await _in_scope(work, _with_kept(reached, kept))
    opened = rows[:MOST_OPENED]
    ids = [row["id"] for row in opened]
    # One row a search, also when nobody is found: what was opened, by which attributes, never what was typed.
    receipt = await work.tell_now(
        "person.searched", "person", None, subjects=ids, classes=classes, by=list(needle.attributes)
    )
    opening = work.tools.disclosure.opening(permit, receipt)
    sought = profile(needle.facts)
    found = [each for row in opened if (each := _compared(sought, row["id"], _facts(opening, row, classes)))]
    for failure in opening.failures:
        work.tell(
            "seal.unreadable", failure.table, failure.row_id, subjects=(failure.subject_id,), classes=failure.info.bit
        )
    answers = _one_each(found, kept, {row["id"] for row in rows})
    return sorted(answers, key=lambda each: (-each.score, each.person_id))[:MOST_SHOWN]


def _with_kept(reached: Mapping[UUID, list[int]], kept: Mapping[UUID, UUID]) -> dict[UUID, list[int]]:
    """Return ``reached`` and the kept records of those that were merged, to which the same tokens lead."""
    whole = {id: list(classes) for id, classes in reached.items()}
    for merged, into in kept.items():
        whole.setdefault(into, []).extend(reached.get(merged, ()))
    return whole


def _one_each(found: Iterable[Found], kept: Mapping[UUID, UUID], in_scope: Collection[UUID]) -> list[Found]:
    """Return one answer a person: of merged records the kept one, if the searcher may find it, as alike as the best."""
    best: dict[UUID, Found] = {}
    for each in found:
        into = kept.get(each.person_id, each.person_id)
        shown = into if into in in_scope else each.person_id
        if shown not in best or best[shown].score < each.score:
            best[shown] = replace(each, person_id=shown)
    return list(best.values())


async def _reached(work: Work, terms: Mapping[str, int]) -> dict[UUID, list[int]]:
    """Return who the tokens lead to, most tokens first, with the classes that each of the tokens tells of."""
    custodian_id = await _custodian.value(work.connection, incident_id=work.incident_id, id=work.actor.center_id)
    if custodian_id is None:
        raise NotPermitted("needs_center")
    index, classes_of = work.tools.blind_index, dict[bytes, int]()
    for term, classes in terms.items():
        for token in index.query_tokens(work.incident_id, custodian_id, [term]):
            classes_of[token] = classes
    found: dict[UUID, list[int]] = {}
    for token, people in (await pointed_at(work, classes_of)).items():
        for person_id in people:
            found.setdefault(person_id, []).append(classes_of[token])
    nearest = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    return dict(nearest[:MOST_REACHED])


async def _in_scope(work: Work, reached: Mapping[UUID, Sequence[int]]) -> list[Row]:
    """Return the rows that the actor may find, and may see by at least one of the tokens that lead to them."""
    actor = work.actor
    rows = await candidates_in_scope(work.tools.policy.grants(actor.role, "search", "person")).all(
        work.connection,
        ids=list(reached),
        **facts_about(actor, work.now),
    )

    def leading(row: Row) -> int:
        return sum(1 for classes in reached[row["id"]] if not classes & ~row["mask"])

    kept = [row for row in rows if row["mask"] & OUTLINE and leading(row)]
    return sorted(kept, key=lambda row: (-leading(row), row["id"]))


@lru_cache(maxsize=64)
@one_statement()
def candidates_in_scope(grants: tuple[Grant, ...]) -> Statement:
    """Return the one statement of the candidates: the scope, the mask, and the bundles that the mask opens."""
    table = persons.alias("t")
    standing = Standing("person", table, table.c.case_id)
    seen = (
        select(scope.visible(grants, standing).label("mask"))
        .offset(literal_column("0"))
        .correlate(table)
        .lateral("seen")
    )
    source: FromClause = table.join(seen, true())
    columns: list[ColumnElement[Any]] = [table.c.id, seen.c.mask]
    for info in _BUNDLES:
        key = data_keys.alias(f"{info}_key")
        may_see = seen.c.mask.op("&", precedence=10)(literal_column(str(info.bit))) != literal_column("0")
        source = source.outerjoin(key, and_(_is_of(key, table, info), may_see))
        columns += [
            case((may_see, table.c[str(info)])).label(str(info)),
            key.c.epoch.label(f"{info}_epoch"),
            key.c.version.label(f"{info}_version"),
            key.c.wrapped.label(f"{info}_wrapped"),
        ]
    found = (
        select(*columns)
        .select_from(source)
        .where(
            table.c.incident_id == actor_parameter("incident"),
            table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid), required=True)),
            scope.any_of(scope.readable(grants, standing)),
        )
    )
    return Statement(found, remembered=False)


def _is_of(key: FromClause, table: FromClause, info: InfoClass) -> ColumnElement[bool]:
    return and_(
        key.c.incident_id == actor_parameter("incident"),
        key.c.subject_id == table.c.id,
        key.c.info == literal_column(str(info.code)),
    )


def _facts(opening: RowOpening, row: Row, classes: int) -> IdentityFacts | None:
    """Return what the searched classes say of the candidate as far as the row shows them; None where one is damaged."""
    bundles: list[Mapping[str, Any]] = []
    for info in _BUNDLES:
        name = str(info)
        if not row[name] or not info.bit & classes:
            bundles.append({})
            continue
        key = (row[f"{name}_epoch"], row[f"{name}_version"], row[f"{name}_wrapped"])
        bundle = opening.open("persons", info, row["id"], row["id"], key, row[name])
        if bundle is None:
            return None
        bundles.append(bundle)
    return facts_of(bundles[0], bundles[1])


def _compared(sought: Profile, person_id: UUID, facts: IdentityFacts | None) -> Found | None:
    if facts is None:
        return None
    match = score(sought, profile(facts))
    if match.score <= 0 or not match.reasons:
        return None
    return Found(person_id, match.grade, min(100, round(match.score)), tuple(str(each) for each in match.reasons))
