"""Roles and what each may do; the database enforces it (sql/views/70_viewer.sql and 75_policy.sql)."""

from dataclasses import dataclass
from enum import StrEnum

from geo.text import Text


class Verb(StrEnum):
    """What may be done with the records of a layer in a place; each is granted by itself."""

    VIEW = "view"
    DOWNLOAD = "download"
    EDIT = "edit"
    APPROVE = "approve"
    PERSONAL = "personal"
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its name for people, and its verbs."""

    code: str
    label: Text
    verbs: frozenset[Verb]


ROLES = {
    role.code: role
    for role in (
        Role(
            "officer",
            Text(zh="外业人员", en="Field officer"),
            frozenset({Verb.VIEW, Verb.DOWNLOAD, Verb.EDIT, Verb.PERSONAL}),
        ),
        Role(
            "manager",
            Text(zh="管理人员", en="Manager"),
            frozenset({Verb.VIEW, Verb.DOWNLOAD, Verb.APPROVE}),
        ),
        Role("planner", Text(zh="规划人员", en="Planner"), frozenset({Verb.VIEW, Verb.DOWNLOAD})),
        Role("administrator", Text(zh="系统管理员", en="Administrator"), frozenset({Verb.VIEW, Verb.ADMINISTER})),
    )
}
