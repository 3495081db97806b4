"""The bridge from Kemendagri codes of districts to those of BPS."""

import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "satudatapmi_wilayah_bps",
        sa.Column("kode_kemendagri", sa.Text, primary_key=True),
        sa.Column("kode_bps", sa.Text, nullable=False),
        sa.Column("nama_bps", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("imported", sa.DateTime, nullable=False),
        sa.UniqueConstraint("kode_bps", name="satudatapmi_wilayah_bps_kode_bps_key"),
    )


def downgrade() -> None:
    """Drop it: the bridge can be loaded again."""
    op.drop_table("satudatapmi_wilayah_bps")
