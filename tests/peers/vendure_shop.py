"""A real Vendure: installed outside the checkout, started on a file of its own, filled by its APIs.

`python -m tests.peers.vendure_shop` installs it (`make peers` does), with its products.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from tests.peers.installed import missing, node

HERE = Path(__file__).parent / "vendure"
FILES = ("package.json", "package-lock.json", "config.js", "make.js", "server.js")
DATA = ("initial-data.json", "products.csv")
START_S = 60.0
BUYER = {
    "firstName": "Lena",
    "lastName": "Weber",
    "emailAddress": "lena.weber@buyer.example",
}
DOOR = {
    "fullName": "Lena Weber",
    "streetLine1": "Torstrasse 217",
    "city": "Berlin",
    "postalCode": "10115",
    "countryCode": "DE",
    "phoneNumber": "+49 30 7654321",
}


def folder() -> Path:
    """Where it is: other files, another folder."""
    told = b"".join((HERE / name).read_bytes() for name in (*FILES, *DATA))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "parley-peers" / f"vendure-{hashlib.sha256(told).hexdigest()[:16]}"


def install(to: Path) -> None:
    """`npm ci`, its one native library, its products; the folder takes its place when whole."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix="new-") as new:
        for name in (*FILES, *DATA):
            shutil.copy(HERE / name, new)
        quiet = ("--no-audit", "--no-fund")
        subprocess.run(["npm", "ci", "--ignore-scripts", *quiet], cwd=new, check=True)
        subprocess.run(["npm", "rebuild", "better-sqlite3", *quiet], cwd=new, check=True)
        environ = {**os.environ, "SHOP_MAKE": "1", "SHOP_PORT": "0", "SHOP_FILE": "shop.sqlite"}
        subprocess.run(["node", "make.js"], cwd=new, check=True, env=environ)
        whole = Path(new) / "whole"
        whole.mkdir()
        for one in [path for path in Path(new).iterdir() if path != whole]:
            one.rename(whole / one.name)
        try:
            whole.rename(to)
        except OSError:
            if not to.exists():
                raise  # else somebody else was faster, with the same files


class Graph:
    """One of its two APIs, as a client of our own speaks to it."""

    def __init__(self, url: str) -> None:
        self.url, self.token = url, ""

    def __call__(self, query: str, **variables: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = json.dumps({"query": query, "variables": variables}).encode()
        with urlopen(Request(self.url, body, headers), timeout=30) as answer:
            self.token = answer.headers.get("vendure-auth-token") or self.token
            told = json.load(answer)
        assert not told.get("errors"), told["errors"]
        return told["data"]


class Vendure:
    """A running server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.admin = Graph(f"{url}/admin-api")
        self.admin('mutation{login(username:"superadmin",password:"superadmin"){__typename}}')

    def ordered(self, *skus: str, door: dict[str, str] | None = None, **buyer: str) -> str:
        """Somebody buys these and pays; the order's code."""
        shop = Graph(f"{self.url}/shop-api")
        for sku in skus:
            shop(
                "mutation($v:ID!){addItemToOrder(productVariantId:$v,quantity:1){__typename}}",
                v=self._variant(sku),
            )
        who = {**BUYER, **buyer}
        shop("mutation($i:CreateCustomerInput!){setCustomerForOrder(input:$i){__typename}}", i=who)
        shop(
            "mutation($i:CreateAddressInput!){setOrderShippingAddress(input:$i){__typename}}",
            i=door or DOOR,
        )
        [way, *_] = shop("{eligibleShippingMethods{id}}")["eligibleShippingMethods"]
        shop(
            "mutation($i:[ID!]!){setOrderShippingMethod(shippingMethodId:$i){__typename}}",
            i=[way["id"]],
        )
        shop('mutation{transitionOrderToState(state:"ArrangingPayment"){__typename}}')
        [pay, *_] = shop("{eligiblePaymentMethods{code}}")["eligiblePaymentMethods"]
        placed = shop(
            "mutation($p:PaymentInput!){addPaymentToOrder(input:$p)"
            "{__typename ... on Order{code}}}",
            p={"method": pay["code"], "metadata": {}},
        )
        return str(placed["addPaymentToOrder"]["code"])

    def ships(self, code: str, tracking: str) -> None:
        """All of it leaves in one parcel."""
        order = self.told(code, "id lines{id quantity}")
        lines = [{"orderLineId": one["id"], "quantity": one["quantity"]} for one in order["lines"]]
        arguments = [
            {"name": "method", "value": "DHL"},
            {"name": "trackingCode", "value": tracking},
        ]
        parcel = self.admin(
            "mutation($i:FulfillOrderInput!){addFulfillmentToOrder(input:$i){__typename"
            " ... on Fulfillment{id} ... on ErrorResult{message}}}",
            i={"lines": lines, "handler": {"code": "manual-fulfillment", "arguments": arguments}},
        )["addFulfillmentToOrder"]
        self.admin(
            'mutation($i:ID!){transitionFulfillmentToState(id:$i,state:"Shipped"){__typename}}',
            i=parcel["id"],
        )

    def told(self, code: str, what: str) -> Any:
        """What the server itself says of an order."""
        query = "query($c:String!){orders(options:{filter:{code:{eq:$c}}}){items{%s}}}"
        [order] = self.admin(query % what, c=code)["orders"]["items"]
        return order

    def _variant(self, sku: str) -> str:
        query = "query($s:String!){productVariants(options:{filter:{sku:{eq:$s}}}){items{id}}}"
        return str(self.admin(query, s=sku)["productVariants"]["items"][0]["id"])


@contextmanager
def running(place: Path) -> Iterator[Vendure]:
    """A server of one's own on a copy of the made file; a test without it says what to run."""
    made = folder()
    if not made.exists():
        pytest.fail("Vendure is not installed. Run: make peers", pytrace=False)
    shutil.copy(made / "shop.sqlite", place / "shop.sqlite")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "SHOP_PORT": str(port), "SHOP_FILE": str(place / "shop.sqlite")}
    with (place / "vendure.log").open("wb") as log:
        process = subprocess.Popen(
            [node(), "server.js"], cwd=made, env=environ, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _ready(url, process, place / "vendure.log")
        yield Vendure(url)
    finally:
        process.kill()
        process.wait()


def _ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(f"{url}/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"Vendure did not start: {log.read_text('utf-8')[-2_000:]}", pytrace=False)


def main() -> None:
    if folder().exists():
        return
    if complaint := missing():
        sys.exit(complaint)
    print(f"Installing Vendure, a real shop, into {folder()} ...")
    install(folder())


if __name__ == "__main__":
    main()
