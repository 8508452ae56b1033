"""The values that the stages exchange: articles, alerts, polling. Frozen, without behaviour, known to all rooms."""
