"""Word lists of deduplication: data, and the lookups in them."""
