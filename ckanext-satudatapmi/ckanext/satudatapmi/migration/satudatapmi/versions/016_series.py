"""Which series a dataset may belong to, ready to be looked up: publication/series.py says what makes a series."""

from alembic import op

revision = "016"
down_revision = "015"
branch_labels = None
depends_on = None

# The series that a dataset names, else its title without its only year; as a part of an address, of limited length.
SERIES_KEY = r"""
CREATE FUNCTION satudatapmi_series_key(title text, extras jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    WITH named AS (SELECT CASE
            WHEN btrim(extras ->> 'in_series') <> '' THEN extras ->> 'in_series'
            WHEN title ~ '\m(19|20)\d\d\M' AND title !~ '\m(19|20)\d\d\M.*\m(19|20)\d\d\M'
                THEN regexp_replace(lower(title), '(\mtahun\s+)?\m(19|20)\d\d\M', ' ')
            END AS series),
        spelt AS (SELECT btrim(regexp_replace(lower(series), '[^a-z0-9]+', '-', 'g'), '-') AS slug FROM named)
    SELECT CASE WHEN length(slug) > 90 THEN left(slug, 80) || '-' || left(md5(slug), 8) ELSE nullif(slug, '') END
    FROM spelt
$$"""
KEY = "satudatapmi_series_key(title, extras)"


def upgrade() -> None:
    """Make the function and an index by it."""
    op.execute(SERIES_KEY)
    op.execute(f"CREATE INDEX satudatapmi_series_key_idx ON package (owner_org, {KEY}) WHERE {KEY} IS NOT NULL")


def downgrade() -> None:
    """Drop both."""
    op.execute("DROP INDEX IF EXISTS satudatapmi_series_key_idx")
    op.execute("DROP FUNCTION IF EXISTS satudatapmi_series_key(text, jsonb)")
