"""Classes of information: the grain of policy, of releases and of keys.

Never: reuse a code; it is written into sealed headers.
"""

from enum import StrEnum, auto


class InfoClass(StrEnum):
    """A class of information: the grain of policy, of releases and of keys.

    ``code`` is the small integer written into sealed headers (never reuse one); ``bit`` is its place in a mask.
    """

    outline = auto()  # identifiers, states, dates, codes: nothing personal
    preview = auto()  # de-identified glimpse: age band, languages, urgency, need codes
    demographic = auto()  # self-reported, coded, counted
    identity = auto()
    contact = auto()
    clinical = auto()
    legal = auto()
    financial = auto()
    narrative = auto()
    workforce = auto()  # names of staff
    measure = auto()  # counts
    substance_use = auto()  # 42 CFR Part 2: what a release must name by itself; it seals nothing of its own
    staff_record = auto()  # what those who serve a family write for one another: no release opens it
    privileged = auto()  # told to clergy, counsel or a substance-use counsellor: its author's alone
    partner_record = auto()  # what a partner's workers keep for their own organisation

    @property
    def code(self) -> int:
        """Stable small integer of the class."""
        return _INFO_CODES[self]

    @property
    def bit(self) -> int:
        """The class's bit in a visibility mask."""
        return 1 << _INFO_CODES[self]


_INFO_CODES = {info: place for place, info in enumerate(InfoClass)}

# What a release of information can open to the organisation it names, and what stays with those who wrote it: keys of
# the second kind are held only by the processes of those hats (fac.access.served).
_OPENED_BY_RELEASE = (
    InfoClass.identity,
    InfoClass.contact,
    InfoClass.clinical,
    InfoClass.legal,
    InfoClass.financial,
    InfoClass.narrative,
)
_KEPT = (InfoClass.staff_record, InfoClass.privileged, InfoClass.partner_record)
SEALED_CLASSES = (*_OPENED_BY_RELEASE, *_KEPT)
RELEASABLE_CLASSES = (*_OPENED_BY_RELEASE, InfoClass.substance_use)
ALL_INFO = (1 << len(InfoClass)) - 1


def mask_of(classes: "list[InfoClass] | tuple[InfoClass, ...]") -> int:
    """Return the mask with the bits of ``classes`` set."""
    mask = 0
    for info in classes:
        mask |= info.bit
    return mask


def classes_of(mask: int) -> list[InfoClass]:
    """Return the classes whose bits are set in ``mask``, in the order of the enumeration."""
    return [info for info in InfoClass if mask & info.bit]
