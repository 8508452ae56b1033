"""The steps of reading an article into content tokens; monitor.core.dedupe.wording puts them together."""
