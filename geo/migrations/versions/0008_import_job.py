"""Runs geo/sql/migrations/0008_import_job.sql."""

from geo.migrate import run_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0008_import_job.sql")
