"""Runs geo/sql/migrations/0016_parcel.sql."""

from geo.migrate import run_file

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0016_parcel.sql")
