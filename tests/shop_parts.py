"""What the tests of shops share: parts to make one of, its settings, its payloads."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from assistant.ports import Store
from connectors.files import FolderFiles
from connectors.http import Parts, client_session
from tests.fakes import Clock, settings

FIXTURES = Path(__file__).parent / "fixtures" / "shops"


def payload(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text("utf-8"))


@asynccontextmanager
async def parts_of(
    store: Store, clock: Clock, shop: dict[str, dict[str, Any]] | None = None, **environment: str
) -> AsyncIterator[Parts]:
    """Parts with these settings: a table of shops, and what the environment says."""
    secrets = {name: SecretStr(value) for name, value in environment.items()}
    async with client_session() as client:
        yield Parts(
            settings=settings(environment=secrets, shop=shop or {}),
            store=store,
            files=FolderFiles(Path("unused")),
            client=client,
            now=clock,
        )
