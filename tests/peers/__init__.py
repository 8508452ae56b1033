"""Real peers on loopback for every test that talks: a feed server, a webhook receiver, a mail server, a hub.

    with FeedServer() as feeds, Webhook() as hook, Mailbox() as box:
        feeds.put("/rss", xml, content_type="application/rss+xml")
        hook.answer(429, retry_after=7)            # the next POST only; then 200 again
        box.reply("RCPT", "550 5.1.1 no such user")
        ...
        assert hook.wait(2)[0].json["title"] == "H200: …"

They take a free port of 127.0.0.1, wait on conditions (never by sleeping), and leave no thread or socket behind.
"""

from tests.peers.feeds import FeedServer
from tests.peers.hub import Answered, Asked, Hub
from tests.peers.mailbox import Mail, Mailbox
from tests.peers.server import Request
from tests.peers.webhook import Post, Webhook

__all__ = ["Answered", "Asked", "FeedServer", "Hub", "Mail", "Mailbox", "Post", "Request", "Webhook"]
