"""Who signs for Teams, on loopback: keys to check tokens by, and tokens good and bad.

The Bot Framework signs what it sends to a bot with a key that an OpenID document leads to, and
gives a bot a token to call back with. botbuilder is pointed here by its configuration
(`Issuer.settings`); it fetches keys with calls that block, so that the issuer must not run in the
loop of what is tested.
"""

from __future__ import annotations

import base64
import hmac
import json
import ssl
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.loopback import Loopback

APP_ID = "00000000-0000-4000-8000-00000000b075"
APP_PASSWORD = "a password of the tests"
ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com"


class Issuer:
    """Serves keys over http, and tokens for the bot over https: the library wants it so."""

    def __init__(self, place: Path) -> None:
        self.certificate = place / "issuer.pem"
        """Trusted by whoever has its path in `REQUESTS_CA_BUNDLE`."""
        self.granted: list[str] = []
        """Tokens that the bot was given to call Teams with."""
        self.key_requests = 0
        self._keys: dict[str, rsa.RSAPrivateKey] = {}
        self._endorsements = ["msteams"]
        self._loopback = Loopback()
        self.kid = self.rotate()
        self.url = self._loopback.serve(self._app())
        self.login_url = f"{self._loopback.serve(self._app(), _tls(self.certificate))}/adfs"
        """Named `adfs`, msal doesn't ask Microsoft whether it may trust it."""

    @property
    def metadata_url(self) -> str:
        return f"{self.url}/openid"

    def settings(self) -> dict[str, str]:
        """What botbuilder calls its configuration, each an attribute of the object given to it."""
        return {
            "APP_ID": APP_ID,
            "APP_PASSWORD": APP_PASSWORD,
            "CHANNEL_SERVICE": "",
            "TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL": self.metadata_url,
            "TO_BOT_FROM_CHANNEL_TOKEN_ISSUER": ISSUER,
            "TO_BOT_FROM_EMULATOR_OPENID_METADATA_URL": self.metadata_url,
            "TO_CHANNEL_FROM_BOT_LOGIN_URL": self.login_url,
            "TO_CHANNEL_FROM_BOT_OAUTH_SCOPE": SCOPE,
        }

    def rotate(
        self, *, keep_old: bool = False, endorsements: tuple[str, ...] = ("msteams",)
    ) -> str:
        """Sign with a new key from now on; the old one is forgotten, or served beside it."""
        if not keep_old:
            self._keys.clear()
        self._endorsements = list(endorsements)
        self.kid = uuid.uuid4().hex
        self._keys[self.kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self.kid

    def token(
        self,
        service_url: str | None,
        *,
        iss: str = ISSUER,
        aud: str = APP_ID,
        alg: str = "RS256",
        kid: str | None = None,
        lasts: float = 3600,
        begins: float = -300,
        **claims: Any,
    ) -> str:
        """As Teams signs for an activity with that `serviceUrl`; every part may be wrong.

        *lasts* below -300 is expired beyond the leeway; another *kid* names a key nobody knows;
        `alg="none"` isn't signed, `HS256` is signed with the public key, as forgers do.
        """
        now = time.time()
        told: dict[str, Any] = {"iss": iss, "aud": aud, "nbf": int(now + begins), **claims}
        told["exp"] = int(now + lasts)
        if service_url is not None:
            told["serviceurl"] = service_url
        named = {"kid": self.kid if kid is None else kid}
        if alg in ("none", "HS256"):
            return self._forged(told, {"typ": "JWT", "alg": alg, **named})
        return jwt.encode(told, self._keys[self.kid], algorithm=alg, headers=named)

    def signed(self, activity: Mapping[str, Any]) -> str:
        """The right token for an activity: for `tests.peers.teams_peer.signed_by`."""
        return self.token(activity["serviceUrl"])

    def stop(self) -> None:
        self._loopback.stop()

    def _forged(self, claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
        signed = f"{_packed(header)}.{_packed(claims)}"
        if header["alg"] == "none":
            return f"{signed}."
        key = self._keys[self.kid].public_key()
        public = key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        # PyJWT refuses to sign with a public key, and rightly so.
        return f"{signed}.{_base64(hmac.digest(public, signed.encode(), 'sha256'))}"

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/openid", self._metadata)
        app.router.add_get("/keys", self._jwks)
        app.router.add_get("/adfs/.well-known/openid-configuration", self._login)
        app.router.add_post("/adfs/token", self._grant)
        return app

    async def _metadata(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": ISSUER,
                "jwks_uri": f"{self.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _jwks(self, _: web.Request) -> web.Response:
        self.key_requests += 1
        keys = []
        for kid, key in self._keys.items():
            public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
            keys.append({**public, "kid": kid, "use": "sig", "endorsements": self._endorsements})
        return web.json_response({"keys": keys})

    async def _login(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.login_url,
                "authorization_endpoint": f"{self.login_url}/authorize",
                "token_endpoint": f"{self.login_url}/token",
            }
        )

    async def _grant(self, request: web.Request) -> web.Response:
        asked = await request.post()
        if (asked.get("client_id"), asked.get("client_secret")) != (APP_ID, APP_PASSWORD):
            return web.json_response({"error": "invalid_client"}, status=401)
        self.granted.append(f"granted-{uuid.uuid4().hex}")
        return web.json_response(
            {"token_type": "Bearer", "expires_in": 3600, "access_token": self.granted[-1]}
        )


@contextmanager
def issuer(place: Path) -> Iterator[Issuer]:
    """An issuer until the end."""
    one = Issuer(place)
    try:
        yield one
    finally:
        one.stop()


def _tls(certificate: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1, signed by itself, written to *certificate*."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer of the tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    both = certificate.with_suffix(".both")
    both.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    both.unlink()
    return context


def _packed(part: Mapping[str, Any]) -> str:
    return _base64(json.dumps(part).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
