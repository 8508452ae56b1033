"""The JSON Schema of rules.toml, generated from its shape."""

from __future__ import annotations

import json
from typing import Any

from monitor.config.schema import RulesFile


def schema_text() -> str:
    """The schema as the text of rules.schema.json."""
    schema = RulesFile.model_json_schema()
    dressed = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_tidy(schema), "title": "rules.toml"}
    return json.dumps(dressed, indent=2, ensure_ascii=False) + "\n"


def _tidy(value: Any, names: bool = False) -> Any:
    """Without generated titles and without defaults that say nothing; names: the keys here are names of properties."""
    if isinstance(value, list):
        return [_tidy(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _tidy(entry, names=key in {"properties", "$defs"} and not names)
        for key, entry in value.items()
        if names or not (key == "title" or (key == "default" and (entry is None or isinstance(entry, list | dict))))
    }
