"""The JSON of imports as models: jobs, reports, the history, saved mappings."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from api.models import Bilingual, Model


class ImportProblem(Model):
    """导入问题 / what was wrong with a row."""

    row: int
    column: str
    code: str
    severity: Literal["error", "warning", "info"]
    text: Bilingual


class HeadingMatch(Model):
    """列的对应 / what a heading was taken for; a likeness is only proposed."""

    heading: str
    target: str | None
    how: Literal["alias", "saved", "chosen", "likeness", "none"]


class ImportReport(Model):
    """导入报告 / what an import did; of the problems the first hundred."""

    table: str | None
    crs: str | None
    encoding: str | None
    rows: int | None
    new: int | None
    changed: int | None
    unchanged: int | None
    refused: int | None
    notes: list[Bilingual]
    mapping: list[HeadingMatch]
    fields: dict[str, int]
    counts: dict[str, int]
    problems: list[ImportProblem]


class JobProblem(ImportProblem):
    """导入问题及原值 / what was wrong with a row, with the value as written; personal ones are masked."""

    value: str
    reason: str


class JobChange(Model):
    """一处变更 / one field of one feature, old and new."""

    row: int
    code: str
    field: str
    old: str | None
    new: str | None


class JobReport(Model):
    """检查或入库结果 / what was found or done; of problems the first 500, of changes and new codes the first 200."""

    file: str
    table: str
    layer: str
    crs: str
    encoding: str
    rows: int
    new: int
    changed: int
    unchanged: int
    refused: int
    applied: bool
    import_id: int | None
    picture: str
    notes: list[Bilingual]
    mapping: list[HeadingMatch]
    saved_mapping: str | None
    personal: list[str]
    fields: dict[str, int]
    counts: dict[str, int]
    changes: list[JobChange]
    new_codes: list[str]
    problems: list[JobProblem]


class JobFailure(Model):
    """失败原因 / why a file could not be taken."""

    code: str
    text: Bilingual


class ImportJob(Model):
    """导入任务 / a file on its way: ``done`` of ``whole`` rows; ``ahead`` jobs wait before it."""

    id: UUID
    layer: str
    state: Literal["sent", "waiting", "running", "checked", "applied", "refused", "failed", "cancelled"]
    action: Literal["check", "apply"] | None
    choice: dict[str, Any]
    done: int
    whole: int
    tables: list[str] | None
    report: JobReport | None
    problem: JobFailure | None
    created_at: datetime
    created_by: str
    ahead: int


class JobBegun(Model):
    """任务编号 / the number of a job."""

    id: UUID


class Import(Model):
    """一次导入 / one import."""

    id: int
    layer: str | None
    file: str
    sha256: str
    illustrative: bool
    imported_at: datetime
    imported_by: str
    undone_at: datetime | None
    undone_by: str | None
    report: ImportReport


class Imports(Model):
    """导入记录 / imports, newest first."""

    imports: list[Import]
    next: str | None


class Undone(Model):
    """撤销的导入 / what was taken back of an import."""

    import_id: int
    layer: str
    file: str
    removed: int
    restored: int
    milestones_revoked: int
    milestones_restored: int


class SavedMapping(Model):
    """列映射 / what headings mean, kept under a name: heading to target, empty for a column that is left out."""

    name: str
    mapping: dict[str, str]


class SavedMappings(Model):
    """图层的列映射 / the mappings of a layer, newest first."""

    mappings: list[SavedMapping]
