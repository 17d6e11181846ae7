"""The counting rules of the OVC PMT subgrantee report, as one pure function over coded inputs.

Rules by number (design: reporting): R1 each axis of question 4 totals question 3; R5 a category counts the union of its
people; R7 a year is re-deduplicated, but its new people are the sum of its quarters'; R8 new once per reset window;
R9 not reported, not tracked, two races or more.
Never: read anything but its arguments. Cost: linear in deliveries and served persons.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from uuid import UUID

from fac.errors import InvalidInput
from fac.reporting.editions import COMPENSATION_LINE, NOT_REPORTED, NOT_TRACKED, TWO_OR_MORE, Edition
from fac.reporting.figures import Counts, Row, Section
from fac.reporting.inputs import Award, Inputs, Served
from fac.reporting.period import Period, window_start


def count(inputs: Inputs, edition: Edition, award: Award, period: Period) -> Counts:
    """Return every counted section of ``edition``; raises InvalidInput on a word or line the edition does not know."""
    people = {each.person_id: each for each in inputs.served}
    lines_of = _lines_by_person(inputs, edition)
    served = [people[person_id] for person_id in sorted(lines_of)]
    new = [people[person_id] for person_id in new_people(inputs, award, period)]
    types = [edition.row_keys("Q5A", person.victimizations) for person in served]
    specials = [edition.row_keys("Q5C", person.special_classifications) for person in served]
    sections = [
        _single(edition, "Q1", len(served)),
        _single(edition, "Q2", inputs.anonymous_contacts),
        _single(edition, "Q3", len(new)),
        _axis(edition, "Q4A", _one_each(edition, "Q4A", new, lambda person: person.races), with_total=True),
        _axis(edition, "Q4B", _one_each(edition, "Q4B", new, lambda person: {person.gender}), with_total=True),
        _axis(edition, "Q4C", _one_each(edition, "Q4C", new, lambda person: {person.age_band}), with_total=True),
        _axis(edition, "Q5A", Counter(key for keys in types for key in keys)),
        _single(edition, "Q5B", sum(len(keys) > 1 for keys in types)),
        _axis(edition, "Q5C", Counter(key for keys in specials for key in keys)),
        _single(edition, "Q6", sum(COMPENSATION_LINE in lines for lines in lines_of.values())),
        *_services(inputs, edition, lines_of),
    ]
    if inputs.unmet_for_capacity is not None:
        sections.append(_single(edition, "unmet_for_capacity", inputs.unmet_for_capacity))
    return Counts(tuple(sections))


def new_people(inputs: Inputs, award: Award, period: Period) -> list[UUID]:
    """Return who is new, once per quarter: their first service of a reset window lies in that quarter (R7, R8)."""
    opening = window_start(period.starts_on, award.new_resets_in_month)
    started = {(person_id, opening) for person_id in inputs.seen_before}
    new: set[tuple[Period, UUID]] = set()
    quarters = period.quarters
    for delivery in sorted(inputs.deliveries, key=lambda each: each.delivered_on):
        window = (delivery.person_id, window_start(delivery.delivered_on, award.new_resets_in_month))
        if window not in started:
            started.add(window)
            new.update((quarter, delivery.person_id) for quarter in quarters if delivery.delivered_on in quarter)
    return [person_id for _, person_id in sorted(new)]


def _lines_by_person(inputs: Inputs, edition: Edition) -> dict[UUID, set[str]]:
    known = {line.code for line in edition.lines} | {COMPENSATION_LINE}
    lines_of: dict[UUID, set[str]] = {}
    for delivery in inputs.deliveries:
        if delivery.line_code not in known:
            raise InvalidInput.at("lineCode", "unknown_line", "A service was recorded under a line the edition lacks.")
        lines_of.setdefault(delivery.person_id, set()).add(delivery.line_code)
    return lines_of


def _one_each(
    edition: Edition, question: str, people: Iterable[Served], said: Callable[[Served], Iterable[str]]
) -> Counter[str]:
    """Put each person into exactly one row: two answers or more are one row, and silence is Not Reported (R9)."""
    rows: Counter[str] = Counter()
    for person in people:
        words = frozenset(said(person))
        answers = words - {NOT_REPORTED, NOT_TRACKED}
        if not answers:
            word = NOT_TRACKED if words == {NOT_TRACKED} else NOT_REPORTED
        else:
            word = TWO_OR_MORE if len(answers) > 1 else min(answers)
        (key,) = edition.row_keys(question, frozenset({word}))
        rows[key] += 1
    return rows


def _services(inputs: Inputs, edition: Edition, lines_of: dict[UUID, set[str]]) -> list[Section]:
    occurrences: Counter[str] = Counter()
    for delivery in inputs.deliveries:
        occurrences[delivery.line_code] += delivery.occurrences
    provided: list[Row] = []
    by_category: list[Section] = []
    for category, label in edition.categories.items():
        lines = [line for line in edition.lines if line.category == category]
        codes = {line.code for line in lines}
        people = sum(not codes.isdisjoint(received) for received in lines_of.values())  # the union, not a sum (R5)
        provided.append(Row(category, label, int(people > 0)))
        rows = (
            Row("individuals", "Individuals who received services in this category", people),
            *(Row(line.code, line.label, occurrences[line.code]) for line in lines),
        )
        by_category.append(Section(f"Q8{category}", f"{category}. {label}", rows))
    return [Section("Q7", edition.questions["Q7"].title, tuple(provided)), *by_category]


def _single(edition: Edition, question: str, figure: int) -> Section:
    title = edition.questions[question].title
    return Section(question, title, (Row("value", title, figure),))


def _axis(edition: Edition, question: str, rows: Counter[str], *, with_total: bool = False) -> Section:
    figures = tuple(Row(row.key, row.label, rows[row.key]) for row in edition.axes[question])
    total = rows.total() if with_total else None
    return Section(question, edition.questions[question].title, figures, with_total, total)
