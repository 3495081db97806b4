"""Indexes on ckanext-harvest's tables: the page of 1,400 sources asks for the latest jobs of each."""

import sqlalchemy as sa
from alembic import op

revision = "009"
down_revision = "008"
branch_labels = None
depends_on = None

INDEXES = {
    "satudatapmi_harvest_job_idx": ("harvest_job", ["source_id", "created"]),
    "satudatapmi_gather_error_idx": ("harvest_gather_error", ["harvest_job_id"]),
}


def upgrade() -> None:
    """Make the indexes where the tables are."""
    there = sa.inspect(op.get_bind()).get_table_names()
    for name, (table, columns) in INDEXES.items():
        if table in there:
            op.create_index(name, table, columns, if_not_exists=True)


def downgrade() -> None:
    """Drop the indexes."""
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(name, table, if_exists=True)
