"""kill -9 at random moments, under load, with peers that fail: what is lost, what comes twice, and who knew.

    python bench/chaos.py [--kills 200] [--seed 1]

Feeds on loopback bring articles that all match a watch; two webhooks (one natively, one through Apprise) and a mail
server take the alerts, refusing one in five, cutting one in twenty. The real daemon is killed again and again. In the
end it may finish in peace, and then every article must have arrived at every channel. A copy is allowed only where a
channel had said yes, or may have, and the daemon had not noted it yet; the daemon's own count of possible repeats must
not be lower than what the receivers saw. Exit status 1 otherwise, or where no kill hit a daemon at work.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import create_engine, text

from tests.daemons import Daemon
from tests.newsroom import Item, rss
from tests.peers import FeedServer, Mailbox, Webhook
from tests.peers.mailbox import CUT

FEEDS, EACH, WINDOW, WATCHES = 4, 2, 80, 60
WORDS = """
    anchor barley bridge canyon compass copper cotton engine ferry glass granite harbour lantern marble market
    meadow orchard paper pepper saddle signal sparrow thunder timber tunnel velvet violin walnut winter
""".split()  # noqa: SIM905 -- a list of words is read as words


class Field:
    """Feeds and receivers, and what was published."""

    def __init__(self, chance: random.Random, folder: Path) -> None:
        self.chance, self.folder = chance, folder
        self.feeds, self.hook, self.other, self.mail = FeedServer(), Webhook(), Webhook(), Mailbox()
        self.items: list[list[Item]] = [[Item(f"Old {feed}", "old", guid=f"old-{feed}")] for feed in range(FEEDS)]
        self.count = 0

    def rules(self) -> Path:
        """The rules: one watch for each of many words, so that no storm is gathered."""
        feeds = "".join(
            f'[feeds.f{n}]\nurl = "{self.feeds.url}/f{n}"\nevery = "1s"\nfull_text = "never"\n' for n in range(FEEDS)
        )
        watches = "".join(f'w{n} = "watch{n}x"\n' for n in range(WATCHES))
        notify = f'hook = "{self.hook.apprise_url}"\nother = "{self.other.apprise_url}?:by=apprise"\n'
        path = self.folder / "rules.toml"
        path.write_text(
            f'[watch]\n{watches}{feeds}[notify]\n{notify}mail = "{self.mail.apprise_url}"\n'
            '[settings]\nprivate_networks = ["127.0.0.0/8"]\n'
        )
        return path

    def publish(self) -> None:
        """Put some new articles into every feed."""
        for feed, items in enumerate(self.items):
            for _ in range(EACH):
                self.count += 1
                body = " ".join(self.chance.choices(WORDS, k=25))
                title = f"Report {self.count} of watch{self.count % WATCHES}x"
                items.insert(0, Item(title, f"{body} {self.count}", guid=f"n{self.count}"))
            self.feeds.put(f"/f{feed}", rss(items[:WINDOW]))

    def trouble(self) -> None:
        """Let the receivers refuse and cut some of the next messages."""
        for hook in (self.hook, self.other):
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
        self.other.answer(times=None)
        self.mail.accept()

    def taken(self) -> dict[str, Counter[int]]:
        """How often each receiver took each article: said yes to it, or cut the line with it in hand."""
        texts = {
            name: [f"{one.json['title']}\n{one.json['message']}" for one in hook.posts if one.answered in (200, None)]
            for name, hook in (("webhook", self.hook), ("apprise", self.other))
        }
        mails = [mail for mail in self.mail.mails if not mail.answered.startswith("4")]
        texts["mail"] = [f"{mail.message['Subject']}\n{mail.text}" for mail in mails]
        return {name: Counter(number for one in some for number in numbers(one)) for name, some in texts.items()}


def numbers(message: str) -> set[int]:
    """The articles a message is about."""
    lines = message.splitlines()
    told = [lines[0], *(line for line in lines if line.startswith("•"))]
    return {int(line.partition("Report ")[2].split()[0]) for line in told if "Report " in line}


def main() -> int:
    """Run, print, and judge."""
    options = argparse.ArgumentParser()
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as name:
        field = Field(chance, Path(name))
        with field.feeds, field.hook, field.other, field.mail:
            return judge(field, given.kills, *play(field, given.kills, chance))


def play(field: Field, kills: int, chance: random.Random) -> tuple[int, int]:
    """Kill the daemon again and again, then let it finish; returns kills at work, and its own count of repeats."""
    database, rules = f"sqlite:///{field.folder}/monitor.db", field.rules()
    field.publish()
    field.calm()
    with Daemon(rules, database) as daemon:  # the first sight of the feeds is a baseline
        daemon.wait_for("READY=1")
        time.sleep(4)
        daemon.stop()
    first, working = field.count, 0
    for kill in range(kills):
        field.publish()
        field.trouble()
        before = len(field.feeds.requests)
        with Daemon(rules, database) as daemon:
            if chance.random() > 0.1:
                daemon.wait_for("READY=1", timeout=60)
            time.sleep(chance.uniform(0, 1.5))
            daemon.kill()
        working += len(field.feeds.requests) > before
        print(f"\r{kill + 1} of {kills} kills", end="", file=sys.stderr, flush=True)
    field.calm()
    with Daemon(rules, database) as daemon:
        daemon.wait_for("READY=1", timeout=60)
        wanted = field.count - first
        for _ in range(240):
            time.sleep(1)
            if all(len([n for n in got if n > first]) >= wanted for got in field.taken().values()) and not left(
                database
            ):
                break
        daemon.stop()
    field.items = [[] for _ in range(first)]  # only their number is wanted: what the baseline had
    return working, noted(database)


def left(database: str) -> int:
    """How many deliveries still wait."""
    return scalar(
        database, "select count(*) from delivery where state not in ('sent', 'suppressed', 'dead', 'expired')"
    )


def noted(database: str) -> int:
    """How many attempts the daemon itself says may have arrived unnoticed."""
    return scalar(database, "select coalesce(sum(repeats), 0) from delivery")


def scalar(database: str, query: str) -> int:
    """One number."""
    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text(query)).scalar() or 0)
    finally:
        engine.dispose()


def judge(field: Field, kills: int, working: int, possible: int) -> int:
    """Print the figures; 0 where the promises held."""
    baseline, wanted = len(field.items), field.count - len(field.items)
    lost = repeats = 0
    print(f"\n{kills} kills, {working} of them of a daemon that had begun to fetch; {wanted} articles, 3 channels")
    for name, got in field.taken().items():
        missing = wanted - len([number for number in got if number > baseline])
        again = sum(count - 1 for number, count in got.items() if number > baseline)
        early = len([number for number in got if number <= baseline])
        lost, repeats = lost + missing + early, repeats + again
        print(f"{name:8} lost {missing}, taken again {again}, told of the baseline {early}")
    print(f"taken again in all {repeats}; the daemon's own count of possible repeats: {possible}")
    return int(bool(lost) or repeats > possible or not working)


if __name__ == "__main__":
    sys.exit(main())
