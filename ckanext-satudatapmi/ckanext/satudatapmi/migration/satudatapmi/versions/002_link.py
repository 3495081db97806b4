"""Whether the addresses of resources answer."""

import sqlalchemy as sa
from alembic import op

revision = "002"
down_revision = "001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "satudatapmi_link",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("checked", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    """Drop it: addresses can be checked again."""
    op.drop_table("satudatapmi_link")
