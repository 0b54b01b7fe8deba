"""Runs geo/sql/migrations/0012_account.sql."""

from geo.migrate import run_file

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0012_account.sql")
