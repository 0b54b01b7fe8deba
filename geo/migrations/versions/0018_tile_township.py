"""Runs geo/sql/migrations/0018_tile_township.sql."""

from geo.migrate import run_file

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0018_tile_township.sql")
