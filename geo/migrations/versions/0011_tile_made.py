"""Runs geo/sql/migrations/0011_tile_made.sql."""

from geo.migrate import run_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0011_tile_made.sql")
