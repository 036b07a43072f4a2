"""One Vendure server, asked as a shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, SecretStr

from assistant.errors import Misconfigured, Rejected, Unavailable, Unsure
from assistant.model import Order, Stock, Wanted, Written
from assistant.words import say
from connectors.http import Parts
from connectors.options import Opts, read
from connectors.shopping.calls import Answer, Caller, told, variable_of
from connectors.shopping.finding import matching
from connectors.shopping.values import at, each, key, line
from connectors.shops.vendure.changes import WRITES, found, written
from connectors.shops.vendure.orders import BUYERS, ORDERS, PARCELS, STOCK, order_of, stock_of

PAGES = 3
LOGIN = """
mutation($u:String!,$p:String!){login(username:$u,password:$p){__typename
 ... on ErrorResult{message}}}
"""
REFUSALS = ("FORBIDDEN", "BAD_USER_INPUT", "USER_INPUT_ERROR", "GRAPHQL_VALIDATION_FAILED")
TOKEN = "vendure-auth-token"  # noqa: S105 - a header's name


class Options(Opts):
    """Which server, and whose login Parley uses: an administrator of its own is best."""

    server: str = ""
    """The address of the server: `https://shop-api.example`."""
    username: str
    """Of an administrator who may read orders, customers and the catalogue."""
    password: SecretStr
    channel_token: SecretStr | None = None
    """Of the channel, where the server has several."""
    fresh_seconds: float = Field(default=60, ge=0, le=3_600)
    """For how long what was read is not asked for again."""


class Admin:
    """The Admin API of one server, logged in."""

    def __init__(self, name: str, given: Options, parts: Parts) -> None:
        self._given = given
        self._url = f"{given.api_url or given.server.rstrip('/')}/admin-api"
        self._caller = Caller(name, parts.client, parts.now, variable_of(name, "password"))
        self._token = ""

    async def ask(self, query: str, **variables: Any) -> Mapping[str, Any]:
        """Raises: Unavailable."""
        answer = await self._asked(query, variables)
        if _forbidden(answer.data):
            self._token = ""
            answer = await self._asked(query, variables)
        data, errors = at(answer.data, "data"), each(answer.data, "errors")
        if errors or not isinstance(data, Mapping):
            raise Unavailable(say("It could not answer: {why}", why=told(errors) or "?"))
        return data

    async def do(self, mutation: str, name: str, **variables: Any) -> Mapping[str, Any]:
        """What the mutation *name* gave. Raises: Unavailable, Rejected, Unsure."""
        for turn in (1, 2):
            headers = await self._headers()
            request = {"query": mutation, "variables": variables}
            answer = await self._caller.write("POST", self._url, json=request, headers=headers)
            if turn == 1 and _forbidden(answer.data):
                self._token = ""
                continue
            break
        if errors := each(answer.data, "errors"):
            refusal = say("It refused: {why}", why=told(errors) or "?")
            refused = all(at(one, "extensions", "code") in REFUSALS for one in errors)
            # What broke inside the server may have broken after it was done.
            raise Rejected(refusal) if refused else Unsure(refusal)
        done = at(answer.data, "data", name)
        if not isinstance(done, Mapping):
            raise Unsure(say("It answered something that says nothing of what was asked."))
        if "errorCode" in done:
            code, why = line(done["errorCode"]), told(done)
            raise Rejected(say("It refused: {why}", why=why or code), code=code)
        return done

    async def _asked(self, query: str, variables: Mapping[str, Any]) -> Answer:
        headers = await self._headers()
        request = {"query": query, "variables": variables}
        answer = await self._caller.read("POST", self._url, json=request, headers=headers)
        if answer is None:
            raise Unavailable(say("There is no store at its address. Check it."))
        return answer

    async def _headers(self) -> dict[str, str]:
        if not self._token:
            await self._login()
        return {**self._channel(), "Authorization": f"Bearer {self._token}"}

    def _channel(self) -> dict[str, str]:
        token = self._given.channel_token
        return {"vendure-token": token.get_secret_value()} if token else {}

    async def _login(self) -> None:
        who = {"u": self._given.username, "p": self._given.password.get_secret_value()}
        request = {"query": LOGIN, "variables": who}
        answer = await self._caller.read("POST", self._url, json=request, headers=self._channel())
        token = answer.headers.get(TOKEN) if answer else None
        if not token:
            why = told(at(answer.data, "data", "login")) if answer else ""
            raise Unavailable(
                say("Parley can't log in there ({why}). Check its name and password.", why=why)
            )
        self._token = token


def _forbidden(data: Any) -> bool:
    return any(at(one, "extensions", "code") == "FORBIDDEN" for one in each(data, "errors"))


class VendureShop:
    """Orders by code, address and tracking code; stock by SKU and by words."""

    writes = WRITES

    def __init__(self, name: str, admin: Admin) -> None:
        self.name, self.admin = name, admin

    async def order(self, ref: str) -> Order | None:
        told = await self.told(ref)
        return order_of(told, self.name) if told else None

    async def told(self, ref: str) -> Mapping[str, Any] | None:
        """The order as the server has it; a basket is none."""
        plain = ref.strip().lstrip("#")
        data = await self.admin.ask(ORDERS, f={"code": {"eq": plain}}, n=5)
        return next(
            (
                one
                for one in each(data, "orders")
                if key(line(one.get("code"))) == key(plain) and one.get("active") is not True
            ),
            None,
        )

    async def orders_of(self, email: str) -> Sequence[Order]:
        sought = email.strip().casefold()
        codes = [
            line(one.get("code"))
            for buyer in each(await self.admin.ask(BUYERS, e=sought), "customers")
            if line(buyer.get("emailAddress")).casefold() == sought
            for one in each(buyer, "orders")
            if not one.get("active")
        ]
        if not codes:
            return ()
        data = await self.admin.ask(ORDERS, f={"code": {"in": codes[:20]}}, n=20)
        return [order_of(one, self.name) for one in each(data, "orders")]

    async def order_by_tracking(self, number: str) -> Order | None:
        for page in range(PAGES):
            listed = each(await self.admin.ask(PARCELS, skip=page * 100), "orders")
            for one in listed:
                codes = (line(parcel.get("trackingCode")) for parcel in each(one, "fulfillments"))
                if key(number) in map(key, codes):
                    return await self.order(line(one.get("code")))
            if len(listed) < 100:
                return None
        return None

    async def stock(self, query: str) -> Sequence[Stock]:
        parts = [query.strip(), *query.split()][:8]
        wanted: list[Mapping[str, Any]] = [{"sku": {"in": parts}}]
        wanted += [{"name": {"contains": word}} for word in parts if len(key(word)) > 1]
        return matching(query, stock_of(await self.admin.ask(STOCK, w=wanted)))[:20]

    async def write(self, wanted: Wanted, key: str) -> Written:
        """What a person approved. Raises: Unavailable, Rejected, Unsure."""
        order = await self.told(wanted.ref)
        if order is None:
            raise Rejected(say("The shop has no order {ref}.", ref=wanted.ref))
        return await written(self.admin, order, wanted, key)

    async def find(self, wanted: Wanted, key: str) -> Written | None:
        """Whether it was done. Raises: Unavailable."""
        return await found(self.admin, await self.told(wanted.ref), wanted, key)

    async def probe(self) -> str:
        """Who Parley is there."""
        data = await self.admin.ask("{me{identifier} activeChannel{code}}")
        who, channel = at(data, "me", "identifier"), at(data, "activeChannel", "code")
        return f"Parley is {line(who)} there, in the channel {line(channel)}"


async def connect(parts: Parts, name: str) -> VendureShop:
    """Raises: Misconfigured, where its settings do not do."""
    given = read(parts.settings, name, Options, table="shop")
    if not given.api_url and not given.server:
        what = "Write the address of the server: https://shop-api.example"
        raise Misconfigured(variable_of(name, "server"), what)
    return VendureShop(name, Admin(name, given, parts))
