"""Runs geo/sql/migrations/0003_people.sql."""

from geo.migrate import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0003_people.sql")
