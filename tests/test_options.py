"""What connectors declare that operators set: by environment, by file, by account."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from assistant.errors import Misconfigured
from connectors.options import Option, Opts, accounts, listed, read
from tests.fakes import settings


class Options(Opts):
    token: SecretStr
    """Write the token that the provider shows."""
    numbers: tuple[str, ...] = ()
    """Which of them are ours."""
    limit: int = 10
    """How many at once."""


def made(environment: dict[str, str], **tables: Any) -> Any:
    said = {name: SecretStr(value) for name, value in environment.items()}
    return settings(environment=said, **tables)


def test_an_option_is_the_connector_s_name_and_its_own() -> None:
    one = read(made({"PIGEON_TOKEN": "t", "PIGEON_NUMBERS": "1, 2"}), "pigeon", Options)
    assert (one.token.get_secret_value(), one.numbers, one.limit) == ("t", ("1", "2"), 10)


def test_each_account_has_its_own_and_else_the_channel_s() -> None:
    tables = {"pigeon": {"limit": 5, "accounts": {"de-shop": {"limit": 7}, "us": {}}}}
    environment = {"PIGEON_TOKEN": "all", "PIGEON_DE_SHOP_TOKEN": "german"}
    found = accounts(made(environment, channels=tables), "pigeon", Options)
    assert {name: (one.token.get_secret_value(), one.limit) for name, one in found.items()} == {
        "de-shop": ("german", 7),
        "us": ("all", 5),
    }


@pytest.mark.parametrize(
    ("environment", "tables", "said"),
    [
        ({}, {}, "PIGEON_TOKEN: It is not set. Write the token that the provider shows."),
        ({"PIGEON_TOKEN": "s3cret", "PIGEON_LIMIT": "x"}, {}, "PIGEON_LIMIT: Input should be"),
        ({}, {"token": "s3cret"}, "channels.pigeon.token: a secret does not belong into the file."),
        ({"PIGEON_TOKEN": "s3cret"}, {"limt": 4}, "channels.pigeon: There is no “limt” here."),
        ({"PIGEON_TOKEN": "s3cret"}, {"limit": "y"}, "channels.pigeon.limit: Input should be"),
        ({"PIGEON_TOKEN": "s3cret", "PIGEON_API_URL": "here"}, {}, "PIGEON_API_URL: This is no"),
    ],
)
def test_what_is_wrong_is_told_by_its_place_and_no_secret_with_it(
    environment: dict[str, str], tables: dict[str, Any], said: str
) -> None:
    with pytest.raises(Misconfigured) as error:
        read(made(environment, channels={"pigeon": tables}), "pigeon", Options)
    assert str(error.value).startswith(said)
    assert "s3cret" not in str(error.value)


def test_doctor_sees_every_option_of_every_account_without_its_secrets() -> None:
    tables = {"pigeon": {"accounts": {"us": {"limit": 7}}}}
    rows = list(listed(made({"PIGEON_TOKEN": "s3cret"}, channels=tables), "pigeon", Options))
    assert rows == [
        Option("PIGEON_US_API_URL", "not set", "default"),
        Option("PIGEON_US_TOKEN", "set, not shown", "environment"),
        Option("PIGEON_US_NUMBERS", "none", "default"),
        Option("PIGEON_US_LIMIT", "7", "channels.pigeon.accounts.us"),
    ]
