"""What was recorded of the features of a township since a moment, by feature, newest first; as finished JSON."""

from datetime import datetime

from geo.database import Connection, the

FEATURES, EVENTS = 50, 12
"""What one answer holds: features, and events of each."""


def changes(connection: Connection, org_unit: str, *, since: datetime) -> str:
    """``{"since", "number_matched", "features": [{…, "events": […]}]}``; a deleted feature is told as such.

    An event is ``listed``, ``changed`` or ``deleted`` with the version that began, or a milestone that was ``reached``,
    ``pending``, ``returned`` or ``revoked`` with its day.
    """
    return the(
        connection, "recent_changes", str, org_unit=org_unit, since=since, limit=FEATURES, events=EVENTS
    )  # fmt: skip
