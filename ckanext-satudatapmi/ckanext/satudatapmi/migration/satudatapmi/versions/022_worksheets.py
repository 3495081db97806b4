"""The worksheet from which figures were read, also where the description of their table names none."""

import sqlalchemy as sa
from alembic import op

revision = "022"
down_revision = "018"
branch_labels = None
depends_on = None

LOAD = "satudatapmi_figure_load"


def upgrade() -> None:
    """Make the column; which worksheet a former load read is known where its description named it."""
    op.add_column(LOAD, sa.Column("worksheet", sa.Text))
    op.execute(f"UPDATE {LOAD} SET worksheet = sheet")


def downgrade() -> None:
    """Drop it."""
    op.drop_column(LOAD, "worksheet")
