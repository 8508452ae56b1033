"""Coverage-guided fuzzing of everything that reads what strangers wrote (extra `fuzz`: atheris, on libFuzzer).

    python bench/fuzz.py feed [--seconds 60] [--finds FOLDER] [--corpus FOLDER]
    python bench/fuzz.py all --seconds 60

Our own modules are instrumented, the libraries below them are not. Each target states in code what must hold; where it
does not, or one input of 4 kB takes longer than a second, the input is saved under what went wrong and the run goes on.
Prints executions, coverage features and finds; exit status 1 where there was a find.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.targets import TARGETS

FUZZER = Path(__file__).with_name("fuzzer.py")
LONGEST = 4096  # bytes of one input
FIXED = ["-print_final_stats=1", "-rss_limit_mb=2048", "-timeout=30", f"-max_len={LONGEST}"]
ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"'})
# what a mutation alone would take long to find
WORDS = """
    <rss> <channel> <item> </item> <title> <link> <guid> <description> <pubDate> <author> <feed> <entry> <summary>
    <content> <![CDATA[ ]]> <!-- --> <!DOCTYPE> <?xml encoding= &amp; &lt; &#x41; &nbsp; xmlns=
    {"items":[ "id": "title": "content_html": "authors": "date_published": null <urlset> <url> <loc> <lastmod>
    <news:title> type="html" http:// https:// [2606:: xn-- %2F ?url= utm_source= HTTP/1.1 Content-Length:
    Transfer-Encoding: chunked gzip 2026-11-25T10:00:00Z GMT +0100 CET Mon, Nov <p> <br> <script> </script> <style> <a
""".split()  # noqa: SIM905 -- a list of words is read as words


def main() -> int:
    """Fuzz one target or all of them, each in a process of its own."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reader.add_argument("target", choices=[*TARGETS, "all"])
    reader.add_argument("--seconds", type=int, default=60)
    reader.add_argument("--finds", type=Path, default=Path(tempfile.gettempdir()) / "monitor-finds")
    reader.add_argument("--corpus", type=Path, help="where inputs that reach new code are kept between runs")
    asked = reader.parse_args()
    names = list(TARGETS) if asked.target == "all" else [asked.target]
    return int(sum(run(name, asked.seconds, asked.finds, asked.corpus) for name in names) > 0)


def run(name: str, seconds: int, finds: Path, corpus: Path | None) -> int:
    """Fuzz one target and print a line about it; how many finds there are."""
    folder = finds / name
    folder.mkdir(parents=True, exist_ok=True)
    before = set(folder.iterdir())
    with tempfile.TemporaryDirectory() as scratch:
        kept = corpus / name if corpus else Path(scratch)
        kept.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(TARGETS[name].seeds):
            (kept / f"seed{number}").write_bytes(seed[:LONGEST])
        words = Path(scratch) / "words"
        words.write_text("".join(f'"{word.translate(ESCAPED)}"\n' for word in WORDS))
        command = [sys.executable, str(FUZZER), name, str(folder), str(kept), *FIXED]
        options = [f"-max_total_time={seconds}", f"-dict={words}", f"-artifact_prefix={folder}/"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, errors="replace")
    said = done.stderr
    counted = re.search(r"number_of_executed_units: (\d+)", said)
    features = re.findall(r"cov: (\d+) ft: (\d+)", said)
    new = sorted(set(folder.iterdir()) - before)
    cover = f"coverage {features[-1][0]}, features {features[-1][1]}" if features else "no coverage"
    executions = int(counted[1]) if counted else 0
    print(f"{name:10} {executions:>9} executions in {seconds} s  {cover}  {len(new)} finds", flush=True)
    for find in new:
        print(f"           {find}")
    if not counted:
        print(said[-2000:])
    return len(new) + (not counted)


if __name__ == "__main__":
    sys.exit(main())
