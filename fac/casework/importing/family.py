"""Rows of one family made into one intake form, with every problem named by row and column.

Never: import half a family; a family with a problem waits until its rows are put right.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from fac.casework.importing.cell import (
    DateOrder,
    Word,
    born_by_age,
    born_of,
    language_of,
    parts_of,
    truth_of,
    word_of,
)
from fac.casework.importing.column import plain
from fac.casework.importing.sheet import Sheet, SheetRow
from fac.casework.intake_form import IntakeForm, NeedForm, PersonForm, RelationshipForm, problems_of
from fac.domain.sensitivity import need_codes
from fac.domain.vocabulary import (
    Channel,
    ContactTopic,
    Gender,
    Horizon,
    InvolvementRole,
    KinCode,
    Race,
    SpecialClassification,
)
from fac.errors import FieldProblem

_HEADS = frozenset({"", "self", "head", "head of household", "titular", "jefe", "jefa", "jefe de familia"})
_SAFE = {
    "safe_voice": Channel.voice,
    "safe_voicemail": Channel.voicemail,
    "safe_text": Channel.text,
    "safe_email": Channel.email,
    "safe_mail": Channel.mail,
}
# Fields of the form -> the column they come from, where the two differ.
_COLUMN_OF = {
    "givenName": "given_name", "familyName": "family_name", "preferredName": "preferred_name", "bornOn": "born_on",
    "spokenLanguage": "language", "writtenLanguage": "written_language", "postalCode": "postal_code",
    "bestTimes": "best_times", "personRef": "kin", "otherRef": "kin", "isRestricted": "restricted",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in one row: the column (as docs/import.md names it), a code and a hint; never the value."""

    row: int
    column: str
    problem: str
    hint: str


@dataclass(frozen=True, slots=True)
class SheetFamily:
    """The rows that share a family key, and the form they make (None when there are problems)."""

    key: str = field(repr=False)
    rows: tuple[int, ...]
    form: IntakeForm | None = field(repr=False)
    problems: tuple[RowProblem, ...]


@dataclass(slots=True)
class _Draft:
    """A family being read; problems collect in it."""

    rows: list[SheetRow]
    order: DateOrder
    today: date
    problems: list[RowProblem] = field(default_factory=list)

    def wrong(self, row: SheetRow, column: str, problem: str, hint: str) -> None:
        self.problems.append(RowProblem(row.number, column, problem, hint))


def families_of(sheet: Sheet, *, order: DateOrder, today: date) -> list[SheetFamily]:
    """Return the families in the order in which they first appear; a row without a key is a family of problems."""
    grouped: dict[str, list[SheetRow]] = {}
    found = []
    for row in sheet.rows:
        key = plain(row.text("family"))
        if key:
            grouped.setdefault(key, []).append(row)
        else:
            lacking = RowProblem(row.number, "family", "required", "Every row names its family.")
            found.append(SheetFamily("", (row.number,), None, (lacking,)))
    return [_family(key, _Draft(rows, order, today)) for key, rows in grouped.items()] + found


def _family(key: str, draft: _Draft) -> SheetFamily:
    persons = tuple(_person(draft, row) for row in draft.rows)
    form = IntakeForm(persons[0].spoken_language, persons, tuple(_ties(draft)))
    told = {(each.row, each.column) for each in draft.problems}
    for problem in problems_of(form, draft.today):
        row, column = _place(draft, form, problem)
        if (row.number, column) not in told:
            draft.wrong(row, column, problem.problem, problem.hint)
    rows = tuple(row.number for row in draft.rows)
    problems = tuple(sorted(draft.problems, key=lambda each: (each.row, each.column)))
    return SheetFamily(key, rows, None if problems else form, problems)


def _place(draft: _Draft, form: IntakeForm, problem: FieldProblem) -> tuple[SheetRow, str]:
    match problem.path.split("."):
        case ["persons", place, name, *_]:
            return draft.rows[int(place)], _COLUMN_OF.get(name, name)
        case ["relationships", place, name, *_]:
            ref = form.relationships[int(place)].person_ref
            return next(row for row in draft.rows if _ref(row) == ref), _COLUMN_OF.get(name, name)
        case ["language"]:
            return draft.rows[0], "language"
    return draft.rows[0], "family"


def _ref(row: SheetRow) -> str:
    return f"row {row.number}"


def _person(draft: _Draft, row: SheetRow) -> PersonForm:
    given, family = _names(draft, row)
    born_on, estimated = _born(draft, row)
    language = language_of(row.text("language") or "en")
    return PersonForm(
        ref=_ref(row),
        given_name=given,
        family_name=family,
        preferred_name=row.text("preferred_name") or None,
        aliases=tuple(parts_of(row.texts("aliases"))),
        spoken_language=language,
        written_language=language_of(row.text("written_language") or language),
        needs_interpreter=_truth(draft, row, "interpreter"),
        involvements=tuple(_words(draft, row, "involvements", InvolvementRole)),
        born_on=born_on,
        is_birth_date_estimated=estimated,
        phones=tuple(parts_of(row.texts("phones"))),
        emails=tuple(parts_of(row.texts("emails"))),
        address=", ".join(filter(None, (row.text(each) for each in ("address", "city", "state")))) or None,
        postal_code=row.text("postal_code") or None,
        is_substitute_address=_truth(draft, row, "substitute_address"),
        safe_channels=tuple(channel for column, channel in _SAFE.items() if _truth(draft, row, column)),
        best_times=row.text("best_times") or None,
        topics_to_avoid=tuple(_words(draft, row, "avoid", ContactTopic)),
        gender=next(_words(draft, row, "gender", Gender), Gender.not_reported),
        races=tuple(_words(draft, row, "races", Race)) or (Race.not_reported,),
        special_classifications=tuple(_words(draft, row, "special", SpecialClassification)),
        needs=tuple(_needs(draft, row)),
    )


def _names(draft: _Draft, row: SheetRow) -> tuple[str | None, str | None]:
    family = " ".join(filter(None, (row.text("family_name"), row.text("second_family_name"))))
    given, full = row.text("given_name"), row.text("full_name")
    if full and not (given or family):
        family, comma, given = (each.strip() for each in full.partition(","))
        if not comma or not given:
            draft.wrong(row, "full_name", "no_comma", "Write a full name as: family names, given names.")
    return given or None, family or None


def _born(draft: _Draft, row: SheetRow) -> tuple[str | None, bool]:
    if text := row.text("born_on"):
        if found := born_of(text, draft.order):
            return found
        way = "month/day/year" if draft.order is DateOrder.mdy else "day/month/year"
        hint = f"Write YYYY-MM-DD, YYYY-MM, YYYY, or {way} with four digits for the year (--dates sets the order)."
        draft.wrong(row, "born_on", "not_a_date", hint)
    elif text := row.text("age"):
        if found := born_by_age(text, draft.today):
            return found
        draft.wrong(row, "age", "not_an_age", "Write the age in whole years.")
    return None, False


def _truth(draft: _Draft, row: SheetRow, column: str) -> bool:
    said = truth_of(row.text(column))
    if said is None:
        draft.wrong(row, column, "not_yes_or_no", "Write yes or no.")
    return bool(said)


def _words(draft: _Draft, row: SheetRow, column: str, words: type[Word]) -> Iterator[Word]:
    for part in parts_of(row.texts(column), words=True):
        found = word_of(words, part)
        if found is None:
            draft.wrong(row, column, "unknown_word", f"Write one of: {', '.join(words.__members__)}.")
        else:
            yield found


def _needs(draft: _Draft, row: SheetRow) -> Iterator[NeedForm]:
    horizon = next(_words(draft, row, "horizon", Horizon), Horizon.immediate)
    detail = row.text("need_detail") or None
    codes = [plain(part).replace(" ", "_") for part in parts_of(row.texts("needs"), words=True)]
    if detail and not codes:
        draft.wrong(row, "needs", "required", "Name the need that the detail is about.")
    for place, code in enumerate(dict.fromkeys(codes)):
        if code not in need_codes():
            draft.wrong(row, "needs", "unknown_code", "Take the codes of docs/import.md.")
        # Details belong to the row, and are kept once: with its first need.
        yield NeedForm(code, horizon, detail if place == 0 else None)


def _ties(draft: _Draft) -> Iterator[RelationshipForm]:
    """Yield what the rows say of kinship to the first person, and whom nobody of the family may inform."""
    head = draft.rows[0]
    for row in draft.rows:
        kin = _kin(draft, row)
        restricted = _truth(draft, row, "restricted")
        emergency = _truth(draft, row, "emergency_contact")
        if row is not head and (kin or restricted or emergency):
            yield RelationshipForm(
                _ref(row), _ref(head), kin or KinCode.other, is_restricted=restricted, is_emergency_contact=emergency
            )
        if restricted:
            for other in draft.rows:
                if other is not row and other is not head:
                    yield RelationshipForm(_ref(row), _ref(other), KinCode.other, is_restricted=True)


def _kin(draft: _Draft, row: SheetRow) -> KinCode | None:
    text = row.text("kin")
    if plain(text) in _HEADS:
        return None
    found = word_of(KinCode, text)
    if found is None:
        draft.wrong(row, "kin", "unknown_word", f"Write one of: {', '.join(KinCode)}.")
    return found
