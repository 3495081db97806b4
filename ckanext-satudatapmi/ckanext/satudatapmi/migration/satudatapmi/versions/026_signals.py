"""Signals: what somebody should look at, kept once each; an append-only log of who did what with it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "026"
down_revision = "025"
branch_labels = None
depends_on = None

SIGNAL, EVENT = "satudatapmi_signal", "satudatapmi_signal_event"
STATES = "('open', 'proposed', 'closed')"


def upgrade() -> None:
    """Make the tables; rows of the log can be added, and nothing else."""
    op.create_table(
        SIGNAL,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("ref_start", sa.Date, nullable=False),
        sa.Column("ref_end", sa.Date, nullable=False),
        sa.Column("numbers", JSONB, nullable=False),
        sa.Column("figures", JSONB, nullable=False),
        sa.Column("loads", ARRAY(sa.BigInteger), nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("owner_id", sa.Text),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("found", sa.DateTime, nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.CheckConstraint(f"state IN {STATES}", name="satudatapmi_signal_state_check"),
        sa.CheckConstraint("cardinality(loads) > 0", name="satudatapmi_signal_loads_check"),
        sa.UniqueConstraint("method", "indicator", "place", "ref_start", "ref_end", name="satudatapmi_signal_key"),
    )
    op.create_index("satudatapmi_signal_order_idx", SIGNAL, ["state", "urgency", "due", "id"])
    op.create_table(
        EVENT,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("signal_id", sa.BigInteger, nullable=False),
        sa.Column("happened", sa.DateTime, nullable=False),
        sa.Column("user_id", sa.Text),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_index("satudatapmi_signal_event_signal_idx", EVENT, ["signal_id", "id"])
    op.execute(
        f"CREATE TRIGGER {EVENT}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {EVENT} "
        "FOR EACH STATEMENT EXECUTE FUNCTION satudatapmi_refuse_change()"
    )


def downgrade() -> None:
    """Drop them, with all that was noted."""
    op.drop_table(EVENT)
    op.drop_table(SIGNAL)
