"""Push subscriptions (WebSub, rssCloud) as functions of state and time. Nothing here sends a request."""
