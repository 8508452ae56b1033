"""When a feed is polled next: its rhythm, its wishes, its failures and its redirects."""
