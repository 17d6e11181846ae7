"""Free documents: the newest are kept ready, the one not asked for longest goes, and what went is made ready again."""

from pathlib import Path

from fac import app
from fac.api import schema
from fac.api.document import _MOST_FREE, Documents


def test_the_free_document_not_asked_for_longest_goes_and_is_made_ready_again(tmp_path: Path) -> None:
    known = Documents(schema.build(app.packaged_policies().current.policy), tmp_path, introspection=False)
    texts = [f"query Kept{number} {{ viewer {{ id role }} }}" for number in range(_MOST_FREE + 1)]
    first, second, *_ = [known.free_document(text, None) for text in texts[:-1]]
    assert known.free_document(texts[0], None) is first
    last = known.free_document(texts[-1], None)  # in the place of the second: the first was asked for since
    assert known.free_document(texts[0], None) is first
    assert known.free_document(texts[-1], None) is last
    again = known.free_document(texts[1], None)
    assert again is not second
    assert again.name == "Kept1"
    selected, before = again.selection({}), second.selection({})
    assert selected is not None
    assert before is not None
    assert selected.roots == before.roots
    assert len(known._free) == _MOST_FREE == 256
