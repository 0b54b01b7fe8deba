"""Runs geo/sql/migrations/0021_import_complete.sql."""

from geo.migrate import run_file

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0021_import_complete.sql")
