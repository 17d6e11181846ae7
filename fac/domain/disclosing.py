"""What a disclosure without a release must say, before it stands in the ledger (domain invariants 2 and 16).

Sources: 34 USC 12291(b)(2)(C), 28 CFR 94.115(c): what is compelled is limited to what is required, with reasonable
attempts to notify who is affected and steps to protect them; 42 CFR 2.61: a subpoena never opens substance-use records.
Never: take a subpoena for an order of a court.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fac.domain.vocabulary import (
    SEALED_CLASSES,
    ClientNotice,
    CourtInstrument,
    DisclosureBasis,
    InfoClass,
    ProtectiveStep,
    classes_of,
    mask_of,
)
from fac.errors import FieldProblem

MOST_WORDS = 4_000
MOST_NAMED = 50
# A court may order what no release opens; what a partner keeps for itself is the partner's to answer for.
_TELLABLE = mask_of((*SEALED_CLASSES, InfoClass.substance_use)) & ~InfoClass.partner_record.bit
_OF_WHO_IS_HERE = InfoClass.identity.bit | InfoClass.contact.bit
_ON_AUTHORITY = (DisclosureBasis.mandated_report, DisclosureBasis.court_order, DisclosureBasis.statute)


@dataclass(frozen=True, slots=True)
class Compulsion:
    """What a court or an attorney served, and what was done for the client; ``reviewed`` is by counsel."""

    instrument: CourtInstrument | None = None
    reviewed: bool = False
    notice: ClientNotice | None = None
    step: ProtectiveStep | None = None


@dataclass(frozen=True, slots=True)
class DisclosureDraft:
    """A disclosure as it was made. ``classes`` is a mask; the texts are sealed together."""

    basis: DisclosureBasis
    classes: int
    recipient: str
    authority: str
    words: str
    compulsion: Compulsion

    def __repr__(self) -> str:
        return f"<DisclosureDraft {self.basis}>"


def check_disclosure(draft: DisclosureDraft) -> list[FieldProblem]:
    """Return every problem of the draft, none when it may be recorded."""
    return [*_said(draft), *_opened(draft), *_compelled(draft)]


def _said(draft: DisclosureDraft) -> Iterator[FieldProblem]:
    if not draft.recipient.strip():
        yield FieldProblem("recipient", "required", "Say to whom it was disclosed.")
    if draft.basis in _ON_AUTHORITY and not draft.authority.strip():
        yield FieldProblem("authority", "required", "Name the law, or the court and its docket.")
    for path, text in (("recipient", draft.recipient), ("authority", draft.authority), ("words", draft.words)):
        if len(text) > MOST_WORDS:
            yield FieldProblem(path, "too_long", f"{MOST_WORDS} characters at most.")


def _opened(draft: DisclosureDraft) -> Iterator[FieldProblem]:
    if not draft.classes:
        yield FieldProblem("classes", "required", "Name at least one class of information.")
    elif draft.classes & ~_TELLABLE:
        names = ", ".join(classes_of(_TELLABLE))
        yield FieldProblem("classes", "not_releasable", f"Only these are disclosed: {names}.")
    elif draft.basis is DisclosureBasis.reunification_consent and draft.classes & ~_OF_WHO_IS_HERE:
        yield FieldProblem("classes", "not_for_reunification", "Who looks for somebody is told that they are here.")


def _compelled(draft: DisclosureDraft) -> Iterator[FieldProblem]:
    served = draft.compulsion
    if draft.basis is not DisclosureBasis.court_order:
        if served.instrument is not None:
            yield FieldProblem("instrument", "not_for_this_basis", "Only a court's order rests on an instrument.")
        return
    if served.instrument is None:
        yield FieldProblem("instrument", "required", "Say what was served.")
    elif served.instrument is CourtInstrument.subpoena and draft.classes & InfoClass.substance_use.bit:
        yield FieldProblem("instrument", "no_order_for_substance_use", "42 CFR 2.61 asks for an order of a court.")
    elif served.instrument is CourtInstrument.subpoena and not served.reviewed:
        yield FieldProblem("instrument", "subpoena_is_no_order", "Have counsel review it before it is answered.")
    if served.notice is None:
        yield FieldProblem("clientNotice", "required", "Say what was done so that the client knows.")
    if served.step is None:
        yield FieldProblem("protectiveStep", "required", "Say what was done to protect the client's privacy.")
