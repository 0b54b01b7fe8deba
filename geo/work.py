"""The worker: takes jobs from the queue in the database, one at a time, and takes up what a dead worker left."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from uuid import UUID

import procrastinate
import procrastinate.exceptions

from geo import import_job, overlay_job, parcel_batch_source
from geo.database import Connection, Database

QUEUE = "import"
TASK = "import_job"
OVERLAY = "overlay_job"
HEARTBEAT = 2.0
"""Seconds between two signs of life of a worker."""

DEAD = 8.0
"""Seconds without one after which its jobs are begun anew."""


def defer(connection: Connection, job: UUID) -> None:
    """Put an import into the queue when the transaction of ``connection`` is committed."""
    _defer(connection, TASK, job)


def defer_overlay(connection: Connection, job: UUID) -> None:
    """Put an overlay into the queue when the transaction of ``connection`` is committed."""
    _defer(connection, OVERLAY, job)


def _defer(connection: Connection, task: str, job: UUID) -> None:
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
    app.configure_task(task, queue=QUEUE, connection=connection).defer(job=str(job))


def work(database: Database, *, ready: Callable[[], None] = lambda: None, once: bool = False) -> None:
    """Work until SIGINT or SIGTERM, until the process that started this one is gone, or, ``once``, the queue is empty.

    A job that runs when a signal comes is rolled back and waits for the next worker.
    """
    import_job.forget_old(database)
    overlay_job.forget_old(database)
    parcel_batch_source.forget_old(database.settings)
    ending = Event()
    connector = procrastinate.PsycopgConnector(conninfo=database.dsn, min_size=1, max_size=4)
    app = procrastinate.App(connector=connector)
    interrupted = procrastinate.RetryStrategy(max_attempts=1_000, wait=0, retry_exceptions={import_job.Interrupted})

    @app.task(name=TASK, queue=QUEUE, retry=interrupted)
    def run(job: str) -> None:
        import_job.run(database, UUID(job), ending)

    @app.task(name=OVERLAY, queue=QUEUE, retry=interrupted)
    def run_overlay(job: str) -> None:
        overlay_job.run(database, UUID(job), ending)

    asyncio.run(_work(app, ending, ready, once=once))


async def _work(app: procrastinate.App, ending: Event, ready: Callable[[], None], *, once: bool) -> None:
    async with app.open_async():
        if once:
            await _rescue(app)
        working = asyncio.ensure_future(
            app.run_worker_async(
                queues=[QUEUE],
                concurrency=1,
                wait=not once,
                delete_jobs="successful",
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=DEAD,
            )
        )

        def end() -> None:
            if not ending.is_set():  # a second signal would break off the giving up of a question
                ending.set()
                logging.getLogger("psycopg").setLevel(logging.ERROR)  # what is broken off now is no news
                working.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, end)
        ready()
        watching = asyncio.ensure_future(_watch(app, end))
        with suppress(asyncio.CancelledError):
            await working
        watching.cancel()


async def _watch(app: procrastinate.App, end: Callable[[], None]) -> None:
    parent = os.getppid()
    while True:
        if os.getppid() != parent:
            end()
        with suppress(procrastinate.exceptions.ConnectorException):  # the worker itself ends where that lasts
            await _rescue(app)
        await asyncio.sleep(HEARTBEAT)


async def _rescue(app: procrastinate.App) -> None:
    """Begin anew what a worker had taken that shows no sign of life."""
    for job in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=DEAD):
        await app.job_manager.retry_job(job)
