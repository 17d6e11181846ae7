"""Shapers: what a client calls a field is never part of a program's text, and what is masked is null."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fac.domain.vocabulary import InfoClass
from fac.reading import shape

IDENTITY, OUTLINE = InfoClass.identity.bit, InfoClass.outline.bit
ANSWERING = shape.Answering(UUID(int=1))
KEYS = st.lists(
    st.text() | st.sampled_from(['": 1}', "\n    import os", "v0", "row", "seen", "b0", "__class__"]), unique=True
)


@given(keys=KEYS, value=st.text() | st.integers() | st.none())
def test_a_key_is_a_value_and_no_text_of_the_program(keys: list[str], value: Any) -> None:
    fields = [(key, shape.constant(value) if place % 2 else shape.column(1, OUTLINE)) for place, key in enumerate(keys)]
    shaped = shape.an_object(0, fields, [])((OUTLINE, "shown"), ANSWERING)
    assert shaped == {key: value if place % 2 else "shown" for place, key in enumerate(keys)}


@given(seen=st.none() | st.integers(0, 2**14), held=st.none() | st.just(UUID(int=7)))
def test_what_is_not_visible_is_null(seen: int | None, held: UUID | None) -> None:
    inner = shape.an_object(0, [("plain", shape.column(1, OUTLINE))], [])
    fields = [
        ("plain", shape.column(1, OUTLINE)),
        ("masked", shape.column(1, IDENTITY)),
        ("id", shape.reference(2, IDENTITY, 3, is_global=False)),
        ("classes", shape.classes(3, IDENTITY)),
        ("notice", shape.notice(1, IDENTITY, "Do not pass on.")),
        ("inner", shape.nested(inner, IDENTITY)),
        ("items", shape.a_list(4, inner)),
        ("asked", shape.worked_out(lambda row, seen, opened, answering: (row[1], seen, opened, answering))),
    ]
    row = (seen, "a word", held, IDENTITY, [(OUTLINE, "one"), (0, "two"), (None, "three")])
    shaped = shape.an_object(0, fields, [])(row, ANSWERING)
    if seen is None or not seen & OUTLINE:
        assert shaped is None
        return
    sees = bool(seen & IDENTITY)
    assert shaped["plain"] == "a word"
    assert shaped["masked"] == ("a word" if sees else None)
    assert (shaped["id"] is not None) == (sees and held is not None)
    assert shaped["classes"] == ([InfoClass.identity] if sees else None)
    assert shaped["notice"] == ("Do not pass on." if sees else None)
    assert shaped["inner"] == ({"plain": "a word"} if sees else None)
    assert shaped["items"] == [{"plain": "one"}]
    assert shaped["asked"] == ("a word", seen, (), ANSWERING)
