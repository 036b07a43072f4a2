"""The issuer that Teams' tokens come from in tests, against the library that Parley has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from botbuilder.integration.aiohttp import ConfigurationBotFrameworkAuthentication
from botbuilder.schema import Activity
from botframework.connector.auth import JwtTokenExtractor

from tests.teams_tokens import APP_ID, Issuer, issuer

SERVICE = "http://127.0.0.1:1/_connector"
ACTIVITY = Activity(type="message", channel_id="msteams", service_url=SERVICE)


@pytest.fixture
def signer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    with issuer(tmp_path) as signer:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(signer.certificate))
        yield signer
        JwtTokenExtractor.metadataCache.clear()


@pytest.fixture
def library(signer: Issuer) -> ConfigurationBotFrameworkAuthentication:
    return ConfigurationBotFrameworkAuthentication(SimpleNamespace(**signer.settings()))


async def test_a_right_token_is_believed(
    signer: Issuer, library: ConfigurationBotFrameworkAuthentication
) -> None:
    identity = await library.authenticate_request(ACTIVITY, f"Bearer {signer.token(SERVICE)}")

    assert identity.claims_identity.claims["aud"] == APP_ID


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"service_url": "https://elsewhere.example"}, PermissionError),
        ({"service_url": None}, PermissionError),
        ({"iss": "https://somebody.example"}, PermissionError),
        ({"aud": "another-app"}, PermissionError),
        ({"alg": "none"}, Exception),
        ({"alg": "HS256"}, Exception),
        ({"alg": "RS384"}, jwt.InvalidAlgorithmError),
        ({"lasts": -3600}, jwt.ExpiredSignatureError),
        ({"begins": 3600}, jwt.ImmatureSignatureError),
        ({"kid": "unknown"}, IndexError),
    ],
    ids=str,
)
async def test_a_wrong_token_is_not(
    wrong: dict[str, Any],
    error: type[Exception],
    signer: Issuer,
    library: ConfigurationBotFrameworkAuthentication,
) -> None:
    """The library says so with whatever exception: an edge must catch them all."""
    token = signer.token(**{"service_url": SERVICE, **wrong})

    with pytest.raises(error, match=r"\w+") as refused:
        await library.authenticate_request(ACTIVITY, f"Bearer {token}")

    assert not isinstance(refused.value, ConnectionError)


@pytest.mark.parametrize(
    ("header", "error"),
    [("", AttributeError), ("Bearer", AttributeError), ("Basic abc", PermissionError)],
)
async def test_a_header_without_a_token_is_refused_in_odd_ways(
    header: str, error: type[Exception], library: ConfigurationBotFrameworkAuthentication
) -> None:
    """Handed None instead of "", an adapter takes it for somebody who is already known."""
    with pytest.raises(error):
        await library.authenticate_request(ACTIVITY, header)


async def test_a_key_that_does_not_vouch_for_teams_is_refused(
    signer: Issuer, library: ConfigurationBotFrameworkAuthentication
) -> None:
    signer.rotate(endorsements=("webchat",))

    with pytest.raises(Exception, match="endorsement"):
        await library.authenticate_request(ACTIVITY, f"Bearer {signer.token(SERVICE)}")


async def test_after_a_rotation_the_library_does_not_ask_again_by_itself(
    signer: Issuer, library: ConfigurationBotFrameworkAuthentication
) -> None:
    """It raises IndexError for a day; whoever uses it must make it forget what it knows."""
    await library.authenticate_request(ACTIVITY, f"Bearer {signer.token(SERVICE)}")
    signer.rotate()
    fresh = f"Bearer {signer.token(SERVICE)}"

    with pytest.raises(IndexError):
        await library.authenticate_request(ACTIVITY, fresh)

    JwtTokenExtractor.metadataCache.clear()
    await library.authenticate_request(ACTIVITY, fresh)
    assert signer.key_requests == 2


async def test_while_keys_overlap_a_new_one_is_served_beside_the_old(signer: Issuer) -> None:
    old = signer.kid
    new = signer.rotate(keep_old=True)

    assert old != new
    assert set(signer._keys) == {old, new}


async def test_the_bot_gets_a_token_to_call_teams_with(
    signer: Issuer, library: ConfigurationBotFrameworkAuthentication
) -> None:
    """Over the real msal, which talks to nobody but the issuer."""
    settings = signer.settings()
    credentials = await library._inner._credentials_factory.create_credentials(
        APP_ID,
        settings["TO_CHANNEL_FROM_BOT_OAUTH_SCOPE"],
        settings["TO_CHANNEL_FROM_BOT_LOGIN_URL"],
        True,
    )

    assert credentials.get_access_token() == signer.granted[-1]
