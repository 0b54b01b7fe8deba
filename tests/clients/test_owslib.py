"""owslib at the standards door: it creates, reads, updates and deletes, and is told when it comes too late."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from test_real_page import serving

from geo.collection import collections
from geo.database import Database

PYTHON = Path(sys.prefix) / "clients" / "bin" / "python"


def test_owslib_creates_reads_updates_and_deletes(fresh: Any) -> None:
    database: Database = fresh("placed")
    with serving(database) as address:
        program = Path(__file__).with_name("owslib_edits.py")
        done = subprocess.run(
            [PYTHON, program, f"{address}/ogc", "hazard_point"],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["collections"] == list(collections())
    assert "threatened_people" in seen["queryables"]
    assert seen["read"] == [{"type": "Point", "coordinates": [103.25, 29.2]}, "甲"]
    assert [seen[each] for each in ("before", "created", "stale", "updated", "after")] == [
        0, True, "feature_changed", "乙", 0,
    ]  # fmt: skip
