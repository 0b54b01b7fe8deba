"""The JSON of the documents of a feature as models, and the form in which one is sent."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from annotated_types import Ge, Le
from pydantic import BaseModel, Field

from api.deps import FIRST_DAY, LAST_DAY
from api.models import Model
from geo.feature_document import KINDS, LONGEST_NUMBER, LONGEST_REASON, LONGEST_TITLE, SHORTEST_REASON, Kind


class Document(Model):
    """一份文件 / a document; ``name`` is that of its file, told to whom it ``opens`` for; ``size`` in bytes."""

    id: UUID
    kind: Kind
    title: str
    number: str | None
    dated_on: date | None
    personal: bool
    opens: bool
    name: str | None
    media_type: str
    size: int
    sha256: str
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    reason: str | None


class Documents(Model):
    """要素的文件 / the documents of a feature, the last added first, with those that were withdrawn."""

    documents: list[Document]


class Added(Model):
    """文件编号 / the id of the document that is kept."""

    id: UUID


class NewDocument(BaseModel):
    """文件的说明 / what is said of a document that is sent, as the fields of a form."""

    kind: Kind
    title: Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE)]
    number: Annotated[str, Field(max_length=LONGEST_NUMBER)] = ""
    dated_on: Annotated[date, Ge(FIRST_DAY), Le(LAST_DAY)] | None = None
    personal: bool = True


class Withdrawal(Model):
    """撤回原因 / why it is withdrawn."""

    reason: Annotated[str, Field(min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]


FORM: dict[str, Any] = {
    "type": "object",
    "required": ["file", "kind", "title"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "kind": {"type": "string", "enum": list(KINDS)},
        "title": {"type": "string", "minLength": 1, "maxLength": LONGEST_TITLE},
        "number": {"type": "string", "maxLength": LONGEST_NUMBER},
        "dated_on": {"type": "string", "format": "date"},
        "personal": {"type": "boolean", "default": True},
    },
}
"""The form in which a document is sent."""
