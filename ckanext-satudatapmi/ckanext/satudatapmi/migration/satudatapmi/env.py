"""Runs the migrations of this extension; its version is kept in a table of its own, as CKAN expects."""

from alembic import context
from sqlalchemy import engine_from_config, pool

SECTION = context.config.config_ini_section
engine = engine_from_config(context.config.get_section(SECTION) or {}, prefix="sqlalchemy.", poolclass=pool.NullPool)

with engine.connect() as connection:
    context.configure(connection=connection, version_table="satudatapmi_alembic_version")
    with context.begin_transaction():
        context.run_migrations()
