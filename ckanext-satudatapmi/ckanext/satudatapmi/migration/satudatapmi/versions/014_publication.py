"""Which datasets are public, kept by the database itself: each change has a number, what went leaves a tombstone.

Whatever changes what the feeds say of a dataset comes past one of these triggers, in the transaction that changes it:
so no feed has to look for changes, and none can miss one.
"""

import sqlalchemy as sa
from alembic import op

revision = "014"
down_revision = "013"
branch_labels = None
depends_on = None

PUBLICATION, FRAGMENT = "satudatapmi_publication", "satudatapmi_fragment"
VERSION, DELIVERY = "satudatapmi_publication_version", "satudatapmi_delivery"

# By the first 32 bits of a hash of its id a dataset has a place among the pages that no other dataset moves it from.
PLACE = "('x' || left(md5({id}), 8))::bit(32)::bigint"

IS_PUBLIC = """
CREATE FUNCTION satudatapmi_is_public(one package) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT one.state = 'active' AND one.type = 'dataset' AND one.private IS NOT TRUE AND NOT EXISTS (
        SELECT FROM satudatapmi_review review WHERE review.package_id = one.id AND review.published IS FALSE)
$$"""

# A dataset that was never public for anybody but this transaction leaves nothing behind, and what was written of one
# that is hidden goes.
PUBLISH = f"""
CREATE FUNCTION satudatapmi_publish(ids text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_xid bigint := pg_current_xact_id()::text::bigint;
    shown text[] := ARRAY(
        SELECT one.id FROM package one WHERE one.id = ANY(ids) AND satudatapmi_is_public(one) ORDER BY one.id);
BEGIN
    DELETE FROM {PUBLICATION} known WHERE known.package_id = ANY(ids) AND known.first_xid = now_xid
        AND known.package_id <> ALL(shown);
    UPDATE {PUBLICATION} SET is_public = false, xid = now_xid, seq = nextval('{PUBLICATION}_seq'),
        changed = clock_timestamp() WHERE package_id = ANY(ids) AND is_public AND package_id <> ALL(shown);
    DELETE FROM {FRAGMENT} WHERE package_id = ANY(ids) AND package_id <> ALL(shown);
    INSERT INTO {PUBLICATION} AS known (package_id, place, is_public, first_xid, born_xid, born_seq, xid, seq, changed)
        SELECT id, {PLACE.format(id="id")}, true, now_xid, now_xid, seq, now_xid, seq, clock_timestamp()
        FROM (SELECT id, nextval('{PUBLICATION}_seq') AS seq FROM unnest(shown) AS id) numbered
    ON CONFLICT (package_id) DO UPDATE SET is_public = true, xid = excluded.xid, seq = excluded.seq,
        changed = excluded.changed,
        born_xid = CASE WHEN known.is_public THEN known.born_xid ELSE excluded.born_xid END,
        born_seq = CASE WHEN known.is_public THEN known.born_seq ELSE excluded.born_seq END;
    DELETE FROM {VERSION} version WHERE version.package_id = ANY(ids) AND version.xid = now_xid;
    INSERT INTO {VERSION} (package_id, xid, seq, is_public, changed)
        SELECT package_id, xid, seq, is_public, changed FROM {PUBLICATION}
        WHERE package_id = ANY(ids) AND xid = now_xid;
END $$"""

WATCHED = {
    "package": ("INSERT UPDATE DELETE", "SELECT id FROM changed"),
    "resource": ("INSERT UPDATE DELETE", "SELECT package_id FROM changed"),
    "package_tag": ("INSERT UPDATE DELETE", "SELECT package_id FROM changed"),
    "satudatapmi_review": ("INSERT UPDATE DELETE", "SELECT package_id FROM changed"),
    "satudatapmi_quality": ("INSERT UPDATE DELETE", "SELECT dataset_id FROM changed"),
    "satudatapmi_kegiatan": (
        "UPDATE",
        # Whoever writes a dataset writes its activity as well, mostly the same.
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
"""By table the events that change what is told of a dataset, and the ids of the datasets meant."""


def upgrade() -> None:
    """Make the tables and the triggers; publication/published.py and deliveries.py say what a row means."""
    op.execute(f"CREATE SEQUENCE {PUBLICATION}_seq")
    op.create_table(
        PUBLICATION,
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("first_xid", sa.BigInteger, nullable=False),
        sa.Column("born_xid", sa.BigInteger, nullable=False),
        sa.Column("born_seq", sa.BigInteger, nullable=False),
        sa.Column("xid", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(f"{PUBLICATION}_place_idx", PUBLICATION, ["place", "package_id"])
    op.create_index(f"{PUBLICATION}_change_idx", PUBLICATION, ["xid", "seq"], unique=True)
    op.create_table(
        FRAGMENT,
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("notation", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        VERSION,
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("xid", sa.BigInteger, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        DELIVERY,
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("feed", sa.Text, primary_key=True),
        sa.Column("part", sa.Text, primary_key=True),
        sa.Column("first_place", sa.BigInteger, nullable=False),
        sa.Column("end_place", sa.BigInteger, nullable=False),
        sa.Column("organization_id", sa.Text),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("happened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("times", sa.BigInteger, nullable=False),
        sa.CheckConstraint("first_place < end_place", name=f"{DELIVERY}_places_check"),
    )
    for statement in (IS_PUBLIC, PUBLISH):
        op.execute(statement)
    for table, (events, ids) in WATCHED.items():
        for event in events.split():
            _watch(table, event, ids)
    op.execute(
        "SELECT satudatapmi_publish(ARRAY(SELECT id FROM package ORDER BY metadata_modified, id))",
    )


def _watch(table: str, event: str, ids: str) -> None:
    name = f"satudatapmi_publish_{table.removeprefix('satudatapmi_')}_{event.lower()}"
    seen = {
        "INSERT": "NEW TABLE AS changed",
        "UPDATE": "NEW TABLE AS changed OLD TABLE AS former",
        "DELETE": "OLD TABLE AS changed",
    }[event]
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"PERFORM satudatapmi_publish(ARRAY({ids})); RETURN NULL; END $$"
    )
    op.execute(
        f'CREATE TRIGGER {name} AFTER {event} ON "{table}" REFERENCING {seen} '
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def downgrade() -> None:
    """Drop them; which datasets went is lost, and harvesters of the change feed have to begin anew."""
    for table, (events, _ids) in WATCHED.items():
        for event in events.split():
            name = f"satudatapmi_publish_{table.removeprefix('satudatapmi_')}_{event.lower()}"
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    op.execute("DROP FUNCTION satudatapmi_publish(text[])")
    op.execute("DROP FUNCTION satudatapmi_is_public(package)")
    for name in (DELIVERY, VERSION, FRAGMENT, PUBLICATION):
        op.drop_table(name)
    op.execute(f"DROP SEQUENCE {PUBLICATION}_seq")
