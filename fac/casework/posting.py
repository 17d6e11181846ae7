"""Follows blind tokens to the people they point at, token by token and a bounded number each.

Whoever searches is shown all that the tokens lead to. At an intake, which asks for one person, the rarest are followed
first and no more once they led to enough, so that among a million people hardly more are opened than among a hundred
thousand. How many have a token in common is counted as it is asked; it is kept nowhere.
Never: say what a token was made of, or read more than MOST_PER_TOKEN postings of one: an address that a whole shelter
shares must not make each intake slower than the last.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import ARRAY, Integer, LargeBinary, bindparam, func, literal_column, select, true

from fac.casework.work import Work
from fac.db.duplicate import match_postings
from fac.db.statement import Statement

MOST_PER_TOKEN = 256
_MOST_POSTINGS = 4000

_tokens = bindparam("tokens", type_=ARRAY(LargeBinary), required=True)
_wanted = func.unnest(_tokens).table_valued("token", name="wanted").render_derived()
# Each token by itself: a common one does not crowd out a rare one.
_leading = (
    select(match_postings.c.pointer)
    .where(match_postings.c.incident_id == bindparam("incident_id"), match_postings.c.token == _wanted.c.token)
    .limit(literal_column(str(MOST_PER_TOKEN)))
    .correlate(_wanted)
)
_each = _leading.lateral("leading")
postings_by_token = Statement(
    select(_wanted.c.token, _each.c.pointer)
    .select_from(_wanted.join(_each, true()))
    .limit(literal_column(str(_MOST_POSTINGS)))
)
_one_by_one = _leading.subquery("one_by_one")
_all = (
    select(func.array_agg(_one_by_one.c.pointer).label("pointers"), func.count().label("many"))
    .correlate(_wanted)
    .lateral("all_of_it")
)
_ranked = (
    select(
        _wanted.c.token,
        _all.c.pointers,
        (func.sum(_all.c.many).over(order_by=(_all.c.many, _wanted.c.token)) - _all.c.many).label("rarer"),
    )
    .select_from(_wanted.join(_all, true()))
    .where(_all.c.many > literal_column("0"))
    .subquery("ranked")
)
rarest_postings = Statement(
    select(_ranked.c.token, _ranked.c.pointers)
    .where(_ranked.c.rarer < bindparam("enough", type_=Integer, required=True))
    .order_by(_ranked.c.rarer)
)


async def pointed_at(work: Work, tokens: Collection[bytes]) -> dict[bytes, list[UUID]]:
    """Return whom each token leads to, at most MOST_PER_TOKEN people; tokens that lead to nobody are left out."""
    rows = await postings_by_token.all(work.connection, incident_id=work.incident_id, tokens=list(tokens))
    return _opened(work, ((row["token"], row["pointer"]) for row in rows))


async def nearest_pointed_at(work: Work, tokens: Collection[bytes], enough: int) -> dict[bytes, list[UUID]]:
    """Return whom the rarest of the tokens lead to, each token whole, until they have led to ``enough`` people."""
    rows = await rarest_postings.all(work.connection, incident_id=work.incident_id, tokens=list(tokens), enough=enough)
    return _opened(work, ((row["token"], pointer) for row in rows for pointer in row["pointers"]))


def _opened(work: Work, postings: Iterable[tuple[bytes, bytes]]) -> dict[bytes, list[UUID]]:
    found: dict[bytes, list[UUID]] = {}
    # A damaged posting finds nobody; verification of the index reports it.
    for token, person_id in work.tools.blind_index.open_pointers(work.incident_id, postings):
        found.setdefault(token, []).append(person_id)
    return found
