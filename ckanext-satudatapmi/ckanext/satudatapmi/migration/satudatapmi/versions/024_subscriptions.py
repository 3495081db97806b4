"""Subscriptions by e-mail: who is told what is new; a row goes when its subscription ends."""

import sqlalchemy as sa
from alembic import op

revision = "024"
down_revision = "023"
branch_labels = None
depends_on = None

TABLE = "satudatapmi_subscription"
KINDS = "('search', 'theme', 'publisher', 'indicator')"


def upgrade() -> None:
    """Make the table; an address has one subscription to a thing."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("address_key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("weekly", sa.Boolean, nullable=False),
        sa.Column("told", sa.DateTime, nullable=False),
        sa.CheckConstraint(f"kind IN {KINDS}", name="satudatapmi_subscription_kind_check"),
        sa.UniqueConstraint("address_key", "kind", "target", name="satudatapmi_subscription_key"),
    )


def downgrade() -> None:
    """Drop it, and all addresses with it."""
    op.drop_table(TABLE)
