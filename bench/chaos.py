"""What is lost, what comes twice and who knew, while the daemon is treated badly under load.

    python bench/chaos.py [--rows kills,deleted] [--kills 200] [--minutes 25] [--stop 180] [--seed 1] [--keep DIR]

Feeds on loopback bring articles that all match a watch; a webhook and a mail server, spoken natively, and a server
that Apprise speaks to (gotify) take the alerts, refusing one in five, cutting one in twenty. In the end the daemon may
finish in peace. Each row prints lost, repeated, marked and counted, and its verdict:

| row | what happens | what is promised |
|---|---|---|
| kills | kill -9 of the daemon, again and again | nothing lost, each repeat marked and counted |
| children | kill -9 of its parser and sender processes | the same, and the daemon goes on |
| stopped | SIGSTOP, longer than a lease, and SIGCONT | the same |
| full | a disk without room, which gets room again | the same, and it says so |
| deleted | the database is deleted under it | in 45 s it says so and ends, to be restarted; then it works |
| replaced | an older copy is written over the open file | the same, and each repeat is marked |
| restored | an older copy is put in place between two runs | nothing lost, each repeat marked |
| twice | two daemons on one database | nothing lost, each repeat marked and counted |

Exit status 1 where a promise is broken; a row that cannot be played here says why and counts for nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.chaos_account import Verdict
from bench.chaos_rows import ROWS, Given, Skipped, small_disk
from bench.chaos_stage import Stage


def main() -> int:
    """Play the rows and judge them."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reader.add_argument("--rows", type=lambda text: text.split(","), default=list(ROWS), help=", ".join(ROWS))
    reader.add_argument("--kills", type=int, default=200)
    reader.add_argument("--minutes", type=float, default=25.0, help="for all kills of daemons")
    reader.add_argument("--stop", type=float, default=180.0, help="seconds of a SIGSTOP")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--keep", type=Path, help="a new folder for what each row leaves, to be looked into")
    asked = reader.parse_args()
    if unknown := [name for name in asked.rows if name not in ROWS]:
        reader.error(f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
    given = Given(asked.kills, asked.minutes, asked.stop)
    results = {name: played(name, given, random.Random(f"{asked.seed} {name}"), asked.keep) for name in asked.rows}
    print("\n".join(f"{name:9} {result}" for name, result in results.items()))
    return int(any(result.startswith("BROKEN") for result in results.values()))


def played(name: str, given: Given, chance: random.Random, keep: Path | None) -> str:
    """One row; its verdict in words."""
    start = time.monotonic()
    print(f"== {name}: {(ROWS[name].__doc__ or '').strip()}", flush=True)
    if keep:
        (keep / name).mkdir(parents=True)
    with nullcontext(keep / name) if keep else tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        try:
            with small_disk(folder) if name == "full" else nullcontext(folder) as place:
                stage = Stage(chance, folder, place)
                with stage.open():
                    verdict = ROWS[name](stage, given)
                articles = stage.count - stage.first
        except Skipped as why:
            return f"skipped: {why}"
    show(verdict, articles, time.monotonic() - start)
    return f"BROKEN: {'; '.join(verdict.faults)}" if verdict.faults else "kept"


def show(verdict: Verdict, articles: int, seconds: float) -> None:
    """The figures of a row."""
    print(f"{articles} articles, {len(verdict.tallies)} channels, {seconds:.0f} s")
    for name, one in verdict.tallies.items():
        print(
            f"  {name:8} lost {one.lost}, repeated {one.repeated}, marked {one.marked}, "
            f"told of the baseline {one.early}, cut short {one.cut}"
        )
    counted = "of another life" if verdict.counted is None else verdict.counted
    print(f"  the daemon's own count of possible repeats: {counted}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
