"""The YAML tables that tests are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml, where there is one: every worker reads every table before the first test."""


def table(path: Path) -> Any:
    """What *path* holds."""
    return yaml.load(path.read_text("utf-8"), Loader=_LOADER)
