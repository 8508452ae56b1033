"""The obvious feed poller, for polling.py: httpx, feedparser and the ORM of SQLAlchemy, as tutorials put them together.

    python bench/polling_naive.py FOLDER      # FOLDER/urls has one address a line

One client, 32 requests at a time, validators sent and kept, a row for each entry that its feed did not have, a commit
for each feed. It matches nothing and tells nobody.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import feedparser
import httpx
from sqlalchemy import ForeignKey, UniqueConstraint, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    """The tables."""


class Feed(Base):
    """A feed with its validators."""

    __tablename__ = "feed"
    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(unique=True)
    etag: Mapped[str | None]
    modified: Mapped[str | None]
    entries: Mapped[list[Entry]] = relationship(back_populates="feed")


class Entry(Base):
    """An entry of a feed."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("feed_id", "guid"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feed.id"), index=True)
    guid: Mapped[str]
    title: Mapped[str]
    link: Mapped[str]
    summary: Mapped[str]
    published: Mapped[str]
    feed: Mapped[Feed] = relationship(back_populates="entries")


async def poll(client: httpx.AsyncClient, session: Session, feed: Feed, slots: asyncio.Semaphore) -> None:
    """One feed."""
    wanted = {"If-None-Match": feed.etag, "If-Modified-Since": feed.modified}
    async with slots:
        answer = await client.get(feed.url, headers={name: value for name, value in wanted.items() if value})
    if answer.status_code != 200:
        return
    for found in feedparser.parse(answer.content).entries:
        guid = found.get("id") or found.get("link", "")
        if session.scalar(select(Entry).where(Entry.feed_id == feed.id, Entry.guid == guid)) is None:
            session.add(
                Entry(
                    feed=feed,
                    guid=guid,
                    title=found.get("title", ""),
                    link=found.get("link", ""),
                    summary=found.content[0].value if "content" in found else found.get("summary", ""),
                    published=found.get("published", ""),
                )
            )
    feed.etag, feed.modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    session.commit()


async def main(folder: Path) -> None:
    """All feeds once."""
    engine = create_engine(f"sqlite:///{folder / 'naive.db'}")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        known = {feed.url: feed for feed in session.scalars(select(Feed))}
        for url in (folder / "urls").read_text().split():
            if url not in known:
                known[url] = Feed(url=url)
                session.add(known[url])
        session.commit()
        slots = asyncio.Semaphore(32)
        async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=50)) as client:
            await asyncio.gather(*(poll(client, session, feed, slots) for feed in known.values()))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
