"""What `monitor check` costs for a rules file of 1 MB, whatever stands in it.

    python bench/rulefiles.py [SHAPE…]

Each shape is read and its mistakes are rendered in a process of its own. Exit status 1 where one takes more than 10 s
of CPU, or 1 GiB of memory, or ends in anything but a reading or a sentence.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor.config.file_bounds import MAX_ENTRIES, MAX_FEEDS, MAX_VALUES
from monitor.config.load import load_rules
from monitor.config.toml.problems import render_problems
from monitor.config.toml.scanner import MAX_DEPTH
from monitor.core.errors import ConfigError

M = 1_000_000  # bytes of a file
SECONDS = 10.0
MEMORY = 1 << 20  # KiB
F = '[feeds]\nf = "https://f.example/x"\n'


def fill(make: Callable[[int], str], size: int = M, head: str = "") -> str:
    """Numbered pieces behind a head until there are enough."""
    out, length, number = [head], len(head), 0
    while length < size:
        out.append(make(number))
        length += len(out[-1])
        number += 1
    return "".join(out)


SHAPES: dict[str, Callable[[], str | bytes]] = {
    "watches at bound": lambda: F + "[watch]\n" + "".join(f'w{i}="t{i}"\n' for i in range(MAX_ENTRIES - 10)),
    "terms at bound": lambda: F + "[watch]\na=[" + "".join(f'"t{i}",' for i in range(MAX_VALUES - 10)) + "]\n",
    "tables at bound": lambda: (
        F + "".join(f'[watch.w{i}]\nany=["t{i}","u{i}"]\nhits="t{i}"\n' for i in range(MAX_VALUES // 5 - 9))
    ),
    "mistakes at bound": lambda: F + "[watch]\n" + "".join(f"w{i}=[1]\n" for i in range(MAX_ENTRIES - 9)),
    "feeds at bound": lambda: (
        F + "".join(f'f{i}={{url="https://a.b/{i}",evry="1h"}}\n' for i in range(MAX_FEEDS - 1)) + '[watch]\na="b"\n'
    ),
    "zones at bound": lambda: (
        F
        + "".join(f'f{i}={{url="https://a.b/{i}",timezone="Europ/B{i}"}}\n' for i in range(MAX_FEEDS - 1))
        + '[watch]\na="b"\n'
    ),
    "regexes at bound": lambda: F + "[watch.a]\nregex=[" + "".join(f"'x{i}y'," for i in range(MAX_VALUES - 10)) + "]\n",
    "deep lists": lambda: F + "[watch]\n" + fill(lambda i: f"a{i}=" + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "\n"),
    "too deep lists": lambda: F + "[watch]\n" + fill(lambda i: f"a{i}=" + "[" * (MAX_DEPTH + 1) + "\n"),
    "dotted keys": lambda: F + "[watch]\n" + fill(lambda i: f"a{i}" + ".b" * (MAX_DEPTH - 1) + "=1\n"),
    "expressions": lambda: F + fill(lambda i: f"[watch.w{i}]\nmatch='" + "(" * 50 + "a" + ")" * 50 + "'\n"),
    "NOT chains": lambda: F + fill(lambda i: f"[watch.w{i}]\nmatch='a AND " + "NOT " * 49 + "b'\n"),
    "short watches": lambda: fill(lambda i: f'w{i}="t{i}"\n', head=F + "[watch]\n"),
    "watch tables": lambda: fill(lambda i: f'[watch.w{i}]\nany="t{i}"\nhits="t{i}"\n', head=F),
    "giant array": lambda: F + "[watch]\na=[" + fill(lambda i: f'"t{i}",') + "]\n",
    "giant string": lambda: F + '[watch]\na="' + "x" * M + '"\n',
    "mistakes text needs quotes": lambda: fill(lambda i: f"w{i} = t{i}\n", head=F + "[watch]\n"),
    "one-line mistakes": lambda: fill(lambda i: "=\n", head=F + "[watch]\n"),
    "dup keys": lambda: fill(lambda i: 'w="t"\n', head=F + "[watch]\n"),
    "dup keys umlaut": lambda: fill(lambda i: 'w="ä"\n', head=F + "[watch]\n"),
    "empty terms": lambda: F + "[watch]\na=[" + fill(lambda i: '"",') + "]\n",
    "unknown sets": lambda: (
        F
        + "[watch]\n"
        + fill(lambda i: f'a{i}="@s{i}"\n', M // 2)
        + "[sets]\n"
        + fill(lambda i: f's{i}x="t"\n', M // 2)
    ),
    "misspelt feed keys": lambda: (
        '[watch]\na="b"\n[feeds]\n' + fill(lambda i: f'f{i}={{url="https://a{i}.b/",evry="1h",tiemzone="x"}}\n')
    ),
    "misspelt zones": lambda: (
        '[watch]\na="b"\n[feeds]\n' + fill(lambda i: f'f{i}={{url="https://a{i}.b/",timezone="Europ/Berli{i}"}}\n')
    ),
    "unknown feeds": lambda: (
        "[feeds]\n"
        + fill(lambda i: f'feed{i}="https://a{i}.b/"\n', M // 2)
        + fill(lambda i: f'[watch.w{i}]\nany="a"\nfeeds="fede{i}"\n', M // 2)
    ),
    "regexes": lambda: F + "[watch.a]\nregex=[" + fill(lambda i: f"'x{i}y',") + "]\n",
    "heavy regexes": lambda: F + "[watch.a]\nregex=[" + fill(lambda i: f"'\\w{{3}}{i}',") + "]\n",
    "giant regex": lambda: F + "[watch.a]\nregex='" + "(ab|cd)" * (M // 7) + "'\n",
    "giant or": lambda: F + "[watch.a]\nmatch='" + " OR ".join(f"t{i}" for i in range(M // 10)) + "'\n",
    "giant and": lambda: F + "[watch.a]\nmatch='" + " AND ".join(f"t{i}" for i in range(M // 11)) + "'\n",
    "giant spaces": lambda: F + "[watch.a]\nmatch='a" + " " * M + "b'\n",
    "comment": lambda: F + "#" + "c" * M + '\n[watch]\na="b"\n',
    "comments": lambda: F + "#\n" * (M // 2) + '[watch]\na="b"\n',
    "unterminated string": lambda: F + '[watch]\na="' + "x" * M,
    "unterminated long": lambda: F + '[watch]\na="""' + "x\n" * (M // 2),
    "unterminated array": lambda: F + "[watch]\na=[" + fill(lambda i: f'"t{i}",'),
    "unterminated arrays": lambda: F + "[watch]\n" + fill(lambda i: f'a{i}=["t",\n'),
    "unterminated longs": lambda: F + "[watch]\n" + fill(lambda i: f'a{i}="""t\n[watch]\n'),
    "unterminated headers": lambda: F + fill(lambda i: f"[watch.a{i}\n"),
    "random bytes": lambda: random.Random(1).randbytes(M),
    "random ascii": lambda: "".join(random.Random(1).choices("[]{}=\"'.,\n#ab \\", k=M)),
    "random lines": lambda: "".join(
        random.Random(2).choices(
            ["[watch]\n", 'a="b"\n', "[feeds.x]\n", '"""', "[", "a=[\n", "]\n", "{", "x.y=1\n", "#c\n", "'''", "=\n"],
            k=M // 5,
        )
    ),
    "huge table settings": lambda: F + '[watch]\na="b"\n[settings]\n' + fill(lambda i: f"k{i}={i}\n"),
    "strange sections": lambda: F + '[watch]\na="b"\n' + fill(lambda i: f"[k{i}]\na=1\n"),
    "channels secrets": lambda: (
        F + '[watch]\na="b"\n[notify]\n' + fill(lambda i: f'c{i}="json://u:pass{i}word@h{i}/x"\n')
    ),
    "feeds ok": lambda: '[watch]\na="b"\n[feeds]\n' + fill(lambda i: f'c{i}="https://h{i}.example/x"\n'),
    "entities": lambda: F + '[watch]\na="b"\n[entity]\n' + fill(lambda i: f'c{i}="name {i}"\n'),
    "set used often": lambda: (
        F
        + "[watch]\n"
        + fill(lambda i: f'w{i}="@s"\n', M // 2)
        + "[sets]\ns=["
        + fill(lambda i: f'"t{i}",', M // 2)
        + "]\n"
    ),
    "hits": lambda: F + '[watch.a]\nany="t"\nhits=[' + fill(lambda i: f'"t{i}",') + "]\n",
    "misses bad": lambda: F + '[watch.a]\nany="t"\nmisses=[' + fill(lambda i: f'"t {i}",') + "]\n",
    "hits x terms": lambda: (
        F
        + "[watch.a]\nany=["
        + fill(lambda i: f'"t{i}",', M // 2)
        + "]\nhits=["
        + fill(lambda i: f'"t{i}",', M // 2)
        + "]\n"
    ),
    "hits x regex": lambda: (
        F
        + "[watch.a]\nregex=["
        + fill(lambda i: f"'t{i}',", M // 2)
        + "]\nhits=["
        + fill(lambda i: f'"t{i}",', M // 2)
        + "]\n"
    ),
    "long hit x regex": lambda: (
        F + "[watch.a]\nregex=[" + fill(lambda i: f"'t{i}',", M // 2) + ']\nhits=["' + "t " * (M // 4) + '"]\n'
    ),
    "contained": lambda: F + "[watch]\n" + fill(lambda i: f'w{i}=["a","b{i % 7}"]\n'),
    "notify unknown": lambda: (
        F
        + '[watch.a]\nany="t"\nnotify=['
        + fill(lambda i: f'"c{i}",', M // 2)
        + "]\n[notify]\n"
        + fill(lambda i: f'd{i}="json://h/{i}"\n', M // 2)
    ),
    "long name": lambda: F + '[watch]\n"' + "n" * M + '"="x"\n',
    "array tables": lambda: F + fill(lambda i: "[[watch]]\na=1\n"),
    "joints": lambda: F + "[watch]\n" + fill(lambda i: f'w{i}="a-b-c-d-e-f{i}"\n'),
    "inline table": lambda: F + "[watch]\na={" + ",".join(f"k{i}=1" for i in range(M // 10)) + "}\n",
    "refs": lambda: '[watch]\na="b"\n[feeds]\n' + fill(lambda i: f'c{i}="https://h.example/${{N{i}}}"\n'),
    "select": lambda: (
        '[watch]\na="b"\n[feeds]\n' + fill(lambda i: f'c{i}={{url="https://h.example/",kind="page",select="a b{i}"}}\n')
    ),
    "bignum": lambda: F + "[watch]\na=" + "9" * M + "\n",
    "cjk": lambda: F + '[watch]\na="' + "通义" * (M // 6) + '"\n',
    "crlf": lambda: (F + "[watch]\n" + fill(lambda i: f"w{i} = t{i}\n", M)).replace("\n", "\r\n"),
    "NULs": lambda: "\0" * M,
}


def one(shape: str) -> int:
    """Read one shape; the process's own figures go to stdout."""
    content = SHAPES[shape]()
    resource.setrlimit(resource.RLIMIT_CPU, (int(2 * SECONDS) + 10,) * 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        start = time.process_time()
        try:
            reading = load_rules(path)
            shown = render_problems(reading.problems, path=path)
            told = f"{len(reading.problems)} problems, {len(shown):,} characters"
            render_problems(reading.warnings, path=path, kind="warning")
        except ConfigError as error:
            told = str(error)[:80]
        seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{shape:28} {seconds:6.2f} s  {peak / 1024:5.0f} MiB  {told}")
    return int(seconds > SECONDS or peak > MEMORY)


def main(names: list[str]) -> int:
    """Every shape in a process of its own; 1 where one is over the bound or ends in no sentence."""
    failed = []
    for name in names or SHAPES:
        done = subprocess.run([sys.executable, __file__, "--one", name], capture_output=True, text=True, check=False)
        print(done.stdout.strip() or f"{name:28} ended by {done.returncode}: {done.stderr[-200:]}", flush=True)
        failed += [name] if done.returncode else []
    print(f"over {SECONDS:.0f} s, {MEMORY >> 10} MiB or broken: {', '.join(failed) or 'none'}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(one(sys.argv[2]) if sys.argv[1:2] == ["--one"] else main(sys.argv[1:]))
