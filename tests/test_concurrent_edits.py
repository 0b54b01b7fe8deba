"""Eight people who change the same feature at the same moment: one change is taken, seven people are told."""

import asyncio
import json
from collections import Counter
from typing import Any

import psycopg
from conftest import awaited
from people import header
from whole import times
from wire import Asked, ask

from api.app import create_app
from geo.database import Database
from geo.settings import Settings

ROUNDS, FEATURES, WRITERS = times(1_000), 20, 8
ITEMS = "/ogc/collections/hazard_point/items"


def edited(placed: Database, rounds: int, *, careful: bool) -> tuple[Counter[tuple[int, ...]], int]:
    """How often a round was answered how, and how many changes that were taken are in no version.

    Everybody reads a feature, then sends it back with a name of their own; ``careful`` with the ETag that was read,
    else with ``*``, which stands for any version.
    """
    with psycopg.connect(placed.dsn) as connection:
        made = connection.execute(
            "INSERT INTO feature (layer, code, org_unit, geom) SELECT 'hazard_point', n, '511132100',"
            " st_setsrid(st_makepoint(103.26, 29.23), 4490) FROM generate_series(1, %s) AS n RETURNING id::text",
            [FEATURES],
        ).fetchall()
    headers = header(placed, "clerk", (("officer", None),)) | {"content-type": "application/geo+json"}
    answered: Counter[tuple[int, ...]] = Counter()
    lost = 0

    async def meet(app: Any, identity: str) -> None:
        nonlocal lost
        for turn in range(rounds // FEATURES):
            read = await ask(app, Asked("GET", f"{ITEMS}/{identity}", headers))
            body, tag = json.loads(read.content), read.headers["etag"] if careful else "*"
            sent: list[Asked] = []
            for writer in range(WRITERS):
                body["properties"]["name"] = f"{turn} {writer}"
                there = {**headers, "if-match": tag}
                sent.append(Asked("PUT", f"{ITEMS}/{identity}", there, json.dumps(body).encode(), writer))
            found = await asyncio.gather(*(ask(app, each) for each in sent))
            answered[tuple(sorted(each.status for each in found))] += 1
            taken = [f"{turn} {each.asked.tag}" for each in found if each.status == 200]
            now = json.loads((await ask(app, Asked("GET", f"{ITEMS}/{identity}", headers))).content)
            lost += len([name for name in taken if name != now["properties"]["name"]])

    async def run() -> None:
        with Database(Settings(database=placed.dsn)) as database:  # pyright: ignore[reportCallIssue]
            app = create_app(database)
            await asyncio.gather(*(meet(app, identity) for (identity,) in made))

    awaited(run())
    return answered, lost


def test_of_eight_changes_at_once_one_is_taken_and_nobodys_is_lost_silently(placed: Database) -> None:
    answered, lost = edited(placed, ROUNDS, careful=True)
    assert answered == {(200, *[412] * (WRITERS - 1)): ROUNDS}
    assert lost == 0
    with psycopg.connect(placed.dsn) as connection:
        versions = connection.execute("SELECT version, count(*) FROM feature GROUP BY 1").fetchall()
    assert versions == [(1 + ROUNDS // FEATURES, FEATURES)]


def test_changes_that_do_not_say_what_they_are_of_would_be_seen_to_be_lost(placed: Database) -> None:
    """The control: the same people, who write over whatever there is."""
    answered, lost = edited(placed, FEATURES, careful=False)
    assert answered == {tuple([200] * WRITERS): FEATURES}
    assert lost == FEATURES * (WRITERS - 1)
