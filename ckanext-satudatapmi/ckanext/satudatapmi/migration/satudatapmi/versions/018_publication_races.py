"""What is public stays right while transactions overlap, and which organisation publishes a dataset stands with it.

Only what can hide or show a dataset (`package`, `satudatapmi_review`) decides anew whether it is public, with the
dataset locked, so that of two transactions the later sees what the earlier did. Whatever else is told of a dataset
gives it a new number alone. An organisation cannot be renamed while a dataset of it is written that others do not see.
"""

import sqlalchemy as sa
from alembic import op

revision = "018"
down_revision = "021"
branch_labels = None
depends_on = None

PUBLICATION, FRAGMENT = "satudatapmi_publication", "satudatapmi_fragment"
VERSION = "satudatapmi_publication_version"
PLACE = "('x' || left(md5(id), 8))::bit(32)::bigint"

# What the transaction made of the datasets, once it is done with them.
KEEP_VERSIONS = f"""
    DELETE FROM {VERSION} version WHERE version.package_id = ANY(ids) AND version.xid = now_xid;
    INSERT INTO {VERSION} (package_id, xid, seq, is_public, changed)
        SELECT package_id, xid, seq, is_public, changed FROM {PUBLICATION}
        WHERE package_id = ANY(ids) AND xid = now_xid;"""

SHOWN = """ARRAY(
        SELECT one.id FROM package one WHERE one.id = ANY(ids) AND satudatapmi_is_public(one) ORDER BY one.id)"""

HIDE = f"""
    DELETE FROM {PUBLICATION} known WHERE known.package_id = ANY(ids) AND known.first_xid = now_xid
        AND known.package_id <> ALL(shown);
    UPDATE {PUBLICATION} SET is_public = false, xid = now_xid, seq = nextval('{PUBLICATION}_seq'),
        changed = clock_timestamp() WHERE package_id = ANY(ids) AND is_public AND package_id <> ALL(shown);
    DELETE FROM {FRAGMENT} WHERE package_id = ANY(ids) AND package_id <> ALL(shown);"""

SHOW = """
    ON CONFLICT (package_id) DO UPDATE SET is_public = true, xid = excluded.xid, seq = excluded.seq,
        changed = excluded.changed,
        born_xid = CASE WHEN known.is_public THEN known.born_xid ELSE excluded.born_xid END,
        born_seq = CASE WHEN known.is_public THEN known.born_seq ELSE excluded.born_seq END"""

PUBLISH = f"""
CREATE OR REPLACE FUNCTION satudatapmi_publish(ids text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_xid bigint := pg_current_xact_id()::text::bigint;
    shown text[];
BEGIN
    PERFORM FROM package one WHERE one.id = ANY(ids) ORDER BY one.id FOR NO KEY UPDATE;
    PERFORM FROM "group" owner WHERE owner.id IN (SELECT one.owner_org FROM package one WHERE one.id = ANY(ids))
        ORDER BY owner.id FOR SHARE;
    -- Whoever held the locks has ended: a statement of its own sees what they did.
    shown := {SHOWN};{HIDE}
    INSERT INTO {PUBLICATION} AS known (
        package_id, place, organization_id, is_public, first_xid, born_xid, born_seq, xid, seq, changed)
        SELECT id, {PLACE}, owner_org, true, now_xid, now_xid, seq, now_xid, seq, clock_timestamp()
        FROM (SELECT one.id, one.owner_org, nextval('{PUBLICATION}_seq') AS seq
              FROM package one WHERE one.id = ANY(shown) ORDER BY one.id) numbered{SHOW},
        organization_id = excluded.organization_id;{KEEP_VERSIONS}
END $$"""

TOUCH = f"""
CREATE FUNCTION satudatapmi_touch(ids text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_xid bigint := pg_current_xact_id()::text::bigint;
BEGIN
    PERFORM FROM {PUBLICATION} known WHERE known.package_id = ANY(ids) ORDER BY known.package_id FOR NO KEY UPDATE;
    UPDATE {PUBLICATION} SET xid = now_xid, seq = nextval('{PUBLICATION}_seq'), changed = clock_timestamp()
        WHERE package_id = ANY(ids) AND is_public;{KEEP_VERSIONS}
END $$"""

# As in migration 014.
FORMER_PUBLISH = f"""
CREATE OR REPLACE FUNCTION satudatapmi_publish(ids text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_xid bigint := pg_current_xact_id()::text::bigint;
    shown text[] := {SHOWN};
BEGIN{HIDE}
    INSERT INTO {PUBLICATION} AS known (package_id, place, is_public, first_xid, born_xid, born_seq, xid, seq, changed)
        SELECT id, {PLACE}, true, now_xid, now_xid, seq, now_xid, seq, clock_timestamp()
        FROM (SELECT id, nextval('{PUBLICATION}_seq') AS seq FROM unnest(shown) AS id) numbered{SHOW};{KEEP_VERSIONS}
END $$"""

OF_DATASET = "SELECT package_id FROM changed"
TOUCHING = {
    "resource": ("INSERT UPDATE DELETE", OF_DATASET),
    "package_tag": ("INSERT UPDATE DELETE", OF_DATASET),
    "quality": ("INSERT UPDATE DELETE", "SELECT dataset_id FROM changed"),
    "kegiatan": (
        "UPDATE",
        "SELECT one.id FROM package one JOIN changed ON one.extras ->> 'kegiatan' = changed.id "
        "JOIN former ON former.id = changed.id WHERE changed.answers IS DISTINCT FROM former.answers",
    ),
    "group": (
        "UPDATE",
        "SELECT one.id FROM package one JOIN changed ON one.owner_org = changed.id "
        "JOIN former ON former.id = changed.id WHERE (changed.name, changed.title, changed.state, changed.extras) "
        "IS DISTINCT FROM (former.name, former.title, former.state, former.extras)",
    ),
}
"""By the trigger functions of migration 014 that hide and show nothing, their events, and the datasets meant."""


def upgrade() -> None:
    """Keep the organisation with each dataset, and put the functions in place of those of migration 014."""
    op.add_column(PUBLICATION, sa.Column("organization_id", sa.Text))
    op.execute(
        f"UPDATE {PUBLICATION} known SET organization_id = one.owner_org FROM package one "
        "WHERE one.id = known.package_id"
    )
    op.create_index(f"{PUBLICATION}_organization_idx", PUBLICATION, ["organization_id", "place"])
    op.execute(PUBLISH)
    op.execute(TOUCH)
    _have_triggers_call("satudatapmi_touch")


def downgrade() -> None:
    """Put those of migration 014 back."""
    op.execute(FORMER_PUBLISH)
    _have_triggers_call("satudatapmi_publish")
    op.execute("DROP FUNCTION satudatapmi_touch(text[])")
    op.drop_index(f"{PUBLICATION}_organization_idx", PUBLICATION)
    op.drop_column(PUBLICATION, "organization_id")


def _have_triggers_call(function: str) -> None:
    for table, (events, ids) in TOUCHING.items():
        for event in events.split():
            op.execute(
                f"CREATE OR REPLACE FUNCTION satudatapmi_publish_{table}_{event.lower()}() RETURNS trigger "
                f"LANGUAGE plpgsql AS $$ BEGIN PERFORM {function}(ARRAY({ids})); RETURN NULL; END $$"
            )
