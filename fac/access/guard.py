"""The single decision: may this actor do this to this record, standing in these relations to it?

A verdict is a value with a reason. A deny in any held relation wins over every allow. What may not even be read looks
absent (404 before 403), so that nobody learns of a record by asking to change it.
Never: write, omit a reason, exempt the system (a system is an actor).
"""

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass
from enum import StrEnum, auto
from typing import Literal

from fac.access.actor import Actor
from fac.access.policy import Grant, Policy
from fac.access.policy.table import ALWAYS
from fac.domain.vocabulary import ALL_INFO, InfoClass, Role
from fac.errors import NotFound, NotPermitted

READ = "read"
WITH_RELEASE = "referred_to_my_org_with_release"
# Which sealed classes a release opens is a fact of the row; a caller who does not say gets the unsealed glimpse only.
_RELEASE_UNSTATED = InfoClass.outline.bit | InfoClass.preview.bit
_MINT = object()

Held = Iterable[str] | Mapping[str, int]


class Reason(StrEnum):
    """Why something is hidden or refused."""

    not_for_your_role = auto()
    not_in_these_records = auto()
    needs_release = auto()
    withheld = auto()

    @property
    def sentence(self) -> str:
        """The reason in words that name no value."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.not_for_your_role: "Your role never includes this.",
    Reason.not_in_these_records: "Your role includes this, but not for this record.",
    Reason.needs_release: "This needs a release of information in force that names your organisation.",
    Reason.withheld: "This is withheld from you, whatever else you may see of the record.",
}


@dataclass(frozen=True, slots=True)
class Permit:
    """Proof that the guard said yes; only the guard can make one, so holding one is enough to act on it."""

    actor: Actor
    action: str
    record: str
    info: int
    policy_version: bytes
    relations: tuple[str, ...]
    mint: InitVar[object]

    def __post_init__(self, mint: object) -> None:
        if mint is not _MINT:
            raise TypeError("only the guard makes a Permit")


@dataclass(frozen=True, slots=True)
class Denial:
    """A refusal: ``not_found`` when the actor may not even know the record exists, else ``not_permitted``.

    ``requestable``: another fact (a release, an assignment) would change the answer, so it makes sense to ask.
    """

    code: Literal["not_found", "not_permitted"]
    reason: Reason
    requestable: bool


def decide(policy: Policy, actor: Actor, action: str, record: str, info: int, held: Held) -> Permit | Denial:
    """Decide on ``info`` (a mask, wholly or not at all) for a record to which the actor stands in ``held`` relations.

    ``held`` may map a relation to the classes it is limited to in this row: what a live release opens is a fact of the
    row, not of the policy. Raises LookupError for a relation the vocabulary does not hold.
    """
    limits = _limits(policy, held)
    grants = policy.grants(actor.role, action, record)
    allowed, denied, by = _masks(grants, limits)
    if info and not info & ~(allowed & ~denied):
        return Permit(actor, action, record, info, policy.version, by, _MINT)
    reason = _why(grants, info, denied)
    seen, unseen, _ = _masks(policy.grants(actor.role, READ, record), limits)
    if not seen & ~unseen & InfoClass.outline.bit:
        return Denial("not_found", reason, requestable=False)
    return Denial("not_permitted", reason, requestable=reason in _REQUESTABLE)


def demand(policy: Policy, actor: Actor, action: str, record: str, info: int, held: Held) -> Permit:
    """Return a Permit or raise: NotFound where the record must look absent, else NotPermitted with the reason."""
    verdict = decide(policy, actor, action, record, info, held)
    if isinstance(verdict, Permit):
        return verdict
    if verdict.code == "not_found":
        raise NotFound
    raise NotPermitted(verdict.reason, requestable=verdict.requestable)


@dataclass(frozen=True, slots=True)
class Hidden:
    """Why a class of a record that is listed may be masked for a role."""

    reason: Reason
    requestable: bool


def why_hidden(policy: Policy, role: Role, record: str, info: InfoClass) -> Hidden:
    """Return why ``info`` of a ``record`` that the role can list is masked.

    The same for every row, so a read plan asks once, when it is compiled.
    """
    grants = policy.grants(role, READ, record)
    listing = [each for each in grants if each.allowed & InfoClass.outline.bit and each.relation != WITH_RELEASE]
    # Wherever the role can list the row it is allowed the class too: only a deny can have hidden it.
    withheld = bool(listing) and all(each.allowed & info.bit for each in listing)
    reason = Reason.withheld if withheld else _why(grants, info.bit, 0)
    # Where some rows are withheld nobody is sent to ask: in those the answer would stay no. A row whose outline is
    # denied is not listed, so it withholds nothing from anybody.
    deniable = any(each.denied & info.bit and not each.denied & InfoClass.outline.bit for each in grants)
    return Hidden(reason, reason in _REQUESTABLE and not deniable)


def sees_in_every_row(policy: Policy, role: Role, record: str, info: InfoClass) -> bool:
    """Tell whether the role sees ``info`` in every row of ``record`` that it can list.

    What may not be seen may not be filtered or ordered by either: which rows answer, and in what order, would tell it.
    Rows whose very outline is denied are in no list.
    """
    grants = policy.grants(role, READ, record)
    listing = [each for each in grants if each.allowed & InfoClass.outline.bit and each.relation != WITH_RELEASE]
    withheld = any(each.denied & info.bit and not each.denied & InfoClass.outline.bit for each in grants)
    in_all_rows = any(each.relation == ALWAYS and each.allowed & info.bit for each in listing)
    return not withheld and (in_all_rows or all(each.allowed & info.bit for each in listing))


_REQUESTABLE = frozenset({Reason.not_in_these_records, Reason.needs_release})


def _limits(policy: Policy, held: Held) -> dict[str, int]:
    if isinstance(held, Mapping):
        limits = dict(held)
    else:
        limits = {relation: _RELEASE_UNSTATED if relation == WITH_RELEASE else ALL_INFO for relation in held}
    unknown = sorted(limits.keys() - set(policy.relations))
    if unknown:
        raise LookupError(f"no such relation: {', '.join(unknown)}")
    return limits


def _masks(grants: tuple[Grant, ...], limits: Mapping[str, int]) -> tuple[int, int, tuple[str, ...]]:
    """Return what the held relations allow, what they deny, and which of them allow anything."""
    allowed, denied, by = 0, 0, []
    for grant in grants:
        if grant.relation not in limits:
            continue
        opened = grant.allowed & limits[grant.relation]
        allowed |= opened
        denied |= grant.denied
        if opened:
            by.append(grant.relation)
    return allowed, denied, tuple(by)


def _why(grants: tuple[Grant, ...], info: int, denied: int) -> Reason:
    everywhere = without_release = 0
    for grant in grants:
        everywhere |= grant.allowed
        if grant.relation != WITH_RELEASE:
            without_release |= grant.allowed
    if not info or info & ~everywhere:
        return Reason.not_for_your_role
    if info & denied:
        return Reason.withheld
    return Reason.needs_release if info & ~without_release else Reason.not_in_these_records


def permit_within(policy: Policy, actor: Actor, action: str, record: str, classes: int) -> Permit:
    """Return the Permit of a statement whose rows are decided, each by itself, by the policy lines of ``action``.

    Raises NotPermitted when the role may do so with one of ``classes`` in no row at all.
    """
    ever = 0
    for grant in policy.grants(actor.role, action, record):
        ever |= grant.allowed
    if not classes or classes & ~ever:
        raise NotPermitted(Reason.not_for_your_role)
    return Permit(actor, action, record, classes, policy.version, (), _MINT)


def permit_reading(policy: Policy, actor: Actor, record: str, classes: int) -> Permit:
    """Return the Permit of a compiled read, whose rows are decided in the statement by the same policy lines.

    Raises NotPermitted when the role may read one of ``classes`` nowhere at all.
    """
    ever = InfoClass.outline.bit
    for each in policy.records:
        for grant in policy.grants(actor.role, READ, each):
            ever |= grant.allowed
    if classes & ~ever:
        raise NotPermitted(Reason.not_for_your_role)
    return Permit(actor, READ, record, classes, policy.version, (), _MINT)
