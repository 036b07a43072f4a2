"""Orders as `docs/contract.json` has them, asked for over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, Field, SecretStr, ValidationError

from assistant.errors import Misconfigured, Unavailable
from assistant.model import Order, Stock, same_order
from assistant.words import say
from connectors.http import Parts
from connectors.options import Opts, read
from connectors.shopping.calls import Answer, Caller, variable_of
from connectors.shopping.values import each, key

MOST = 20
Made = TypeVar("Made", bound=BaseModel)


class Options(Opts):
    """Where the orders are, and Parley's key to them."""

    token: SecretStr | None = None
    """Sent as `Authorization: Bearer`."""
    fresh_seconds: float = Field(default=60, ge=0, le=3_600)
    """For how long what was read is not asked for again."""


class HttpShop:
    """A shop behind the generic addresses."""

    def __init__(self, name: str, base: str, token: SecretStr | None, parts: Parts) -> None:
        self.name, self._base = name, base.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        self._caller = Caller(name, parts.client, parts.now, variable_of(name, "token"))

    async def order(self, ref: str) -> Order | None:
        if not key(ref):
            return None
        answer = await self._get(f"/orders/{quote(ref, safe='')}")
        if answer is None:
            return None
        found = self._made(Order, answer.data)
        # What another number's order would give away is not shown for this one.
        return found if same_order(found.ref, ref) else None

    async def orders_of(self, email: str) -> Sequence[Order]:
        found = await self._orders({"email": email})
        own = [one for one in found if (one.customer.email or "").casefold() == email.casefold()]
        return sorted(own, key=lambda one: str(one.placed_at or ""), reverse=True)

    async def order_by_tracking(self, number: str) -> Order | None:
        for order in await self._orders({"tracking": number}):
            if any(key(one.number or "") == key(number) for one in order.fulfilments):
                return order
        return None

    async def stock(self, query: str) -> Sequence[Stock]:
        answer = await self._get("/stock", q=query)
        found = _list(answer.data, "stock") if answer else []
        return [self._made(Stock, one) for one in found[:MOST]]

    async def probe(self) -> str:
        """Asks for an order that nobody has."""
        await self._get("/orders/parley-doctor")
        return "it answers"

    async def _orders(self, params: Mapping[str, str]) -> list[Order]:
        answer = await self._get("/orders", **params)
        found = _list(answer.data, "orders") if answer else []
        return [self._made(Order, one) for one in found[:MOST]]

    async def _get(self, path: str, **params: str) -> Answer | None:
        return await self._caller.read(
            "GET", self._base + path, params=params, headers=self._headers
        )

    def _made(self, kind: type[Made], data: Any) -> Made:
        try:
            made = kind.model_validate(data)
        except ValidationError as error:
            wrong = error.errors()[0]
            field = ".".join(str(step) for step in wrong["loc"])
            raise Unavailable(
                say("Its answer is no order: {field}: {what}", field=field, what=wrong["msg"])
            ) from error
        return made.model_copy(update={"shop": self.name}) if kind is Order else made


def _list(data: Any, name: str) -> Sequence[Any]:
    """The list itself, or what it is wrapped in."""
    return data if isinstance(data, list) else each(data, name)


async def connect(parts: Parts, name: str) -> HttpShop:
    """Raises: Misconfigured, where its address is missing."""
    given = read(parts.settings, name, Options, table="shop")
    if not given.api_url:
        what = "Write where the orders are: https://orders.example/api"
        raise Misconfigured(variable_of(name, "api_url"), what)
    return HttpShop(name, given.api_url, given.token, parts)
