"""Substance-use information (42 CFR Part 2): which it is, what a consent to it must say, the notice that goes with it.

Sources: 42 CFR 2.31(a) (what a written consent holds) and 2.32 (the notice and the scope of the consent that accompany
each disclosure), as amended on 16 February 2024 (89 FR 12472).
Never: take a general release for a consent to it, or part the information from its notice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fac.domain.sensitivity import need_codes
from fac.domain.vocabulary import ConfidentialityRegime, Discloser, InfoClass, SubstanceUseContent
from fac.errors import FieldProblem

REGIME: Final = ConfidentialityRegime.part2_sud
BIT: Final = InfoClass.substance_use.bit
# The needs that say of somebody that they need help with substance use.
NEEDS: Final = tuple(each.code for each in need_codes().values() if each.regime is REGIME)

# 42 CFR 2.32(a)(1), word for word, and by 2.32(b) what the consent covers.
NOTICE: Final = (
    "This record which has been disclosed to you is protected by Federal confidentiality rules (42 CFR part 2). These "
    "rules prohibit you from using or disclosing this record, or testimony that describes the information contained in "
    "this record, in any civil, criminal, administrative, or legislative proceedings by any Federal, State, or local "
    "authority, against the patient, unless authorized by the consent of the patient, except as provided at 42 CFR "
    "2.12(c)(5) or as authorized by a court in accordance with 42 CFR 2.64 or 2.65. In addition, the Federal rules "
    "prohibit you from making any other use or disclosure of this record unless at least one of the following applies: "
    "(i) Further use or disclosure is expressly permitted by the written consent of the individual whose information "
    "is being disclosed in this record or as otherwise permitted by 42 CFR part 2. (ii) You are a covered entity or "
    "business associate and have received the record for treatment, payment, or health care operations, or (iii) You "
    "have received the record from a covered entity or business associate as permitted by 45 CFR part 164, subparts A "
    "and E. A general authorization for the release of medical or other information is NOT sufficient to meet the "
    "required elements of written consent to further use or redisclose the record (see 42 CFR 2.31). "
    "Scope of the consent: it names your organization, the purpose of the referral it came with, and the kinds of "
    "information you are shown here; it ends on its date or when the person revokes it, and covers nothing else."
)


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """What a consent to substance-use information says beside the terms of every release.

    The patient's name, the recipient, the purpose, the expiry, the signature and its date are the release's own.
    """

    disclosers: tuple[Discloser, ...]
    contents: tuple[SubstanceUseContent, ...]
    revocation_explained: bool


def check_terms(classes: int, terms: ConsentTerms | None) -> Iterator[FieldProblem]:
    """Yield what a release of ``classes`` (a mask) lacks as a consent to substance use, or says too much."""
    named = bool(classes & BIT)
    if not named and terms is not None:
        yield FieldProblem("substanceUse", "not_named", "Name substance_use among the classes, or leave this out.")
    if not named:
        return
    if terms is None:
        yield FieldProblem("substanceUse", "required", "Say what 42 CFR 2.31 asks of a consent; use giveRelease.")
        return
    if Discloser.center_of_the_case not in terms.disclosers:
        yield FieldProblem("substanceUse.disclosers", "required", "Name the center of the case as who may disclose.")
    if not terms.contents:
        yield FieldProblem("substanceUse.contents", "required", "Describe what of substance use may be disclosed.")
    if not terms.revocation_explained:
        yield FieldProblem(
            "substanceUse.revocationExplained", "required", "Explain the right to revoke, and how, before it is signed."
        )
