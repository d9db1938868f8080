"""Runs the migrations on the application's database; called by ``changdan db``."""

from alembic import context
from flask import current_app

from marketplace.shared.database import Base, Document, ExactDecimal, UtcDateTime


def render_item(kind, item, autogen):
    """Write our column types as the plain ones beneath, so that old migrations never depend on our code."""
    if kind == "type":
        if isinstance(item, ExactDecimal):
            return 'sa.Text().with_variant(sa.Numeric(), "postgresql")'
        if isinstance(item, UtcDateTime):
            return "sa.DateTime(timezone=True)"
        if item is Document:
            autogen.imports.add("from sqlalchemy.dialects import postgresql")
            return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def compare_type(_context, _inspected_column, _metadata_column, inspected_type, metadata_type):
    """Our decimals stand as NUMERIC or TEXT: not a change of the model."""
    if isinstance(metadata_type, ExactDecimal):
        return False
    return None


def include_object(_object, name, kind, _reflected, _compared):
    """The task engine keeps its own tables."""
    return not (kind == "table" and name.startswith("procrastinate_"))


def run(connection):
    """Migrate on a connection, in its transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=compare_type,
        include_object=include_object,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")  # by whoever migrates as a part of more
if given is not None:
    run(given)
else:
    with current_app.extensions["migrate"].db.engine.connect() as own:
        run(own)
        own.commit()
