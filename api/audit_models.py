"""The JSON of the audit trail as models."""

from datetime import datetime
from typing import Any

from api.models import Model


class Event(Model):
    """谁做了什么 / who did what; ``old`` and ``new`` hold only what changed."""

    id: int
    happened_at: datetime
    actor: str
    action: str
    subject: dict[str, Any]
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    sealed: bool


class Events(Model):
    """审计记录 / a page of events; ``before`` leads to the next one."""

    events: list[Event]
    before: int | None


class SealHead(Model):
    """封存头 / the last batch: how many events are sealed up to it, and its hash."""

    database: str
    batch: int
    events: int
    hash: str
    sealed_at: datetime | None
