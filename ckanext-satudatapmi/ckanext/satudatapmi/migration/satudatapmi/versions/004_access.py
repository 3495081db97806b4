"""What is listed of limited data, who was let in, and who read the catalogue for the national portal."""

import sqlalchemy as sa
from alembic import op

revision = "004"
down_revision = "003"
branch_labels = None
depends_on = None

LOGS = ("satudatapmi_access_event", "satudatapmi_feed_reading")
STATES = "('open', 'granted', 'refused', 'revoked')"
NOTICE = "satudatapmi_notice"


def upgrade() -> None:
    """Make the tables; rows of the logs can be added, and nothing else."""
    op.create_table(
        "satudatapmi_access_listing",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
    )
    op.create_table(
        "satudatapmi_access_request",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("institution", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("until", sa.Date),
        sa.CheckConstraint(f"state IN {STATES}", name="satudatapmi_access_request_state_check"),
        sa.CheckConstraint(
            "state NOT IN ('granted', 'revoked') OR until IS NOT NULL", name="satudatapmi_access_request_until_check"
        ),
    )
    open_one = {"unique": True, "postgresql_where": sa.text("state = 'open'")}
    table = "satudatapmi_access_request"
    op.create_index("satudatapmi_access_request_open_idx", table, ["user_id", "package_id"], **open_one)
    op.create_index("satudatapmi_access_request_user_idx", table, ["user_id", "state", "until"])
    op.create_index("satudatapmi_access_request_package_idx", table, ["package_id"])
    op.create_table(
        "satudatapmi_access_event",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("happened", sa.DateTime, nullable=False),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("request_id", sa.BigInteger),
        sa.Column("user_id", sa.Text),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("until", sa.Date),
    )
    op.create_index("satudatapmi_access_event_package_idx", "satudatapmi_access_event", ["package_id", "id"])
    op.create_table(
        "satudatapmi_feed_reading",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("happened", sa.DateTime, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("datasets", sa.Integer, nullable=False),
    )
    _protect()
    op.alter_column(NOTICE, "event_id", nullable=True)
    op.add_column(NOTICE, sa.Column("access_event_id", sa.BigInteger))
    op.create_foreign_key(
        "satudatapmi_notice_access_event_id_fkey", NOTICE, "satudatapmi_access_event", ["access_event_id"], ["id"]
    )
    op.create_check_constraint("satudatapmi_notice_event_check", NOTICE, "num_nonnulls(event_id, access_event_id) = 1")


def _protect() -> None:
    op.execute(
        "CREATE FUNCTION satudatapmi_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% keeps every row as it is', TG_TABLE_NAME; END $$"
    )
    for table in LOGS:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION satudatapmi_refuse_change()"
        )


def downgrade() -> None:
    """Drop them; nobody who was let in sees limited data any more."""
    op.execute(f"DELETE FROM {NOTICE} WHERE access_event_id IS NOT NULL")
    op.drop_constraint("satudatapmi_notice_event_check", NOTICE)
    op.drop_constraint("satudatapmi_notice_access_event_id_fkey", NOTICE)
    op.drop_column(NOTICE, "access_event_id")
    op.alter_column(NOTICE, "event_id", nullable=False)
    for table in ("satudatapmi_feed_reading", "satudatapmi_access_event", "satudatapmi_access_request"):
        op.drop_table(table)
    op.drop_table("satudatapmi_access_listing")
    op.execute("DROP FUNCTION satudatapmi_refuse_change()")
