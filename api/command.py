"""What commands have in common: the options, the opened database, sentences on the terminal."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.errors import ShanheError
from geo.text import Language, Text

if TYPE_CHECKING:
    from datetime import date

    from geo.database import Database

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]
AsOf = Annotated[
    str, typer.Option("--as-of", metavar="YYYY-MM-DD", help="截至日期，默认今天 / day of all figures, today by default")
]
Output = Annotated[Path, typer.Option("--output", "-o", help="写入的文件 / file to write")]


class Refused(ShanheError):
    """A command cannot do what was asked."""

    code = "refused"
    sentence = Text(zh="{reason}", en="{reason}")


@contextmanager
def opened() -> "Generator[Database]":
    """The database of the settings: running, upgraded, with the places of its county."""
    from geo.database import Database
    from geo.migrate import upgrade
    from geo.org_unit import settle
    from geo.settings import settings

    with Database(settings()) as database:
        database.actor = user()
        upgrade(database)
        with database.session() as connection:
            settle(connection, database.settings.county)
        yield database


def language() -> Language:
    """The language of the settings."""
    from geo.settings import settings

    return settings().language


def say(text: Text) -> None:
    """Print a sentence."""
    typer.echo(text.in_(language()))


def step(text: Text) -> None:
    """Say on standard error what is being done."""
    typer.echo(f"… {text.in_(language())}", err=True)


def user() -> str:
    """The name under which changes are recorded."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "import"


def day(written: str) -> "date":
    """A day as an option states it, today where it states none."""
    from datetime import date

    from geo.settings import today

    try:
        return date.fromisoformat(written) if written else today()
    except ValueError:
        raise typer.BadParameter("YYYY-MM-DD", param_hint="--as-of") from None


@contextmanager
def bar(label: Text) -> "Generator[Callable[[int, int], None]]":
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, whole: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(label.in_(language()), total=None)

        def progress(done: int, whole: int) -> None:
            shown.update(task, completed=done, total=whole if whole >= 0 else None)

        yield progress
