"""An import taken back as a whole: what it made goes, what it changed is as before, unless something depends on it."""

from dataclasses import dataclass

from geo import audit, link
from geo import progress as progress_sums
from geo.database import Connection, Database, rows, statement, the
from geo.errors import NotFound, ShanheError
from geo.ingest.load import LOCK
from geo.text import Text

SHOWN = 5

_KINDS: dict[str, Text] = {
    "state": Text(zh="要素 {code} 后来被修改（{told}）", en="feature {code} was changed later ({told})"),
    "milestone": Text(zh="要素 {code} 后来另有进度（{told}）", en="feature {code} has later progress ({told})"),
    "allocation": Text(zh="要素 {code} 已分摊资金（{told}）", en="money was allocated to feature {code} ({told})"),
    "link": Text(zh="要素 {code} 已手工关联项目 {told}", en="feature {code} was linked by hand to activity {told}"),
    "attachment": Text(zh="要素 {code} 已有附件（{told}）", en="feature {code} has an attachment ({told})"),
    "document": Text(zh="要素 {code} 已有文件《{told}》", en="feature {code} has the document “{told}”"),
    "report": Text(zh="要素 {code} 有 {told} 的现场上报", en="feature {code} was reported on by {told}"),
    "private": Text(
        zh="要素 {code} 的个人信息后来被修改（{told}）", en="the personal data of feature {code} changed later ({told})"
    ),
}
_MORE = Text(zh="等共 {count} 项", en="{count} in all")


class NotUndone(ShanheError):
    """An import cannot be undone: something depends on it, or it was undone already, or it made no features."""

    code = "not_undone"
    sentence = Text(zh="导入 {number} 不能撤销：{reason}", en="Import {number} cannot be undone: {reason}")


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was taken back: features removed and restored, milestones revoked and restored."""

    import_id: int
    layer: str
    file: str
    removed: int
    restored: int
    milestones_revoked: int
    milestones_restored: int


def undo(database: Database, import_id: int, *, by: str) -> UndoReport:
    """Take back an import under the lock of its layer, in one transaction.

    Features it made are marked as removed and keep their history; those it changed get their earlier state back as a
    new version. Raises :class:`NotFound` and :class:`NotUndone`, whose sentence names what depends on the import.
    """
    with database.owner() as connection:
        layer, file = _held(connection, import_id)
        audit.by(connection, by, within=import_id)
        told = {
            "id": import_id,
            "layer": layer,
            "by": by,
            "reason": f"撤销导入 {import_id} / import {import_id} undone",
        }

        def run(name: str) -> int:
            return connection.execute(statement(name), told).rowcount

        connection.execute(statement("undo_create"))
        run("undo_touch")
        connection.execute("ANALYZE undone")
        _refuse_dependent(connection, import_id)
        report = UndoReport(
            import_id=import_id,
            layer=layer,
            file=file,
            milestones_revoked=run("undo_milestone_revoke"),
            milestones_restored=run("undo_milestone_restore"),
            removed=run("undo_feature_remove"),
            restored=run("undo_feature_restore"),
        )
        run("undo_private_remove")
        run("undo_private_restore")
        link.apply(connection, layer=layer)
        run("undo_complete")
        run("undo_finish")
        connection.execute("SELECT progress_fold()")
    progress_sums.tidy(database)
    return report


def _held(connection: Connection, import_id: int) -> tuple[str, str]:
    """Layer and file of an import that may be undone; its layer is locked against other imports."""
    layer, file = _named(connection, import_id)
    if layer is None:
        reason = Text(zh="它没有导入要素", en="it did not import features")
        raise NotUndone(number=import_id, reason=reason)
    connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, layer])
    if not the(connection, "undo_open", bool, id=import_id):
        raise NotUndone(number=import_id, reason=Text(zh="它已撤销", en="it was undone already"))
    return layer, file


def _named(connection: Connection, import_id: int) -> tuple[str | None, str]:
    found = rows(connection, "undo_import", id=import_id)
    if not found:
        raise NotFound(noun=Text(zh="导入", en="import"), key=import_id)
    return found[0]["layer"], found[0]["file"]


def _refuse_dependent(connection: Connection, import_id: int) -> None:
    depending = rows(connection, "undo_depends", id=import_id, limit=SHOWN)
    if not depending:
        return
    said = [_KINDS[each["kind"]].format(code=each["code"], told=each["told"]) for each in depending]
    if depending[0]["whole"] > len(said):
        said.append(_MORE.format(count=depending[0]["whole"]))
    reason = Text(zh="；".join(text.zh for text in said), en="; ".join(text.en for text in said))
    raise NotUndone(number=import_id, reason=reason)
