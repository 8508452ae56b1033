"""Decide when and where a feed is polled next: publishing rhythm, requested pauses, failures, redirects."""
