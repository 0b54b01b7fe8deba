"""``python -m benchmarks [import|money|progress|start] [--rows N]``: run them and print Markdown tables."""

import argparse

from benchmarks import importing, money, progress, starting
from benchmarks.bench import machine

parser = argparse.ArgumentParser(prog="benchmarks")
parser.add_argument(
    "which", nargs="*", default=["start", "import", "progress", "money"], help="start, import, progress, money"
)
parser.add_argument("--rows", type=int, default=1_000_000, help="polygons that are imported and counted")
parser.add_argument("--repeat", type=int, default=3, help="how often each is measured; the median is shown")
chosen = parser.parse_args()

print(machine())
for which in chosen.which:
    run = {"import": importing.run, "progress": progress.run, "money": money.run, "start": starting.run}[which]
    print(f"\n{run(chosen.rows, chosen.repeat)}", flush=True)
