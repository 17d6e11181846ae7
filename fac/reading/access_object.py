"""The ``access`` object of a row: what of it the reader sees, and why not the rest.

Never: guess a reason; the guard gives it, from the same policy that made the mask.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fac.access.guard import Hidden
from fac.domain.vocabulary import InfoClass, classes_of
from fac.reading.selection import Asked
from fac.reading.shape import Answering, BundlePlace, Getter, Opened, Row


def access(
    asked: Asked, known: int, hidden: Mapping[InfoClass, Hidden], bundles: Sequence[BundlePlace],
    told: Sequence[tuple[int, int]] = (),
) -> Getter:  # fmt: skip
    """Return the getter of ``access``: what is visible, and why the rest is not.

    ``known`` is the mask of classes the object has at all; ``hidden`` the guard's reason for each that is masked.
    ``bundles`` are the sealed bundles of this selection: one that did not open is named as unreadable. ``told`` are
    masks of classes of which the row has but one, and where in the row its code stands.
    """

    def reason(info: InfoClass, unreadable: int) -> dict[str, Any]:
        if info.bit & unreadable:
            return {"info": info, "reason": "unreadable", "requestable": False, "__typename": "Masked"}
        why = hidden[info]
        return {"info": info, "reason": why.reason.value, "requestable": why.requestable, "__typename": "Masked"}

    def get(row: Row, seen: int, opened: Opened, answering: Answering) -> dict[str, Any]:
        unreadable, of_row = 0, known
        for place, values in zip(bundles, opened, strict=True):
            unreadable |= place.bit_in(row) if values is None else 0
        for mask, told_at in told:
            of_row = of_row & ~mask | 1 << row[told_at]
        answer: dict[str, Any] = {}
        for each in asked.below:
            match each.name:
                case "visible":
                    answer[each.key] = classes_of(seen & of_row & ~unreadable)
                case "masked":
                    masked = [reason(info, unreadable) for info in classes_of(of_row & (~seen | unreadable))]
                    answer[each.key] = [{inner.key: one[inner.name] for inner in each.below} for one in masked]
                case _:
                    answer[each.key] = "Access"
        return answer

    return get
