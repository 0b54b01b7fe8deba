"""Runs geo/sql/migrations/0005_money.sql."""

from geo.migrate import run_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0005_money.sql")
