"""Editions of what kiosks hold without a network, and the kiosks themselves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "023"
down_revision = "022"
branch_labels = None
depends_on = None

FILE, EDITION = "satudatapmi_kiosk_file", "satudatapmi_kiosk_edition"
KIOSK, USE = "satudatapmi_kiosk", "satudatapmi_kiosk_use"


def upgrade() -> None:
    """Make the tables; a file is kept once however many editions hold it."""
    op.create_table(
        FILE,
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        EDITION,
        sa.Column("number", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("files", JSONB, nullable=False),
        sa.Column("is_pinned", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index(f"{EDITION}_one_pinned", EDITION, ["is_pinned"], unique=True, postgresql_where=sa.text("is_pinned"))
    op.create_table(
        KIOSK,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("wilayah", sa.Text, nullable=False),
        sa.Column("tongues", ARRAY(sa.Text), nullable=False),
        sa.Column("slip", sa.Text, nullable=False),
        sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.Column("edition", sa.Integer),
        sa.Column("synced_at", sa.DateTime(timezone=True)),
        sa.Column("browser", sa.Text),
        sa.CheckConstraint("slip IN ('58', '80', 'a6', 'none')", name=f"{KIOSK}_slip"),
    )
    op.create_table(
        USE,
        sa.Column("kiosk", sa.Text, sa.ForeignKey(f"{KIOSK}.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("screen", sa.Text, primary_key=True),
        sa.Column("shown", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in (USE, KIOSK, EDITION, FILE):
        op.drop_table(table)
