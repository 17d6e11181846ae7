"""The verbs of reports, where casework's unit of work meets reporting's counting: those two floors are blind to each
other, so they stand on the floor above both.

Never: count, or commit.
"""

from uuid import UUID

from fac.casework.loading import load
from fac.casework.work import OUTLINE, Work
from fac.domain.suppression import DEFAULT_THRESHOLD
from fac.domain.vocabulary import InfoClass
from fac.reporting.period import Period
from fac.reporting.public import publish_pmt
from fac.reporting.release import Report, pmt_report

COUNTS = OUTLINE | InfoClass.measure.bit


async def generate_report(work: Work, award_id: UUID, period: Period) -> Report:
    """Return the frozen OVC PMT report of an award the actor may report on; the same inputs give the same report.

    Raises NotFound for an award outside the actor's scope, NotPermitted when the role may not generate.
    """
    # Not locked here: reporting takes a lock that lets assistance go on being recorded on the award.
    award = await load(work, "award", award_id, action="read", then=("generate", "report"), lock=False)
    permit = work.demand("generate", "report", held=award.held, info=COUNTS)
    report = await pmt_report(
        work.connection,
        incident_id=work.incident_id,
        award_id=award_id,
        period=period,
        generated_by=work.actor.membership_id,
        generated_at=work.now,
    )
    work.tell("report.generated", permit.record, report.id, award=award_id, revision=report.revision)
    return report


async def publish_report(work: Work, report_id: UUID, threshold: int = DEFAULT_THRESHOLD) -> Report:
    """Return the frozen public edition of a report: counts from 1 to ``threshold`` hidden, and what would tell them.

    Raises NotFound outside the actor's scope, NotPermitted for who does not decide what is published, InvalidInput when
    the threshold is too low or, beside earlier publications, nothing safe can be said.
    """
    found = await load(work, "report", report_id, action="publish", info=COUNTS, lock=False)
    report = await publish_pmt(
        work.connection,
        incident_id=work.incident_id,
        report_id=report_id,
        generated_by=work.actor.membership_id,
        generated_at=work.now,
        threshold=threshold,
    )
    work.tell("report.published", found.permit.record, report.id, source=report_id, threshold=threshold)
    return report
