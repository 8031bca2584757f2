"""A real OpenID provider of the tests' own: npm's oidc-provider under Node.js."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
from joserfc.jwk import ECKey, RSAKey

from deploy.kafka.broker import free_port
from screener.config import OidcSettings
from tests.review import npm

SOURCE: Final = Path(__file__).parent
CLIENT: Final = "screener"
OTHER_CLIENT: Final = "payroll"
SECRET: Final = "a secret of the tests: with/odd characters"
BACK: Final = "http://127.0.0.1:8090/sign-in/oidc"


class OpenIdServer:
    """A provider on a port that stays the same from start to start."""

    def __init__(self, installed: Path) -> None:
        self._script = installed / "provider.mjs"
        self.port = free_port()
        self._process: subprocess.Popen[str] | None = None
        self.keys: list[RSAKey | ECKey] = [RSAKey.generate_key(2048, auto_kid=True)]

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **changed: Any) -> OidcSettings:
        return OidcSettings(**{"issuer": self.issuer, "client_id": CLIENT, **changed})

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(self._script)],
            cwd=self._script.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._process.stdin as settings:
            json.dump(self._settings(), settings)
        while (line := self._process.stdout.readline()).strip() != "ready":
            assert line, "the provider ended"

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def rotate(self) -> None:
        """Sign with another key from now on."""
        self.stop()
        self.keys = [ECKey.generate_key("P-256", auto_kid=True), RSAKey.generate_key(2048, auto_kid=True)]
        self.start()

    def _settings(self) -> dict[str, object]:
        keys = [{**key.as_dict(private=True), "use": "sig"} for key in self.keys]
        client = {"redirect_uris": [BACK], "response_types": ["code"], "grant_types": ["authorization_code"]}
        public = {**client, "token_endpoint_auth_method": "none"}
        return {
            "port": self.port,
            "jwks": {"keys": keys},
            "clients": [
                {**client, "client_id": CLIENT, "client_secret": SECRET},
                {**public, "client_id": OTHER_CLIENT},
            ],
        }


def sign_in(url: str, name: str) -> dict[str, str]:
    """What a browser brings back to `BACK` when somebody signs in at the provider and agrees."""
    with httpx.Client(trust_env=False) as browser:
        answer = browser.get(url)
        while True:
            if answer.is_redirect:
                where = urljoin(str(answer.url), answer.headers["location"])
                if where.startswith(BACK):
                    return dict(parse_qsl(urlsplit(where).query))
                answer = browser.get(where)
            else:
                assert answer.status_code == 200, answer.text[:2000]
                answer = _submit(browser, answer, {"login": name, "password": "anything"})


def _submit(browser: httpx.Client, page: httpx.Response, entered: Mapping[str, str]) -> httpx.Response:
    action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert action is not None, page.text[:2000]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    where = urljoin(str(page.url), unescape(action[1]))
    return browser.post(where, data={**hidden, **entered})


def installed(cache: Path) -> Path:
    """A folder with the provider and its packages. Raises `NotHere`."""
    return npm.installed(SOURCE, cache, files=("provider.mjs",))
