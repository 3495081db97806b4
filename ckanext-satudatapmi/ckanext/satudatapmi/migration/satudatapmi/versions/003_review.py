"""Where the checking of each dataset stands, every step of it, and who is told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "003"
down_revision = "002"
branch_labels = None
depends_on = None

STATES = "('draft', 'in_review', 'approved', 'rejected')"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "satudatapmi_review",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("turn", sa.Text),
        sa.Column("published", sa.Boolean, nullable=False),
        sa.Column("submitted", sa.DateTime),
        sa.CheckConstraint(f"state IN {STATES}", name="satudatapmi_review_state_check"),
        sa.CheckConstraint("turn IN ('produsen', 'walidata', 'pembina')", name="satudatapmi_review_turn_check"),
    )
    op.create_table(
        "satudatapmi_review_event",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("happened", sa.DateTime, nullable=False),
        sa.Column("user_id", sa.Text),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("from_state", sa.Text, nullable=False),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("turn", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("principles", JSONB, nullable=False),
    )
    op.create_index("satudatapmi_review_event_package_idx", "satudatapmi_review_event", ["package_id", "id"])
    op.create_table(
        "satudatapmi_notice",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.DateTime),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["satudatapmi_review_event.id"],
            ondelete="CASCADE",
            name="satudatapmi_notice_event_id_fkey",
        ),
    )
    op.create_index("satudatapmi_notice_user_idx", "satudatapmi_notice", ["user_id", "seen"])


def downgrade() -> None:
    """Drop them; what was hidden until its approval is public then, so close the site first."""
    op.drop_table("satudatapmi_notice")
    op.drop_table("satudatapmi_review_event")
    op.drop_table("satudatapmi_review")
