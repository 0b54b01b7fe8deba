"""Runs geo/sql/migrations/0010_idempotency.sql."""

from geo.migrate import run_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0010_idempotency.sql")
