"""Runs geo/sql/migrations/0004_claims.sql."""

from geo.migrate import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0004_claims.sql")
