"""Runs geo/sql/migrations/0006_import.sql."""

from geo.migrate import run_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0006_import.sql")
