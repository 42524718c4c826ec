"""Steps from one schema version to the next, run by Alembic."""
