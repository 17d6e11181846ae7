"""The verb generateReport, where casework's unit of work meets reporting's counting: those two floors are blind to each
other, so it stands on the floor above both.

Never: count, or commit.
"""

from uuid import UUID

from fac.casework.loading import load
from fac.casework.work import Work
from fac.domain.vocabulary import InfoClass
from fac.reporting.period import Period
from fac.reporting.release import Report, pmt_report


async def generate_report(work: Work, award_id: UUID, period: Period) -> Report:
    """Return the frozen OVC PMT report of an award the actor may report on; the same inputs give the same report.

    Raises NotFound for an award outside the actor's scope, NotPermitted when the role may not generate.
    """
    award = await load(work, "award", award_id, action="read", then=("generate", "report"))
    permit = work.demand("generate", "report", held=award.held, info=InfoClass.measure.bit)
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
