"""The daftar data: what each produsen data is to release, and when."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "007"
down_revision = "006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; catalogue/register.py says what a row means."""
    op.create_table(
        "satudatapmi_register",
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("release_days", ARRAY(sa.Date), nullable=False),
        sa.Column("priority", sa.Boolean, nullable=False),
        sa.Column("criterion", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.UniqueConstraint("year", "organization_id", "name", name="satudatapmi_register_name_key"),
        sa.CheckConstraint("cardinality(release_days) > 0", name="satudatapmi_register_release_days_check"),
        sa.CheckConstraint("criterion <> '' OR NOT priority", name="satudatapmi_register_criterion_check"),
    )


def downgrade() -> None:
    """Drop it: `ckan satudata register export` keeps what it holds."""
    op.drop_table("satudatapmi_register")
