"""The Alembic migrations; linked into the package, so that an installed wheel has them too."""
