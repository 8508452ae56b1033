"""The programs that polling.py measures: how each is set up in a folder, and what runs one cycle of it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
WATCHES = (
    '"T-Head"', '{ any = ["Nordlicht"], in = ["title"] }', '["Varenta group", "Varenta shares"]', '"Palmyra*"',
    '"profit warning"', '["Kestrel Prozent", "Kestrel Euro"]', '"H200"', '"Aurelis Quartal"',
    '"Quartalszahl*"', '["Takano Aktie", "Takano shares"]', '["Holmgard Konzern", "Holmgard group"]',
)  # fmt: skip
READER = ("python",)  # the first on the path
ADD = (
    "import sys, reader; r = reader.make_reader(sys.argv[1]); [r.add_feed(u) for u in open(sys.argv[2]).read().split()]"
)
SFEED = """sfeedpath={here}/out
maxjobs=1
fetch() {{
    tag={here}/tags/$1
    curl -s -f -m 30 --compressed --etag-save "$tag.new" --etag-compare "$tag" "$2" && mv -f "$tag.new" "$tag"
}}
feeds() {{
{feeds}
}}
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A program: what ends well where it is installed, how a folder is prepared, what runs a cycle in it.

    twice: it keeps validators from its second look on, which is not measured. trusts: the environment can tell it whom
    to trust.
    """

    probe: list[str]
    prepare: Callable[[Path, Sequence[str]], None]
    command: Callable[[Path], list[str]]
    twice: bool = False
    trusts: bool = True


def ours(folder: Path, urls: Sequence[str]) -> None:
    """A rules.toml that names the feeds."""
    feeds = "".join(f'f{n} = {{ url = "{url}", every = "5m", full_text = "never" }}\n' for n, url in enumerate(urls))
    watches = "".join(f"w{n} = {watch}\n" for n, watch in enumerate(WATCHES))
    settings = 'private_networks = ["127.0.0.0/8"]\n'
    (folder / "rules.toml").write_text(f"[watch]\n{watches}[feeds]\n{feeds}[settings]\n{settings}")


def listed(folder: Path, urls: Sequence[str]) -> None:
    """A file with one address a line."""
    (folder / "urls").write_text("".join(f"{url}\n" for url in urls))


def reader(folder: Path, urls: Sequence[str]) -> None:
    """A database with the feeds: its command line would take a process for each."""
    listed(folder, urls)
    subprocess.run([*READER, "-c", ADD, str(folder / "db"), str(folder / "urls")], check=True)


def rss2email(folder: Path, urls: Sequence[str]) -> None:
    """A configuration with a section for each feed."""
    sections = "".join(f"[feed.f{n}]\nurl = {url}\n\n" for n, url in enumerate(urls))
    (folder / "config").write_text(f"[DEFAULT]\nto = a@b.example\nfrom = c@d.example\n\n{sections}")


def sfeed(folder: Path, urls: Sequence[str]) -> None:
    """A sfeedrc whose fetch keeps validators; the one it comes with asks for everything each time."""
    (folder / "tags").mkdir()
    (folder / "out").mkdir()
    feeds = "\n".join(f"    feed f{n} {shlex.quote(url)}" for n, url in enumerate(urls))
    (folder / "sfeedrc").write_text(SFEED.format(here=folder, feeds=feeds))


def newsboat(folder: Path, urls: Sequence[str]) -> None:
    """A list of feeds and an empty configuration."""
    listed(folder, urls)
    (folder / "config").write_text("")


PEERS = {
    "ours": Peer(["true"], ours, lambda at: [sys.executable, str(HERE / "polling_ours.py"), str(at)]),
    "naive": Peer(["true"], listed, lambda at: [sys.executable, str(HERE / "polling_naive.py"), str(at)]),
    "reader": Peer(
        [*READER, "-c", "import reader"],
        reader,
        lambda at: [*READER, "-m", "reader", "--db", f"{at}/db", "update", "--no-scheduled"],
        trusts=False,
    ),
    "rss2email": Peer(
        ["r2e", "--version"],
        rss2email,
        lambda at: ["r2e", "-c", str(at / "config"), "-d", str(at / "data"), "run", "--no-send"],
    ),
    "newsboat": Peer(
        ["newsboat", "-v"],
        newsboat,
        lambda at: ["newsboat", "-u", f"{at}/urls", "-c", f"{at}/db", "-C", f"{at}/config", "-x", "reload"],
        twice=True,
        trusts=False,
    ),
    "sfeed": Peer(["which", "sfeed_update", "curl"], sfeed, lambda at: ["sfeed_update", str(at / "sfeedrc")]),
}
