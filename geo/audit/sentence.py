"""An event to a sentence that a person understands, and to what each field was and became."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from geo.audit.event import Event
from geo.audit.word import FIELDS, NOUNS, PLAIN, SAID, STANDING, VALUES, VERBS
from geo.layer import Layer, label_of
from geo.layers import layers
from geo.right import ROLES
from geo.settings import settings
from geo.text import Text

_ROWS = Text(zh="{count} 条", en="{count} of them")
_IMPORT = Text(zh="（导入 {number}）", en="(import {number})")
_OF_LAYER = Text(zh="（{layer}）", en="({layer})")
_KEPT = frozenset({
    "recorded_at", "recorded_by", "granted_at", "granted_by", "created_at", "revoked_by", "undone_by", "imported_by",
    "imported_at", "saved_at", "saved_by", "source_row", "place", "sha256", "id", "feature", "layer", "account",
    "deleted_at", "revoked_at", "withdrawn_at", "disabled_at", "undone_at", "password_changed_at", "geometry",
    "version", "judged_at", "judged_by", "issued_at", "issued_by", "made_at", "made_by",
    "withdrawn_by",
})  # fmt: skip
"""Columns about the change itself, which the sentence says, or that say nothing to people."""
_CODES = ("account", "activity", "code", "document", "claim", "number", "title", "voucher", "name", "file",
          "fund_source", "year", "org_unit", "format", "address", "extract")  # fmt: skip
_BESIDE = frozenset({"reason", "columns", "records", "as_of", "status", "milestone", "text", "bounds", "filtered"})
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Change:
    """A field with what it was and became, as text; None where there was nothing or is nothing."""

    label: Text
    old: str | None
    new: str | None


def sentence(event: Event) -> Text:
    """Who did what to what."""
    noun, _, verb = event.action.partition(".")
    what = _about(event, noun)
    if event.action in SAID:
        said = SAID[event.action]
    elif noun in NOUNS and verb in VERBS:
        called = NOUNS[noun]
        said = STANDING.get(_standing(event), VERBS[verb]).format(noun=called, who="{who}", what="{what}")
    else:
        said = PLAIN.format(action=event.action, who="{who}", what="{what}")
    told = said.format(who=event.actor, what=what)
    return Text(zh=" ".join(told.zh.split()), en=" ".join(told.en.split()))


def changes(event: Event) -> list[Change]:
    """What each field was and became, without what is only kept about the change itself.

    Of what is no change of a record, such as a file that was taken away, it is what is said beside the sentence.
    """
    old, new = _flat(event.old), _flat(event.new)
    if event.old is None and event.new is None:
        new = {name: value for name, value in event.subject.items() if name in _BESIDE}
    layer = layers().get(str(event.subject.get("layer")))
    names = [name for name in {**old, **new} if name not in _KEPT and (name != "state" or not _standing(event))]
    return [Change(_label(name, layer), _shown(name, old.get(name)), _shown(name, new.get(name))) for name in names]


def _standing(event: Event) -> str:
    """How a milestone stands that was recorded to wait or was judged; empty for all else."""
    state = str((event.new or {}).get("state", "")) if event.action.startswith("milestone.") else ""
    return state if state != "approved" or event.action == "milestone.update" else ""


def _about(event: Event, noun: str) -> Text:
    """The record: its layer, its codes, how many there are."""
    subject = event.subject
    parts: list[Text] = []
    layer = layers().get(str(subject.get("layer")))
    if "rows" in subject:
        parts.append(_ROWS.format(count=subject["rows"]))
    if noun == "role" and subject.get("role") in ROLES:
        parts.append(ROLES[subject["role"]].label)
    codes = dict.fromkeys(str(subject[name]) for name in _CODES if subject.get(name) not in (None, event.actor))
    if not codes and "id" in subject:
        codes[str(subject["id"])] = None
    parts.extend(Text(zh=each, en=each) for each in codes if each.strip())
    if layer is not None and "milestone" in subject:
        found = {each.code: each.label for each in layer.milestones}
        parts.append(found.get(subject["milestone"], Text(zh=subject["milestone"], en=subject["milestone"])))
    if layer is not None:
        parts.append(_OF_LAYER.format(layer=layer.label) if parts else layer.label)
    if "import" in subject and noun != "import":
        parts.append(_IMPORT.format(number=subject["import"]))
    zh, en = " ".join(part.zh for part in parts).replace(" （", "（"), " ".join(part.en for part in parts)
    return Text(zh=zh or "\u200b", en=en or "\u200b")


def _flat(state: dict[str, Any] | None) -> dict[str, Any]:
    """Attributes beside the other columns."""
    told = dict(state or {})
    inner = told.pop("attributes", None)
    return told | inner if isinstance(inner, dict) else told


def _label(name: str, layer: Layer | None) -> Text:
    if name in FIELDS:
        return FIELDS[name]
    if layer is not None and name in layer.columns:
        return label_of(layer.columns[name])
    return Text(zh=name, en=name)


def _shown(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if name.endswith("_at") and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(ZoneInfo(settings().timezone)).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return VALUES[value]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
