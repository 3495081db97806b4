"""Layouts of the tables of each harvested dataset; which new files of uploaded tables are not loaded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "021"
down_revision = "020"
branch_labels = None
depends_on = None

RECORD = "satudatapmi_harvest_record"
DESCRIPTION = "satudatapmi_table_description"


def upgrade() -> None:
    """Make the columns; the next harvest reads every table anew and keeps its layout (harvesters/layouts.py)."""
    op.add_column(RECORD, sa.Column("layouts", JSONB, nullable=False, server_default="{}"))
    op.create_check_constraint(f"{RECORD}_layouts_check", RECORD, "jsonb_typeof(layouts) = 'object'")
    op.add_column(DESCRIPTION, sa.Column("refused", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop them: the next file of each harvested table is taken as it is."""
    op.drop_column(DESCRIPTION, "refused")
    op.drop_column(RECORD, "layouts")
