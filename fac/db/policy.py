"""Changes of the policy while it is in use: who proposed what, who approved it, and what each process has in force.

Proposals and approvals are append-only (a trigger refuses UPDATE and DELETE, migration 0012): what was in force when is
never rewritten. They hold texts of rules; no user, organisation or value is ever in them.
Never: let one person do both.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.dialects.postgresql import insert as pg_insert

from fac.db.base import global_table, instant
from fac.db.statement import Statement, insert_into

policy_proposals = global_table(
    "policy_proposals",
    Column("id", Uuid, primary_key=True),
    Column("overlay_for", Uuid, ForeignKey("incidents.id"), nullable=True),  # null: for the whole installation
    Column("files", JSONB, nullable=False),  # name -> text of each file that takes the place of the program's own
    Column("digest", LargeBinary, nullable=False),
    Column("follows", Integer, nullable=False),  # the approval it was proposed against, 0 for none
    Column("proposed_by", Uuid, ForeignKey("accounts.id"), nullable=False),
    instant("proposed_at"),
    UniqueConstraint("id", "proposed_by"),
    CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
)
policy_approvals = global_table(
    "policy_approvals",
    Column("number", Integer, primary_key=True, autoincrement=False),  # the order in which they came into force
    Column("proposal_id", Uuid, nullable=False, unique=True),
    Column("proposed_by", Uuid, nullable=False),
    Column("approved_by", Uuid, ForeignKey("accounts.id"), nullable=False),
    instant("approved_at"),
    ForeignKeyConstraint(["proposal_id", "proposed_by"], ["policy_proposals.id", "policy_proposals.proposed_by"]),
    CheckConstraint("approved_by <> proposed_by", name="two_persons"),
    CheckConstraint("number >= 1", name="counts_from_one"),
)
policy_processes = global_table(
    "policy_processes",
    Column("id", Uuid, primary_key=True),
    Column("component", Text, nullable=False),  # serve, worker or demo
    Column("number", Integer, nullable=False),  # the newest approval it has in force, 0 for the program's own files
    Column("version", Text, nullable=False),  # hexadecimal, as the audit's rows carry it
    Column("refused", Integer, nullable=True),  # the approval it could not take, and keeps the one before
    instant("since"),
    instant("seen_at"),
)

newest_number = Statement(select(func.coalesce(func.max(policy_approvals.c.number), 0)))
_approved = policy_approvals.join(policy_proposals, policy_proposals.c.id == policy_approvals.c.proposal_id)
# The newest of the whole installation (overlay_for is null), and the newest of each incident.
newest_of_each = Statement(
    select(
        policy_proposals.c.overlay_for, policy_proposals.c.files, policy_proposals.c.digest, policy_approvals.c.number
    )
    .select_from(_approved)
    .ext(distinct_on(policy_proposals.c.overlay_for))
    .order_by(policy_proposals.c.overlay_for, policy_approvals.c.number.desc())
)
proposal_by_id = Statement(
    select(policy_proposals, policy_approvals.c.number)
    .select_from(policy_proposals.outerjoin(policy_approvals, policy_approvals.c.proposal_id == policy_proposals.c.id))
    .where(policy_proposals.c.id == bindparam("id"))
)
insert_proposal = insert_into(policy_proposals)
insert_approval = insert_into(policy_approvals)

_told = pg_insert(policy_processes).values(
    {each.name: bindparam(each.name, type_=each.type) for each in policy_processes.c}
)
tell_process = Statement(
    _told.on_conflict_do_update(
        index_elements=["id"],
        set_={name: _told.excluded[name] for name in ("number", "version", "refused", "since", "seen_at")},
    )
)
forget_processes = Statement(delete(policy_processes).where(policy_processes.c.seen_at < bindparam("before")))
processes_since = Statement(
    select(policy_processes)
    .where(policy_processes.c.seen_at >= bindparam("since"))
    .order_by(policy_processes.c.component, policy_processes.c.id)
)
