"""Runs geo/sql/migrations/0013_audit.sql."""

from geo.migrate import run_file

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0013_audit.sql")
