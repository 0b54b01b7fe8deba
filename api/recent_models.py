"""The form of changes in a township, for the description of the API."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class ChangeEvent(BaseModel):
    """Something recorded of a feature: a version that began, or a milestone; ``note`` is why."""

    at: datetime
    by: str
    kind: Literal["listed", "changed", "deleted", "reached", "pending", "returned", "revoked"]
    version: int | None
    milestone: str | None
    reached_on: date | None
    note: str | None


class ChangedFeature(BaseModel):
    """A feature with what was recorded of it, newest first."""

    id: UUID
    layer: str
    code: str
    name: str | None
    deleted: bool
    events: list[ChangeEvent]


class Changes(BaseModel):
    """Features that changed since a moment, those that changed last first; ``number_matched`` is all of them."""

    since: datetime
    number_matched: int
    features: list[ChangedFeature]
