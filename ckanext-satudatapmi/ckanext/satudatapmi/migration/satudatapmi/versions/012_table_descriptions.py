"""Descriptions of tables that a person has confirmed, each with the layout and the file it was confirmed on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "012"
down_revision = "011"
branch_labels = None
depends_on = None

NAME = "satudatapmi_table_description"


def upgrade() -> None:
    """Make the table; catalogue/table_descriptions.py says what a row means."""
    op.create_table(
        NAME,
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("description", JSONB, nullable=False),
        sa.Column("layout", JSONB, nullable=False),
        sa.Column("confirmed_by", sa.Text, nullable=False),
        sa.Column("confirmed", sa.DateTime, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.CheckConstraint("version >= 1", name=f"{NAME}_version_check"),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=f"{NAME}_sha256_check"),
        sa.CheckConstraint(
            "jsonb_typeof(description) = 'object' AND jsonb_typeof(layout) = 'object'", name=f"{NAME}_object_check"
        ),
    )
    op.create_index(f"{NAME}_package_idx", NAME, ["package_id"])


def downgrade() -> None:
    """Drop it: tables have to be confirmed again before a new file of theirs is read."""
    op.drop_table(NAME)
