"""The single data: definitions, facets, series and their observations, claims, loads, findings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "010"
down_revision = "009"
branch_labels = None
depends_on = None

DIMENSIONS = (
    "origin",
    "service_point",
    "destination",
    "employer_type",
    "sector",
    "occupation",
    "scheme",
    "procedural",
    "sex",
    "age",
    "education",
    "marital_status",
    "complaint_type",
    "channel",
)
TABLES = ("finding", "claim", "observation", "figure_load", "series", "facet", "definition")


def upgrade() -> None:
    """Make the tables; figures/store.py says what a row of each means."""
    _definitions()
    _series()
    _loads()
    _observations()
    _claims()
    _findings()


def downgrade() -> None:
    """Drop them: the figures come back when the tables are loaded again; what was assumed of them is lost."""
    for name in TABLES:
        op.drop_table(f"satudatapmi_{name}")


def _definitions() -> None:
    op.create_table(
        "satudatapmi_definition",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("attributes", JSONB, nullable=False),
    )
    op.create_table(
        "satudatapmi_facet",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("publisher", sa.Text, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.CheckConstraint("rank >= 1", name="satudatapmi_facet_rank_check"),
    )


def _series() -> None:
    dimensions = [
        sa.Column(name, sa.Text, nullable=False, server_default="IDN" if name == "origin" else "_T")
        for name in DIMENSIONS
    ]
    op.create_table(
        "satudatapmi_series",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("facet", sa.Text, sa.ForeignKey("satudatapmi_facet.id"), nullable=False),
        *dimensions,
        sa.UniqueConstraint("facet", *DIMENSIONS, name="satudatapmi_series_key"),
    )
    op.create_index("satudatapmi_series_origin_idx", "satudatapmi_series", ["origin", "destination", "facet"])
    op.create_index("satudatapmi_series_destination_idx", "satudatapmi_series", ["destination", "facet"])


def _loads() -> None:
    op.create_table(
        "satudatapmi_figure_load",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("facet", sa.Text, sa.ForeignKey("satudatapmi_facet.id")),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("resource_id", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sheet", sa.Text),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("retrieved", sa.Date, nullable=False),
        sa.Column("recorded", sa.DateTime, nullable=False, server_default=sa.text("(now() AT TIME ZONE 'utc')")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="satudatapmi_figure_load_sha256_check"),
    )
    op.create_index("satudatapmi_figure_load_resource_idx", "satudatapmi_figure_load", ["resource_id", "recorded"])
    op.create_index("satudatapmi_figure_load_package_idx", "satudatapmi_figure_load", ["package_id"])


def _observations() -> None:
    op.create_table(
        "satudatapmi_observation",
        sa.Column("series_id", sa.BigInteger, sa.ForeignKey("satudatapmi_series.id"), primary_key=True),
        sa.Column("ref_start", sa.Date, primary_key=True),
        sa.Column("ref_end", sa.Date, primary_key=True),
        sa.Column("vintage", sa.Date, primary_key=True),
        sa.Column("vintage_assumed", sa.Boolean, nullable=False),
        sa.Column("value", sa.Numeric),
        sa.Column("obs_status", sa.CHAR(1), nullable=False, server_default="A"),
        sa.Column("conf_status", sa.CHAR(1), nullable=False, server_default="F"),
        sa.Column("definition", sa.Text, sa.ForeignKey("satudatapmi_definition.id"), nullable=False),
        sa.Column("load_id", sa.BigInteger, sa.ForeignKey("satudatapmi_figure_load.id"), nullable=False),
        sa.Column("source_row", sa.Integer),
        sa.Column("source_column", sa.Text),
        sa.Column("note", sa.Text),
        sa.CheckConstraint("ref_end >= ref_start", name="satudatapmi_observation_period_check"),
        sa.CheckConstraint("value >= 0 AND value < 'Infinity'", name="satudatapmi_observation_value_check"),
        sa.CheckConstraint("obs_status IN ('A','B','E','F','I','M','P','Q')", name="satudatapmi_observation_obs_check"),
        sa.CheckConstraint("conf_status IN ('F','C')", name="satudatapmi_observation_conf_check"),
        # Missing is not zero: no number without a status that says so, no such status with a number.
        sa.CheckConstraint("(value IS NULL) = (obs_status IN ('M','Q'))", name="satudatapmi_observation_missing_check"),
    )
    op.create_index("satudatapmi_observation_load_idx", "satudatapmi_observation", ["load_id"])


def _claims() -> None:
    op.create_table(
        "satudatapmi_claim",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("publisher", sa.Text, nullable=False),
        sa.Column("said_on", sa.Date, nullable=False),
        sa.Column("value", sa.Numeric, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("definition", sa.Text, sa.ForeignKey("satudatapmi_definition.id"), nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("load_id", sa.BigInteger, sa.ForeignKey("satudatapmi_figure_load.id"), nullable=False),
        sa.Column("source_row", sa.Integer),
        sa.UniqueConstraint("publisher", "said_on", "definition", "value", name="satudatapmi_claim_key"),
        sa.CheckConstraint("value >= 0", name="satudatapmi_claim_value_check"),
    )


def _findings() -> None:
    op.create_table(
        "satudatapmi_finding",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("load_id", sa.BigInteger, sa.ForeignKey("satudatapmi_figure_load.id"), nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("series_id", sa.BigInteger, sa.ForeignKey("satudatapmi_series.id")),
        sa.Column("ref_start", sa.Date),
        sa.Column("ref_end", sa.Date),
        sa.Column("source_row", sa.Integer),
        sa.Column("source_column", sa.Text),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("found", sa.DateTime, nullable=False, server_default=sa.text("(now() AT TIME ZONE 'utc')")),
        sa.CheckConstraint("rule ~ '^R([1-9]|1[0-4])$'", name="satudatapmi_finding_rule_check"),
        sa.CheckConstraint("severity IN ('warning','contradiction')", name="satudatapmi_finding_severity_check"),
    )
    op.create_index("satudatapmi_finding_load_idx", "satudatapmi_finding", ["load_id"])
    op.create_index("satudatapmi_finding_series_idx", "satudatapmi_finding", ["series_id"])
