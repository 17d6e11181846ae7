"""Age on a day, as the band a report or a preview may show, and the day somebody comes of age.

Never: say more than the band to a report or a preview.
"""

from datetime import date

from fac.domain.vocabulary import AgeBand

_UPPER = (
    (12, AgeBand.age_0_12),
    (17, AgeBand.age_13_17),
    (24, AgeBand.age_18_24),
    (59, AgeBand.age_25_59),
)
_OLDEST = 130
_MAJORITY = 18


def age_band(born_on: date | None, on_date: date) -> AgeBand:
    """Return the band (OVC PMT, question 4C) of somebody born on ``born_on``, in whole years completed on ``on_date``.

    A missing, future or impossible date is not_reported. Somebody born on 29 February completes a year on 1 March.
    """
    if born_on is None or born_on > on_date:
        return AgeBand.not_reported
    years = on_date.year - born_on.year - ((on_date.month, on_date.day) < (born_on.month, born_on.day))
    if years > _OLDEST:
        return AgeBand.not_reported
    return next((band for upper, band in _UPPER if years <= upper), AgeBand.age_60_plus)


def comes_of_age_on(born_on: date) -> date:
    """Return the 18th birthday of somebody born on ``born_on``; of somebody born on 29 February it is 1 March."""
    try:
        return born_on.replace(year=born_on.year + _MAJORITY)
    except ValueError:
        return date(born_on.year + _MAJORITY, 3, 1)
