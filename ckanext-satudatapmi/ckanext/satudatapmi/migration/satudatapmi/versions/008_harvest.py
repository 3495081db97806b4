"""Harvesting: what was last accepted of every source, runs with their leases, and how each source fares."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "008"
down_revision = "007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; what was harvested before is known by its identity, and compared anew at the next harvest."""
    op.create_table(
        "satudatapmi_harvest_record",
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("guid", sa.Text, primary_key=True),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("outward", sa.Text, nullable=False, server_default=""),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("setting", sa.Text, nullable=False, server_default=""),
        sa.Column("fingerprint", sa.Text, nullable=False, server_default=""),
        sa.Column("vanished", sa.DateTime),
        sa.Column("written", JSONB),
    )
    op.create_index("satudatapmi_harvest_record_guid_idx", "satudatapmi_harvest_record", ["guid"])
    op.create_table(
        "satudatapmi_harvest_source",
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("setting", sa.Text, nullable=False, server_default=""),
        sa.Column("memory", JSONB),
        sa.Column("checked", sa.DateTime),
        sa.Column("slow", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "satudatapmi_harvest_run",
        sa.Column("job_id", sa.Text, primary_key=True),
        sa.Column("source_id", sa.Text, nullable=False, index=True),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("lane", sa.SmallInteger, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("worker", sa.Text, nullable=False, server_default=""),
        sa.Column("beat", sa.DateTime),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("token", JSONB),
        sa.Column("found", JSONB),
        sa.Column("stopped_by", sa.Text, nullable=False, server_default=""),
        sa.Column("verdict", sa.Text, nullable=False, server_default=""),
        sa.Column("difference", JSONB),
        sa.Column("decision", sa.Text, nullable=False, server_default=""),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided", sa.DateTime),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "satudatapmi_harvest_page",
        sa.Column("job_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("seen", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "satudatapmi_harvest_remark",
        sa.Column("job_id", sa.Text, primary_key=True),
        sa.Column("batch", sa.Text, primary_key=True),
        sa.Column("remarks", JSONB, nullable=False),
    )
    if {"harvest_object", "harvest_object_extra"} <= set(sa.inspect(op.get_bind()).get_table_names()):
        op.execute(
            "INSERT INTO satudatapmi_harvest_record (source_id, guid, identity, outward)"
            " SELECT DISTINCT ON (o.harvest_source_id, o.guid) o.harvest_source_id, o.guid,"
            " coalesce(e.value::jsonb ->> 'identity', ''), coalesce(e.value::jsonb ->> 'outward', '')"
            " FROM harvest_object o JOIN harvest_object_extra e"
            " ON e.harvest_object_id = o.id AND e.key = 'satudatapmi'"
            " WHERE o.current AND o.package_id IS NOT NULL ORDER BY o.harvest_source_id, o.guid, o.gathered DESC"
        )


def downgrade() -> None:
    """Drop the tables; what was written stays, and is compared with the datasets at the next harvest."""
    for name in ("remark", "page", "run", "source", "record"):
        op.drop_table(f"satudatapmi_harvest_{name}")
