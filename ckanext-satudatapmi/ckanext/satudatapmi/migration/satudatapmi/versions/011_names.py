"""Names in tables: where each was seen, the questions about them, and what walidata have decided."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "011"
down_revision = "010"
branch_labels = None
depends_on = None

NAME = ("list", "name", "context")


def upgrade() -> None:
    """Make the tables; reference/review.py says what a row of each means."""
    _decisions()
    _questions()
    _sightings()


def downgrade() -> None:
    """Drop them: questions come back with the next harvests, decisions are lost."""
    for name in ("name_seen", "name_question", "alias_learned"):
        op.drop_table(f"satudatapmi_{name}")


def _name() -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=False) for name in NAME]


def _decisions() -> None:
    op.create_table(
        "satudatapmi_alias_learned",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        *_name(),
        sa.Column("code", sa.Text),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_on", sa.DateTime, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("withdrawn_by", sa.Text),
        sa.Column("withdrawn_on", sa.DateTime),
        sa.CheckConstraint("list <> '' AND name <> '' AND code <> ''", name="satudatapmi_alias_learned_text_check"),
        sa.CheckConstraint(
            "(withdrawn_by IS NULL) = (withdrawn_on IS NULL) AND withdrawn_on >= decided_on",
            name="satudatapmi_alias_learned_withdrawn_check",
        ),
    )
    # One decision holds for a name in a context; those that were taken back stay as a record.
    op.create_index(
        "satudatapmi_alias_learned_key",
        "satudatapmi_alias_learned",
        list(NAME),
        unique=True,
        postgresql_where=sa.text("withdrawn_on IS NULL"),
    )


def _questions() -> None:
    op.create_table(
        "satudatapmi_name_question",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        *_name(),
        sa.Column("candidates", JSONB, nullable=False),
        sa.Column("first_seen", sa.DateTime, nullable=False),
        sa.Column("last_seen", sa.DateTime, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        sa.Column("alias_id", sa.BigInteger, sa.ForeignKey("satudatapmi_alias_learned.id")),
        sa.UniqueConstraint(*NAME, name="satudatapmi_name_question_key"),
        sa.CheckConstraint("state IN ('open','decided','refused')", name="satudatapmi_name_question_state_check"),
        sa.CheckConstraint("(state = 'open') = (alias_id IS NULL)", name="satudatapmi_name_question_alias_check"),
        sa.CheckConstraint("last_seen >= first_seen", name="satudatapmi_name_question_seen_check"),
        sa.CheckConstraint("jsonb_typeof(candidates) = 'array'", name="satudatapmi_name_question_candidates_check"),
    )
    op.create_index("satudatapmi_name_question_state_idx", "satudatapmi_name_question", ["state"])


def _sightings() -> None:
    op.create_table(
        "satudatapmi_name_seen",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("context", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("list", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("source_row", sa.Integer, nullable=False),
        sa.Column("source_column", sa.Text, nullable=False),
        sa.Column("figures", sa.Integer, nullable=False),
        sa.Column("printed", JSONB, nullable=False),
        sa.CheckConstraint(
            "status IN ('exact','alias','learned','fuzzy','ambiguous','unknown')",
            name="satudatapmi_name_seen_status_check",
        ),
        sa.CheckConstraint(
            "(code IS NULL) = (status IN ('ambiguous','unknown'))", name="satudatapmi_name_seen_code_check"
        ),
        sa.CheckConstraint("figures >= 1", name="satudatapmi_name_seen_figures_check"),
    )
    op.create_index("satudatapmi_name_seen_name_idx", "satudatapmi_name_seen", list(NAME))
    op.create_index("satudatapmi_name_seen_package_idx", "satudatapmi_name_seen", ["package_id"])
