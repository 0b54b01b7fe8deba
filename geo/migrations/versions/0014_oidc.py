"""Runs geo/sql/migrations/0014_oidc.sql."""

from geo.migrate import run_file

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_file("0014_oidc.sql")
