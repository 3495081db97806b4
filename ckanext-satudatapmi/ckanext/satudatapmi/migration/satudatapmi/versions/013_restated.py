"""Marks: an observation restates an earlier vintage; a finding rests on other tables than the one it is of."""

import sqlalchemy as sa
from alembic import op

revision = "013"
down_revision = "012"
branch_labels = None
depends_on = None

TABLE = "satudatapmi_observation"
FINDING = "satudatapmi_finding"


def upgrade() -> None:
    """Add both; of the findings that are there nobody knows it, so that they count as resting on others."""
    op.add_column(TABLE, sa.Column("restated", sa.Boolean, nullable=False, server_default="false"))
    op.execute(
        f"UPDATE {TABLE} one SET restated = true WHERE EXISTS (SELECT FROM {TABLE} former "
        "WHERE former.series_id = one.series_id AND former.ref_start = one.ref_start "
        "AND former.ref_end = one.ref_end AND former.vintage < one.vintage "
        "AND former.value IS DISTINCT FROM one.value)"
    )
    op.create_index(f"{TABLE}_restated_idx", TABLE, ["load_id"], postgresql_where=sa.text("restated"))
    op.add_column(FINDING, sa.Column("beside", sa.Boolean, nullable=False, server_default="true"))
    op.alter_column(FINDING, "beside", server_default="false")


def downgrade() -> None:
    """Drop both: one follows from the vintages, the other is found by the next check."""
    op.drop_column(FINDING, "beside")
    op.drop_column(TABLE, "restated")
