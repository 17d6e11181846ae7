"""Follows blind tokens to the people they point at, token by token and a bounded number each.

Never: say what a token was made of, or read more than MOST_PER_TOKEN postings of one: an address that a whole shelter
shares must not make each intake slower than the last.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, bindparam, func, literal_column, select, true

from fac.casework.work import Work
from fac.db.duplicate import match_postings
from fac.db.statement import Statement, id_of

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
    .lateral("leading")
)
postings_by_token = Statement(
    select(_wanted.c.token, _leading.c.pointer)
    .select_from(_wanted.join(_leading, true()))
    .limit(literal_column(str(_MOST_POSTINGS)))
)


async def pointed_at(work: Work, tokens: Collection[bytes]) -> dict[bytes, list[UUID]]:
    """Return whom each token leads to, at most MOST_PER_TOKEN people; tokens that lead to nobody are left out."""
    rows = await postings_by_token.all(work.connection, incident_id=work.incident_id, tokens=list(tokens))
    found: dict[bytes, list[UUID]] = {}
    # A damaged posting finds nobody; verification of the index reports it.
    for token, person in work.tools.blind_index.open_pointers(work.incident_id, rows):
        found.setdefault(token, []).append(id_of(person))
    return found
