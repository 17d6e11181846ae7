"""A small stand-in for Vault's transit engine, in this process: real HTTP and AES-GCM, Vault's words of refusal."""

import json
import os
import re
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.invented"


class Transit(ThreadingHTTPServer):
    """Keys by name; ``deletable`` are those that may be deleted."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys: dict[str, bytes] = {}
        self.deletable: set[str] = set()
        self.is_sealed = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving() -> Iterator[Transit]:
    """Serve until the block ends."""
    with Transit() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Transit
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        self._answer(*self._refused_or(lambda: self._post(given)))

    do_PUT = do_POST  # noqa: N815  # http.server names methods so

    def do_LIST(self) -> None:
        names = sorted(self.server.keys)
        self._answer(*self._refused_or(lambda: (200, {"data": {"keys": names}}) if names else (404, {"errors": []})))

    def do_DELETE(self) -> None:
        self._answer(*self._refused_or(self._delete))

    def _refused_or(self, work: Any) -> tuple[int, Any]:
        if self.server.is_sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if self.headers["X-Vault-Token"] != TOKEN:
            return 403, {"errors": ["permission denied"]}
        found: tuple[int, Any] = work()
        return found

    def _post(self, given: dict[str, Any]) -> tuple[int, Any]:
        keys = self.server.keys
        if made := re.fullmatch(r"/v1/transit/keys/([\w-]+)", self.path):
            assert given["derived"] is True
            assert given["exportable"] is False
            keys.setdefault(made[1], os.urandom(32))
            return 200, {"data": {}}
        if changed := re.fullmatch(r"/v1/transit/keys/([\w-]+)/config", self.path):
            if given.get("deletion_allowed"):
                self.server.deletable.add(changed[1])
            return 200, {"data": {}}
        verb, name = self.path.rsplit("/", 2)[-2:]
        if name not in keys:
            return 400, {"errors": ["encryption key not found"]}
        cipher = AESGCM(sha256(keys[name] + b64decode(given["context"])).digest())
        if verb == "encrypt":
            nonce = os.urandom(12)
            sealed = nonce + cipher.encrypt(nonce, b64decode(given["plaintext"]), None)
            return 200, {"data": {"ciphertext": "vault:v1:" + b64encode(sealed).decode()}}
        if not given["ciphertext"].startswith("vault:v1:"):
            return 400, {"errors": ["invalid ciphertext: no prefix"]}
        sealed = b64decode(given["ciphertext"].removeprefix("vault:v1:"))
        try:
            plain = cipher.decrypt(sealed[:12], sealed[12:], None)
        except (InvalidTag, ValueError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": b64encode(plain).decode()}}

    def _delete(self) -> tuple[int, Any]:
        name = self.path.rsplit("/", 1)[-1]
        if name not in self.server.deletable:
            return 400, {"errors": ["deletion is not allowed for this key"]}
        self.server.keys.pop(name, None)
        return 204, None

    def _answer(self, status: int, content: Any) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
