"""Runs geo/sql/migrations/0007_procrastinate.sql."""

from geo.migrate import run_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0007_procrastinate.sql")
