"""The commands of the audit trail: who did what, and whether nobody changed what was noted."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.command import AsJson, language, opened, say
from geo.text import Text

audits = typer.Typer(help="审计记录 / the audit trail", rich_markup_mode=None, no_args_is_help=True)


@audits.command("list")
def list_(
    *,
    actor: Annotated[str, typer.Option("--actor", help="操作人 / who did it")] = "",
    action: Annotated[str, typer.Option("--action", help="操作，如 feature.update / what was done")] = "",
    code: Annotated[str, typer.Option("--code", help="记录的编号 / code of the record")] = "",
    since: Annotated[str, typer.Option("--since", metavar="YYYY-MM-DD", help="从这天起 / from this day on")] = "",
    until: Annotated[str, typer.Option("--until", metavar="YYYY-MM-DD", help="到这天止 / up to this day")] = "",
    limit: Annotated[int, typer.Option("--limit", help="最多几条 / how many at most", min=1, max=100_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """列出谁对哪条记录做了什么，新的在前 / who did what to which record, newest first."""
    from geo.audit.event import Wanted, day_of, page
    from geo.audit.sentence import changes, sentence

    wanted = Wanted(actor, action, code, day_of(since, "--since"), day_of(until, "--until"))
    with opened() as database, database.owner() as connection:
        found = page(connection, wanted, limit=limit)
    if as_json:
        typer.echo(json.dumps([each.told() for each in found.events], ensure_ascii=False))
        return
    for each in found.events:
        when = each.happened_at.astimezone().strftime("%Y-%m-%d %H:%M")
        typer.echo(f"{when}  {sentence(each).in_(language())}")
        for change in changes(each):
            label = change.label.in_(language())
            typer.echo(f"    {label}: {change.old or ''} → {change.new or ''}")
    if not found.events:
        say(Text(zh="没有这样的记录", en="Nothing like that was noted"))


@audits.command("seal")
def seal() -> None:
    """立即封存尚未封存的记录 / seal what is not sealed yet, at once."""
    from geo.audit.seal import seal as seal_all

    with opened() as database, database.owner() as connection:
        sealed = seal_all(connection)
    say(Text(zh="已封存 {count} 条", en="{count} events were sealed").format(count=sealed))


@audits.command("head")
def head(
    out: Annotated[Path | None, typer.Option("--out", "-o", help="同时写入文件 / write it to a file too")] = None,
) -> None:
    """封存并打印封存头，留存于别处 / seal, and print the head, to be kept elsewhere."""
    from geo.audit import seal as trail

    with opened() as database, database.owner() as connection:
        trail.seal(connection)
        told = json.dumps(trail.head(connection).told(), indent=2)
    if out is not None:
        out.write_text(f"{told}\n", "utf-8")
    typer.echo(told)


@audits.command("verify")
def verify(
    kept: Annotated[
        Path | None, typer.Option("--head", help="以前留存的封存头 / a head that was kept", exists=True, dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """重算全部记录；有改动时说明在哪里，退出码 1 / recompute the trail; exit status 1 where it was changed."""
    from geo.audit.verify import read_head
    from geo.audit.verify import verify as recompute

    with opened() as database:
        found = recompute(database, None if kept is None else read_head(kept))
    if as_json:
        faults = [each.both() for each in found.faults]
        told = {"head": found.head.told(), "waiting": found.head.waiting, "count": found.count, "faults": faults}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _tell(found.count, found.faults)
        whole = Text(
            zh="{events} 条已封存（{batch} 批），{waiting} 条待封存",
            en="{events} events are sealed in {batch} batches, {waiting} wait to be",
        )
        say(whole.format(events=found.head.events, batch=found.head.batch, waiting=found.head.waiting))
        if kept is None:
            say(
                Text(
                    zh="没有给出留存的封存头：末尾截去和整体重写无法发现",
                    en="Without a head that was kept, an end cut off or a trail rewritten as a whole is not found",
                )
            )
    if found.count:
        raise typer.Exit(1)


def _tell(count: int, faults: tuple[Text, ...]) -> None:
    for each in faults:
        typer.echo(f"✗ {each.in_(language())}", err=True)
    if count > len(faults):
        say(Text(zh="… 共 {count} 处", en="… {count} in all").format(count=count))
    if not count:
        say(Text(zh="记录完好", en="The trail is as it was written"))
