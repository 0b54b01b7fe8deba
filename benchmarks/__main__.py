"""``python -m benchmarks``, with names of runs or without for all: run them and print their tables."""

import argparse

from benchmarks import county, importing, item, money, overlay, page, progress, right, starting, tile
from benchmarks.bench import machine

parser = argparse.ArgumentParser(prog="benchmarks")
parser.add_argument(
    "which",
    nargs="*",
    default=["start", "import", "progress", "money", "tile", "item", "right", "overlay", "page", "county"],
    help="start, import, progress, money, tile, item, right, overlay, page, county",
)
parser.add_argument("--rows", type=int, default=1_000_000, help="polygons that are imported and counted")
parser.add_argument("--repeat", type=int, default=3, help="how often each is measured; the median is shown")
chosen = parser.parse_args()

print(machine())
for which in chosen.which:
    runs = {
        "import": importing, "progress": progress, "money": money, "start": starting, "tile": tile, "item": item,
        "right": right, "overlay": overlay, "page": page, "county": county,
    }  # fmt: skip
    run = runs[which].run
    print(f"\n{run(chosen.rows, chosen.repeat)}", flush=True)
