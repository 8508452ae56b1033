"""The life of a push subscription (WebSub, rssCloud) as functions of state and time."""
