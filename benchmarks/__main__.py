"""``python -m benchmarks [import|item|money|overlay|page|progress|right|start|tile]``: run them and print tables."""

import argparse

from benchmarks import importing, item, money, overlay, page, progress, right, starting, tile
from benchmarks.bench import machine

parser = argparse.ArgumentParser(prog="benchmarks")
parser.add_argument(
    "which",
    nargs="*",
    default=["start", "import", "progress", "money", "tile", "item", "right", "overlay", "page"],
    help="start, import, progress, money, tile, item, right, overlay, page",
)
parser.add_argument("--rows", type=int, default=1_000_000, help="polygons that are imported and counted")
parser.add_argument("--repeat", type=int, default=3, help="how often each is measured; the median is shown")
chosen = parser.parse_args()

print(machine())
for which in chosen.which:
    runs = {
        "import": importing, "progress": progress, "money": money, "start": starting, "tile": tile, "item": item,
        "right": right, "overlay": overlay, "page": page,
    }  # fmt: skip
    run = runs[which].run
    print(f"\n{run(chosen.rows, chosen.repeat)}", flush=True)
