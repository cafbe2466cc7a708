"""A stand-in of Cloudflare's API: as much as wrangler needs to deploy a Worker, kept to be read back.

What was sent is what counts: bindings, secrets and files by version, and which version is deployed.
"""

from __future__ import annotations

import json
import re
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

ACCOUNT = "0123456789abcdef0123456789abcdef"
TOKEN = "cf-token-of-tests-0123456789"  # noqa: S105 - of nothing but this
UPLOADING = "an-upload-of-tests"
"""What a deployment may upload its site with."""


@dataclass
class Version:
    """A version of a Worker: its bindings by name, inherited ones resolved, its modules and site by path."""

    bindings: dict[str, dict[str, Any]]
    modules: Mapping[str, bytes]
    metadata: Mapping[str, Any]
    site: Mapping[str, bytes]
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(kw_only=True)
class CloudflareApi:
    """What an account has, and every call by method and path."""

    subdomain: str | None = "tests"
    workers: dict[str, list[Version]] = field(default_factory=dict)
    deployments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    namespaces: dict[str, str] = field(default_factory=dict)
    domains: list[dict[str, Any]] = field(default_factory=list)
    manifest: dict[str, str] = field(default_factory=dict)
    """Path → hash of the site that a deployment under way has named."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Hash → content of every file of a site that was uploaded."""
    calls: list[str] = field(default_factory=list)
    url: str = ""
    fault: str = ""
    """Spoils what a deployment sent: "no ORIGIN", "no secret" or "nothing"."""

    def deployed(self, name: str) -> Version:
        """The version that readers of the Worker get."""
        current = self.deployments[name][0]["versions"][0]["version_id"]
        return next(version for version in self.workers[name] if version.id == current)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        """(status, result) of a call below an account."""
        for pattern, handle in _ROUTES.items():
            wanted, _, expression = pattern.partition(" ")
            if method == wanted and (match := re.fullmatch(expression, path)):
                return handle(self, Call(match, headers, body))
        return 404, None

    def release(self, name: str, version: Version) -> None:
        """``version`` is deployed to all readers."""
        self.deployments.setdefault(name, []).insert(
            0,
            {
                "id": str(uuid4()),
                "source": "api",
                "strategy": "percentage",
                "author_email": "tests@example.com",
                "created_on": "2026-01-01T00:00:00Z",
                "annotations": {},
                "versions": [{"version_id": version.id, "percentage": 100}],
            },
        )


@dataclass(frozen=True, slots=True)
class Call:
    """A call as its handler gets it; ``match`` is that of its path."""

    match: re.Match[str]
    headers: Mapping[str, str]
    body: bytes


def _upload(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    name = call.match[1]
    parts = _parts(call.headers["content-type"], call.body)
    metadata = json.loads(parts.pop("metadata"))
    before = api.workers.get(name, [])
    site = {path: api.files[hash_] for path, hash_ in api.manifest.items()}
    version = Version(_bindings(metadata, before[-1] if before else None), parts, metadata, site)
    if api.fault == "no ORIGIN":
        version.bindings["ORIGIN"]["text"] = ""
    if api.fault == "no secret":
        version.bindings.pop("EDGE_SECRET", None)
    if api.fault == "nothing":
        return 200, {"id": name, "deployment_id": version.id}
    api.workers.setdefault(name, []).append(version)
    if call.match[2] != "/versions":
        api.release(name, version)
    return 200, {
        "id": version.id if call.match[2] else name,
        "etag": version.id,
        "deployment_id": version.id,
        "startup_time_ms": 1,
        "entry_point": metadata.get("main_module"),
        "number": len(before) + 1,
        "metadata": {},
        "resources": {"bindings": []},
    }


def _bindings(metadata: Mapping[str, Any], before: Version | None) -> dict[str, dict[str, Any]]:
    """By name; what is ``inherit`` or of a kind in ``keep_bindings`` comes from the version before."""
    kept = metadata.get("keep_bindings", ())
    old = before.bindings if before else {}
    found = {name: binding for name, binding in old.items() if binding["type"] in kept}
    for binding in metadata.get("bindings", ()):
        name = binding["name"]
        found[name] = old[name] if binding["type"] == "inherit" and name in old else dict(binding)
    return found


def _parts(content_type: str, body: bytes) -> dict[str, bytes]:
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body, policy=HTTP)
    return {
        str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True))
        for part in message.iter_parts()
    }


def _settings(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    if call.match[1] not in api.deployments:
        return 404, None
    hidden = [
        {"name": name, "type": "secret_text"} if binding["type"] == "secret_text" else binding
        for name, binding in api.deployed(call.match[1]).bindings.items()
    ]
    return 200, {
        "bindings": hidden,
        "migration_tag": api.workers[call.match[1]][-1].metadata.get("migrations", {}).get("new_tag"),
    }


def _script(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    script = {"environment": "production", "script": {"last_deployed_from": "wrangler"}}
    found = {"script": {"id": call.match[1]}, "default_environment": script}
    return (200, found) if call.match[1] in api.workers else (404, None)


def _secrets(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    if call.match[1] not in api.deployments:
        return 404, None
    bindings = api.deployed(call.match[1]).bindings.items()
    return 200, [
        {"name": name, "type": "secret_text"} for name, each in bindings if each["type"] == "secret_text"
    ]


def _version(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    for number, version in enumerate(api.workers.get(call.match[1], ()), start=1):
        if version.id == call.match[2]:
            metadata = {
                "created_on": "2026-01-01T00:00:00Z",
                "author_email": "tests@example.com",
                "source": "api",
            }
            bindings = [{"name": name, "type": each["type"]} for name, each in version.bindings.items()]
            resources = {"bindings": bindings, "script": {"etag": version.id}, "script_runtime": {}}
            return 200, {"id": version.id, "number": number, "metadata": metadata, "resources": resources}
    return 404, None


def _deployments(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    return (
        (200, {"deployments": api.deployments[call.match[1]]})
        if call.match[1] in api.workers
        else (404, None)
    )


def _deploy_version(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    wanted = json.loads(call.body)["versions"][0]["version_id"]
    api.release(
        call.match[1], next(version for version in api.workers[call.match[1]] if version.id == wanted)
    )
    return 200, api.deployments[call.match[1]][0]


def _delete(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    api.workers.pop(call.match[1], None)
    api.deployments.pop(call.match[1], None)
    return 200, None


def _namespaces(api: CloudflareApi, *_: object) -> tuple[int, Any]:
    return 200, [
        {"id": id_, "title": title, "supports_url_encoding": True} for title, id_ in api.namespaces.items()
    ]


def _new_namespace(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    title = json.loads(call.body)["title"]
    api.namespaces[title] = uuid4().hex
    return 200, {"id": api.namespaces[title], "title": title, "supports_url_encoding": True}


def _subdomain(api: CloudflareApi, *_: object) -> tuple[int, Any]:
    return (200, {"subdomain": api.subdomain}) if api.subdomain else (404, None)


def _domains(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    api.domains = json.loads(call.body).get("origins", [])
    return 200, []


def _name_site(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    api.manifest = {path: file["hash"] for path, file in json.loads(call.body)["manifest"].items()}
    missing = sorted({*api.manifest.values()} - api.files.keys())
    return 200, {"jwt": UPLOADING, "buckets": [missing] if missing else []}


def _upload_site(api: CloudflareApi, call: Call) -> tuple[int, Any]:
    api.files |= {
        name: b64decode(data) for name, data in _parts(call.headers["content-type"], call.body).items()
    }
    return 200, {"jwt": UPLOADING}


_WORKER = r"/workers/(?:scripts|services)/([\w-]+)"
_ROUTES: dict[str, Callable[[CloudflareApi, Call], tuple[int, Any]]] = {
    rf"PUT {_WORKER}()": _upload,
    rf"POST {_WORKER}(/versions)": _upload,
    rf"GET {_WORKER}/settings": _settings,
    rf"GET {_WORKER}": _script,
    rf"GET {_WORKER}/deployments": _deployments,
    rf"POST {_WORKER}/deployments": _deploy_version,
    rf"GET {_WORKER}/versions/([\w-]+)": _version,
    rf"DELETE {_WORKER}": _delete,
    rf"GET {_WORKER}/subdomain": lambda *_: (200, {"enabled": True, "previews_enabled": False}),
    rf"POST {_WORKER}/subdomain": lambda *_: (200, {"enabled": True, "previews_enabled": False}),
    rf"PUT {_WORKER}/domains/records": _domains,
    rf"POST {_WORKER}/assets-upload-session": _name_site,
    r"POST /workers/assets/upload": _upload_site,
    rf"GET {_WORKER}/secrets": _secrets,
    r"GET /workers/scripts": lambda api, *_: (200, [{"id": name} for name in api.workers]),
    r"GET /workers/subdomain": _subdomain,
    r"GET /storage/kv/namespaces": _namespaces,
    r"POST /storage/kv/namespaces": _new_namespace,
}


@contextmanager
def cloudflare_api() -> Iterator[CloudflareApi]:
    """The stand-in on a port of this machine, at its ``url``."""
    api = CloudflareApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            path = self.path.partition("?")[0]
            api.calls.append(f"{self.command} {path}")
            below = path.removeprefix(f"/accounts/{ACCOUNT}")
            status, result = 403, None
            if self.headers.get("authorization") in (f"Bearer {TOKEN}", f"Bearer {UPLOADING}"):
                status, result = api.answer(
                    self.command, below, {k.lower(): v for k, v in self.headers.items()}, body
                )
            errors = [] if status == 200 else [{"code": 10007 if status == 404 else 10000, "message": "no"}]
            text = json.dumps(
                {"success": status == 200, "errors": errors, "messages": [], "result": result}
            ).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        api.url = f"http://127.0.0.1:{server.server_port}"
        yield api
        server.shutdown()
