"""The layouts of the tables of each harvested dataset, as its files were last taken."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "017"
down_revision = "016"
branch_labels = None
depends_on = None

TABLE = "satudatapmi_harvest_record"


def upgrade() -> None:
    """Make the column; the next harvest reads every table anew and keeps its layout (harvesters/layouts.py)."""
    op.add_column(TABLE, sa.Column("layouts", JSONB, nullable=False, server_default="{}"))
    op.create_check_constraint(f"{TABLE}_layouts_check", TABLE, "jsonb_typeof(layouts) = 'object'")


def downgrade() -> None:
    """Drop it: the next file of each table is taken as it is."""
    op.drop_column(TABLE, "layouts")
