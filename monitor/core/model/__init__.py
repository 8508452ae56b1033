"""The nouns of the product, by stage: articles, alerts, polling. Frozen values without behaviour."""
