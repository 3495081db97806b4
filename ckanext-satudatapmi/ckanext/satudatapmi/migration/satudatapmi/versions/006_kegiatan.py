"""Statistical activities (MS-Keg), each stored once however many datasets are made from it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; datasets give their activity away when they are next written."""
    op.create_table(
        "satudatapmi_kegiatan",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner_org", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("answers", JSONB, nullable=False),
        sa.UniqueConstraint("owner_org", "digest", name="satudatapmi_kegiatan_owner_org_digest_key"),
    )
    op.execute("CREATE INDEX satudatapmi_package_kegiatan_idx ON package ((extras ->> 'kegiatan'))")


def downgrade() -> None:
    """Give the answers back to the datasets, and drop the table."""
    op.execute(
        "UPDATE package SET extras = (package.extras - 'kegiatan') || satudatapmi_kegiatan.answers"
        " FROM satudatapmi_kegiatan WHERE package.extras ->> 'kegiatan' = satudatapmi_kegiatan.id"
    )
    op.execute("DROP INDEX satudatapmi_package_kegiatan_idx")
    op.drop_table("satudatapmi_kegiatan")
