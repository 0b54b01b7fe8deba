"""Runs geo/sql/migrations/0001_base.sql."""

from geo.migrate import run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0001_base.sql")
