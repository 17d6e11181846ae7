"""Do the contenders answer the same? Checked before anything is measured.

Never: measure a contender that answers less.
"""

import json
import re
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any

from benchmarks import postgraphile
from benchmarks.contender import Contender
from benchmarks.load import request_bytes
from benchmarks.workload import Workload

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT.*")
_OWN = {"id", "caseNumber", "endCursor"}  # what is new each time a family is recorded, or spelled in another way


def answer(contender: Contender, workload: Workload, number: int) -> Any:
    """Return the ``data`` of one answer."""
    job = contender.job(workload, 1, 0, number)
    body = request_bytes(job, number).partition(b"\r\n\r\n")[2]
    request = urllib.request.Request(f"http://127.0.0.1:{job.port}{job.path}", body, job.headers)
    try:
        with urllib.request.urlopen(request) as response:
            parsed = json.load(response)
    except urllib.error.HTTPError as refused:
        raise SystemExit(f"{contender.name} refused {workload.name}: {refused.read()[:2000]!r}") from None
    if "errors" in parsed:
        raise SystemExit(f"{contender.name} answered {workload.name} with errors: {parsed['errors']}")
    return parsed["data"] if contender.bodies is None else postgraphile.as_ours(parsed["data"])


def refuse_unequal(contenders: list[Contender], workload: Workload) -> int:
    """Raise SystemExit unless every contender answers ``workload`` like the first one; return the bytes of an answer."""
    first = None
    for place, each in enumerate(contenders):
        told = answer(each, workload, 0 if not workload.is_write else 900_000_000 + place)
        ignored = _OWN if workload.is_write or each.bodies is not None else set()
        if first is None:
            first = told
        elif _without(told, ignored) != _without(first, ignored):
            raise SystemExit(f"{each.name} and {contenders[0].name} do not answer {workload.name} alike")
    return len(json.dumps(first))


def _without(value: Any, names: set[str]) -> Any:
    match value:
        case dict():
            return {key: _without(each, names) for key, each in value.items() if key not in names}
        case list():
            return [_without(each, names) for each in value]
        case str() if _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value)  # each has its own way to write the same instant
        case _:
            return value
