"""The subject's data key, found or made: what every sealing verb needs first.

Never: make a second live key for one subject and class.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fac.casework.work import Work
from fac.crypto.columns import Sealed
from fac.db import key_row
from fac.domain.vocabulary import InfoClass
from fac.errors import InvalidTransition, KeyUnavailable


async def subject_key(work: Work, subject_id: UUID, info: InfoClass) -> Mapping[str, Any]:
    """Return the key row of ``subject_id`` for ``info``, making one if there is none yet.

    Raises InvalidTransition for somebody erased: nothing is sealed about them again.
    """
    wanted = {"incident_id": work.incident_id, "subject_id": subject_id, "info": info.code}
    found = await key_row.find_data_key.first(work.connection, **wanted)
    if found is None:
        fresh = work.tools.disclosure.new_key(work.incident_id, subject_id, info)
        await key_row.insert_data_key.run(work.connection, **fresh)
        # Two at once: the one that came first is everybody's.
        found = await key_row.find_data_key.first(work.connection, **wanted)
    if found is None:
        raise KeyUnavailable  # the key of a case was forgotten between the two statements
    if not found["wrapped"]:
        raise InvalidTransition(state="erased", verb=work.operation)
    return dict(found)


def class_told(info: InfoClass, sealed: Sealed | None) -> int:
    """Return the classes that an audit row tells of a change: ``info`` where something of it was sealed."""
    return info.bit if sealed is not None else 0


async def seal_text(
    work: Work, text: str | None, *, table: str, row_id: UUID, subject_id: UUID, info: InfoClass
) -> Sealed | None:
    """Return ``text`` sealed as the bundle ``{"text": ...}`` of a row, or None for no text."""
    if text is None or not text.strip():
        return None
    key = await subject_key(work, subject_id, info)
    return work.tools.disclosure.seal(key, table=table, row_id=row_id, info=info, values={"text": text})
