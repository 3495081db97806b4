"""Records of datasets in ISO 19139, and what the catalogue service for maps may read of them.

What was written of a dataset that is hidden goes; whether one is public is looked up at the moment of each question.
The service logs in as `csw_read`, a role that sees the schema `satudatapmi_csw` alone and is made before this. The
functions are those of PostGIS that pycsw calls, for boxes written as WKT polygons.
"""

import sqlalchemy as sa
from alembic import op

revision = "015"
down_revision = "014"
branch_labels = None
depends_on = None

TABLE = "satudatapmi_iso_record"
PUBLICATION = "satudatapmi_publication"
SCHEMA = "satudatapmi_csw"
ROLE = "csw_read"
WRITTEN = (
    *("title", "abstract", "keywords", "format", "source", "date", "date_modified", "type", "wkt_geometry"),
    *("date_revision", "date_publication", "organization", "topicategory", "resourcelanguage", "geodescode"),
    *("time_begin", "time_end", "accessconstraints", "otherconstraints", "conditionapplyingtoaccessanduse"),
    *("lineage", "responsiblepartyrole", "publisher", "links", "language", "anytext", "xml"),
)
"""Columns of pycsw that a record fills."""
EMPTY = (
    *("keywordstype", "crs", "title_alternate", "date_creation", "securityconstraints", "parentidentifier"),
    *("denominator", "distancevalue", "distanceuom", "servicetype", "servicetypeversion", "operation"),
    *("couplingtype", "operateson", "operatesonidentifier", "operatesoname", "degree", "classification"),
    *("specificationtitle", "specificationdate", "specificationdatetype", "creator", "contributor", "relation"),
)
"""Columns that pycsw asks for all the same."""
FUNCTIONS = {
    "st_geomfromtext(text) RETURNS polygon": (
        r"SELECT regexp_replace(regexp_replace($1, '^POLYGON *\(\(|\)\)$', '', 'g'), "
        r"'([-0-9.eE+]+) +([-0-9.eE+]+)', '(\1,\2)', 'g')::polygon"
    ),
    "st_intersects(polygon, polygon) RETURNS boolean": "SELECT $1 && $2",
    "st_disjoint(polygon, polygon) RETURNS boolean": "SELECT NOT $1 && $2",
    "st_within(polygon, polygon) RETURNS boolean": "SELECT $1 <@ $2",
    "st_contains(polygon, polygon) RETURNS boolean": "SELECT $1 @> $2",
}
FORGET = f"""
CREATE FUNCTION {TABLE}_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN DELETE FROM {TABLE} WHERE package_id = NEW.package_id; RETURN NULL; END $$"""


def upgrade() -> None:
    """Make the table, and the schema with the view and the functions."""
    op.create_table(
        TABLE,
        sa.Column(
            "package_id", sa.Text, sa.ForeignKey(f"{PUBLICATION}.package_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("edition", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in WRITTEN),
    )
    op.execute(FORGET)
    op.execute(
        f"CREATE TRIGGER {TABLE}_forget AFTER UPDATE ON {PUBLICATION} FOR EACH ROW "
        f"WHEN (NOT NEW.is_public) EXECUTE FUNCTION {TABLE}_forget()"
    )
    constants = {
        "identifier": "record.package_id",
        "typename": "'gmd:MD_Metadata'",
        "schema": "'http://www.isotc211.org/2005/gmd'",
        "mdsource": "'local'",
        "insert_date": "record.date_modified",
    }
    columns = [f"{value} AS {name}" for name, value in constants.items()]
    columns += [f"record.{name}" for name in WRITTEN] + [f"NULL::text AS {name}" for name in EMPTY]
    op.execute(f"CREATE SCHEMA {SCHEMA}")
    op.execute(
        f"CREATE VIEW {SCHEMA}.records AS SELECT {', '.join(columns)} FROM {TABLE} record "
        f"JOIN {PUBLICATION} publication ON publication.package_id = record.package_id AND publication.is_public"
    )
    for signature, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {SCHEMA}.{signature} LANGUAGE sql IMMUTABLE STRICT AS $body$ {body} $body$")
    op.execute(
        f"DO $body$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN "
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {ROLE}; GRANT SELECT ON {SCHEMA}.records TO {ROLE}; END IF; END $body$"
    )


def downgrade() -> None:
    """Drop all of it: records are made anew from the datasets."""
    op.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
    op.execute(f"DROP FUNCTION {TABLE}_forget() CASCADE")
    op.drop_table(TABLE)
