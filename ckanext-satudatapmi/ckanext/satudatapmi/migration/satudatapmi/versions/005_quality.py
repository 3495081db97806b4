"""What the metadata of each dataset scored, day by day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; catalogue/history.py says what a row means."""
    op.create_table(
        "satudatapmi_quality",
        sa.Column("dataset_id", sa.Text, primary_key=True),
        sa.Column("profile", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("organization_id", sa.Text),
        sa.Column("points", sa.Integer),
        sa.Column("dimensions", JSONB(none_as_null=True)),
        sa.Column("missed", ARRAY(sa.Text)),
        sa.CheckConstraint("points >= 0", name="satudatapmi_quality_points_check"),
        sa.CheckConstraint(
            "(points IS NULL) = (dimensions IS NULL) AND (points IS NULL) = (missed IS NULL)",
            name="satudatapmi_quality_whole_check",
        ),
    )


def downgrade() -> None:
    """Drop it: the scores can be measured again, what they were before is lost."""
    op.drop_table("satudatapmi_quality")
