"""Reconciliations that somebody drafted, and who signed, refused or withdrew them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "025"
down_revision = "024"
branch_labels = None
depends_on = None

TABLE, LOG = "satudatapmi_reconciliation", "satudatapmi_reconciliation_event"
STATES = "('draft', 'signed', 'refused', 'withdrawn')"
STEPS = "('create', 'sign', 'refuse', 'withdraw')"


def upgrade() -> None:
    """Make the tables; rows of the log can be added, and nothing else."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("asked", JSONB, nullable=False),
        sa.Column("result", JSONB, nullable=False),
        sa.Column("author_id", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("signer_id", sa.Text),
        sa.Column("signed", sa.DateTime),
        sa.CheckConstraint(f"state IN {STATES}", name="satudatapmi_reconciliation_state_check"),
        sa.CheckConstraint("signer_id <> author_id", name="satudatapmi_reconciliation_signer_check"),
        sa.CheckConstraint(
            "state NOT IN ('signed', 'withdrawn') OR (signer_id IS NOT NULL AND signed IS NOT NULL)",
            name="satudatapmi_reconciliation_signed_check",
        ),
    )
    op.create_index("satudatapmi_reconciliation_state_idx", TABLE, ["state", "id"])
    op.create_index("satudatapmi_reconciliation_organization_idx", TABLE, ["organization_id", "id"])
    op.create_table(
        LOG,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("happened", sa.DateTime, nullable=False),
        sa.Column("reconciliation_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint(f"step IN {STEPS}", name="satudatapmi_reconciliation_event_step_check"),
    )
    op.create_index("satudatapmi_reconciliation_event_idx", LOG, ["reconciliation_id", "id"])
    op.execute(
        f"CREATE TRIGGER {LOG}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {LOG} "
        "FOR EACH STATEMENT EXECUTE FUNCTION satudatapmi_refuse_change()"
    )


def downgrade() -> None:
    """Drop them, and what was signed with them."""
    op.drop_table(LOG)
    op.drop_table(TABLE)
