"""Asynchronous tests beside a browser, which keeps a loop in the thread of all tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any, ParamSpec

P = ParamSpec("P")


def apart(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """*test* in a thread of its own. Its fixtures are synchronous."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with ThreadPoolExecutor(1) as one:
            one.submit(asyncio.run, test(*args, **kwargs)).result()

    return run
