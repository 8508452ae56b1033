"""Where chaos is played: feeds and receivers on loopback, a database, and the real daemon on it."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench import chaos_account as account
from bench.chaos_account import Receipt, Tally
from tests.daemons import Daemon
from tests.peers import FeedServer, Mailbox, Webhook
from tests.peers.mailbox import CUT
from tests.rss_documents import Item, rss

FEEDS, EACH, WINDOW, WATCHES = 4, 2, 80, 60
START, FINISH = 90.0, 240.0  # seconds a daemon has to start, and to tell what is left
PARSER, SENDER = "monitor.feeds", "monitor.channels.send_worker"  # modules of the daemon's children
WORDS = """
    anchor barley bridge canyon compass copper cotton engine ferry glass granite harbour lantern marble market
    meadow orchard paper pepper saddle signal sparrow thunder timber tunnel velvet violin walnut winter
""".split()  # noqa: SIM905 -- a list of words is read as words


class Stage:
    """Feeds, receivers and a database; `first`: the articles of the baseline, `count`: all that were published."""

    def __init__(self, chance: random.Random, folder: Path, place: Path) -> None:
        self.chance, self.folder, self.file = chance, folder, place / "monitor.db"
        self.feeds, self.hook, self.gotify, self.mail = FeedServer(), Webhook(), Webhook(), Mailbox()
        self.items: list[list[Item]] = [[Item(f"Old {feed}", "old", guid=f"old-{feed}")] for feed in range(FEEDS)]
        self.count = self.first = 0
        self.sent_by: set[int] = set()  # processes of Apprise that were seen at work

    @contextmanager
    def open(self) -> Iterator[None]:
        """Listen, write the rules, and let a daemon see the feeds once."""
        with self.feeds, self.hook, self.gotify, self.mail:
            self.rules = self._rules()
            self.publish()
            with self.daemon() as daemon:
                self.settled(daemon, lambda: self.scalar("select count(*) from article") >= self.count)
                daemon.stop()
            self.first = self.count
            try:
                yield
            finally:
                self._write_down()

    def _write_down(self) -> None:
        """What the two webhooks saw, beside the database, one POST a line."""
        for name, hook in (("webhook", self.hook), ("apprise", self.gotify)):
            lines = [json.dumps({"answered": post.answered, "body": post.json}) for post in hook.posts]
            (self.folder / f"{name}.jsonl").write_text("\n".join(lines))

    def daemon(self) -> Daemon:
        """The daemon on this database."""
        return Daemon(self.rules, f"sqlite:///{self.file}")

    def _rules(self) -> Path:
        """One watch for each of many words, so that no storm is gathered. gotify:// is none of the native ways."""
        feeds = "".join(
            f'[feeds.f{n}]\nurl = "{self.feeds.url}/f{n}"\nevery = "1s"\nfull_text = "never"\n' for n in range(FEEDS)
        )
        watches = "".join(f'w{n} = "watch{n}x"\n' for n in range(WATCHES))
        apprise = f"gotify://127.0.0.1:{self.gotify.port}/token"
        path = self.folder / "rules.toml"
        path.write_text(
            f'[watch]\n{watches}{feeds}[notify]\nhook = "{self.hook.apprise_url}"\nother = "{apprise}"\n'
            f'mail = "{self.mail.apprise_url}"\n[settings]\nprivate_networks = ["127.0.0.0/8"]\n'
        )
        return path

    def publish(self) -> None:
        """Put some new articles into every feed, with markup in the headline, which takes a parser's process."""
        for feed, items in enumerate(self.items):
            for _ in range(EACH):
                self.count += 1
                body = " ".join(self.chance.choices(WORDS, k=25))
                title = f"Report {self.count} of watch{self.count % WATCHES}x"
                items.insert(0, Item(title, f"{body} {self.count}", guid=f"n{self.count}"))
            self.feeds.put(f"/f{feed}", rss(items[:WINDOW]).replace(b" of watch", b" <b>of</b> watch"))

    def trouble(self) -> None:
        """Let the receivers refuse one in five and cut one in twenty of the next messages."""
        for hook in (self.hook, self.gotify):
            for _ in range(EACH * FEEDS):
                dice = self.chance.random()
                if dice < 0.05:
                    hook.answer(cut=True)
                else:
                    hook.answer(503 if dice < 0.25 else 200)
        self.mail.accept()
        for _ in range(EACH):
            self.mail.reply("DATA", self.chance.choice(("451 4.3.0 later", "250 OK", "250 OK", CUT)))

    def calm(self) -> None:
        """Everything is taken from now on."""
        self.hook.answer(times=None)
        self.gotify.answer(times=None)
        self.mail.accept()

    def receipts(self) -> dict[str, list[Receipt]]:
        """What each receiver saw."""
        posts = {"webhook": self.hook.posts, "apprise": self.gotify.posts}
        seen = {name: [account.post(one.json, one.answered) for one in some] for name, some in posts.items()}
        seen["mail"] = [
            account.mail(str(one.message["Subject"]), one.text, "" if one.answered == CUT else one.answered)
            for one in self.mail.mails
        ]
        return seen

    def tallies(self) -> dict[str, Tally]:
        """The same, counted."""
        return {name: account.tally(some, self.first, self.count) for name, some in self.receipts().items()}

    def children(self, daemon: Daemon, module: str) -> list[int]:
        """The daemon's processes of a module; what Apprise was seen in is kept."""
        found = [pid for pid in offspring(daemon.process.pid) if module in command(pid)]
        if module == SENDER:
            self.sent_by.update(found)
        return found

    def settled(self, daemon: Daemon, done: Callable[[], bool], seconds: float = FINISH) -> bool:
        """Wait until something is so; False where the time is up or the daemon ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and daemon.process.poll() is None:
            self.children(daemon, SENDER)
            if done():
                return True
            time.sleep(0.25)
        return False

    def finish(self, daemon: Daemon) -> bool:
        """Wait until everything has come and nothing is left to send."""
        self.calm()
        return self.settled(daemon, lambda: not any(one.lost for one in self.tallies().values()) and not self.left())

    def left(self) -> int:
        """How many deliveries still wait."""
        return self.scalar(
            "select count(*) from delivery where state not in ('sent', 'suppressed', 'dead', 'expired')", missing=1
        )

    def counted(self) -> int:
        """How many attempts the daemon itself says may have arrived unnoticed."""
        return self.scalar("select coalesce(sum(repeats), 0) from delivery")

    def scalar(self, query: str, missing: int = 0) -> int:
        """One number; `missing` where the database cannot be asked just now."""
        if not self.file.exists():
            return missing
        try:
            with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=5)) as connection:
                return int(connection.execute(query).fetchone()[0])
        except sqlite3.Error:
            return missing


def offspring(pid: int) -> list[int]:
    """Every process below one."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            own = [int(word) for word in task.read_text().split()]
        except OSError:  # it has just ended
            continue
        found += [*own, *(deeper for child in own for deeper in offspring(child))]
    return found


def command(pid: int) -> str:
    """How a process was started."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
