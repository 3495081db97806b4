"""Of each load of figures: since when everybody may see it, and beside which loads it was checked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "020"
down_revision = "016"
branch_labels = None
depends_on = None

TABLE = "satudatapmi_figure_load"


def upgrade() -> None:
    """Add both; of the loads that are there neither is known: they count as seen since they were recorded."""
    op.add_column(TABLE, sa.Column("shown", sa.DateTime))
    op.add_column(TABLE, sa.Column("beside_loads", ARRAY(sa.BigInteger), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Drop both."""
    op.drop_column(TABLE, "beside_loads")
    op.drop_column(TABLE, "shown")
