"""The API document as one page: no script, nothing fetched from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from sabiscore.http.problems import TITLES

Schema = Mapping[str, Any]

STYLE = """
:root{color-scheme:light dark;--ink:#16202a;--soft:#5b6875;--line:#dde3e8;--paper:#fff;--tint:#f4f7f9;
--green:#0b7a4b;--blue:#1d5fbf;--red:#b3372b}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--soft:#9fadba;--line:#2c3742;--paper:#11171d;
--tint:#1a222a;--green:#4cc38a;--blue:#7db2ff;--red:#ff8a7a}}
*{box-sizing:border-box}html{scroll-behavior:smooth;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
.page{display:grid;grid-template-columns:15rem minmax(0,1fr);max-width:76rem;margin:auto}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:2rem 1rem;font-size:.9rem}
nav b{display:block;margin:1.2rem 0 .3rem;color:var(--soft);font-size:.75rem;text-transform:uppercase;
letter-spacing:.06em}nav a{display:block;padding:.15rem 0;color:inherit;text-decoration:none}
nav a:hover{color:var(--blue)}main{padding:2rem 1.5rem 5rem;border-left:1px solid var(--line)}
h1{margin:0 0 .3rem;font-size:2rem;line-height:1.2}h2{margin:3rem 0 1rem;font-size:1.4rem}
h3{margin:0;font-size:1.1rem}p{max-width:44rem}.soft{color:var(--soft)}a{color:var(--blue)}
section{border:1px solid var(--line);border-radius:10px;margin:1.2rem 0;padding:1.1rem 1.2rem}
.route{display:flex;gap:.7rem;align-items:baseline;flex-wrap:wrap;margin:.2rem 0 .4rem}
.verb{font:700 .75rem ui-monospace,monospace;color:var(--paper);background:var(--green);
border-radius:5px;padding:.15rem .5rem}.verb.post{background:var(--blue)}
code,pre{font:.86rem/1.5 ui-monospace,SFMono-Regular,Menlo,monospace}
pre{background:var(--tint);border-radius:8px;padding:.8rem 1rem;overflow:auto;max-height:26rem;margin:.5rem 0}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem;margin:.5rem 0}
th{text-align:left;color:var(--soft);font-weight:600}
td,th{padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
summary{cursor:pointer;color:var(--blue);margin:.3rem 0}.bad{color:var(--red)}
@media(max-width:52rem){.page{display:block}nav{position:static;max-height:none;padding-bottom:0}
main{border:0;padding:1rem}}
"""

EXPLAINED: Mapping[str, str] = {
    "bad-request": "The body is not JSON. Mend it and send it again.",
    "unauthorized": "The call is not signed by Standard Webhooks with our shared secret, its timestamp is "
    "more than five minutes off, or it is a copy. Sign it anew.",
    "signed-out": "The access token, API key or session is missing, over or revoked. Sign in, or renew the "
    "session.",
    "wrong-credentials": "No account has this e-mail and this password. Which of them is wrong is not said.",
    "invalid": "A parameter or member cannot be used; `errors` says which and why.",
    "unknown-league": "No league that we forecast has this name; `candidates` holds keys that exist.",
    "unknown-team": "No team of the league has this name; `candidates` holds the nearest. We never guess.",
    "unknown-entry": "The ledger has no entry with this number or hash.",
    "unknown-season": "The record has no day of this season.",
    "unknown-match": "No coming match has this id. Matches leave the list when they are played.",
    "not-found": "There is no such path. A slash at the end matters.",
    "method-not-allowed": "The path exists, the method does not; `Allow` says which do.",
    "conflict": "The id of this call was used for another one. Give every call its own.",
    "busy": "A run of this schedule is under way, and may have read its facts before yours changed. "
    "Nothing was done; make the call again after `Retry-After` seconds.",
    "precondition-failed": "`If-Match` or `If-Unmodified-Since` expects an older answer. Ask without it.",
    "body-too-large": "More than 64 KiB were sent.",
    "uri-too-long": "Path and query are longer than 4096 bytes.",
    "range-not-satisfiable": "`Range` asks for bytes after the end; `Content-Range` says how many there are.",
    "fields-too-large": "The header fields are longer than 8192 bytes together.",
    "unsupported-media-type": "Send `Content-Type: application/json`.",
    "too-many-requests": "More requests than the limit of one minute, or passwords than may be tried. "
    "Try again after `Retry-After` seconds.",
    "nothing-published": "No bundle or no matches are published yet. Try again after `Retry-After` seconds.",
    "unavailable": "A part that answers are made from is away. Try again after `Retry-After` seconds.",
    "accounts-off": "This service has no accounts: `detail` names the setting that is missing.",
    "overloaded": "More was asked for at that moment than could be answered. Try again after `Retry-After`.",
    "timeout": "The answer took too long to make. Try again: it may be there by then.",
    "not-stored": "`only-if-cached` was asked for, and the edge has no stored answer that may be used.",
    "forbidden": "Rooms of the edge and sessions are open to our own pages and to whoever is no page; a call "
    "by cookie needs its CSRF token; some calls are for operators, or not for API keys.",
    "upgrade-required": "Rooms of the edge are entered with a WebSocket.",
    "misconfigured": "A setting of the service cannot be used; `detail` names it, for its operator.",
    "untrusted": "Stored data failed verification and is not used. We have been notified.",
    "unexpected": "Our fault. Tell us the `request_id`.",
}


def docs_page(document: Schema) -> bytes:
    """The page of an API document, whose only style is its own."""
    return _page(document).encode()


def _page(document: Schema) -> str:
    info = document["info"]
    paragraphs = "".join(f"<p>{_prose(text)}</p>" for text in info["description"].split("\n\n"))
    parts = [
        f"<h1>{escape(info['title'])}</h1><p class=soft>API {escape(info['version'])} · ",
        '<a href="/openapi.json">openapi.json</a> · <a href="/docs">how to use it</a></p>',
        paragraphs,
        *(_tag(document, tag) for tag in document["tags"]),
        '<h2 id="problems">Problems</h2>',
        *(_problem(slug) for slug in TITLES),
        '<h2 id="models">Models</h2>',
        *(_model(name, schema) for name, schema in sorted(document["components"]["schemas"].items())),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{STYLE}</style></head><body>"
        f'<div class="page"><nav aria-label="Contents">{_contents(document)}</nav>'
        f"<main>{''.join(parts)}</main></div></body></html>"
    )


def _contents(document: Schema) -> str:
    lines = []
    for tag in document["tags"]:
        lines.append(f"<b>{escape(tag['name'])}</b>")
        lines += [
            f'<a href="#{operation["operationId"]}">{escape(operation["summary"])}</a>'
            for _, _, operation in _operations(document, tag["name"])
        ]
    return "".join([*lines, '<b>More</b><a href="#problems">Problems</a><a href="#models">Models</a>'])


def _operations(document: Schema, tag: str) -> Iterable[tuple[str, str, Schema]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield method, path, operation


def _tag(document: Schema, tag: Schema) -> str:
    operations = "".join(_operation(*found) for found in _operations(document, tag["name"]))
    return f"<h2>{escape(tag['name'])}</h2><p>{_prose(tag['description'])}</p>{operations}"


def _operation(method: str, path: str, operation: Schema) -> str:
    body = operation.get("requestBody")
    return "".join(
        [
            f'<section class="op" id="{operation["operationId"]}"><h3>{escape(operation["summary"])}</h3>',
            f'<div class="route"><span class="verb {method}">{method.upper()}</span>',
            f"<code>{escape(path)}</code></div><p>{_prose(operation['description'])}</p>",
            _parameters(operation["parameters"]),
            _content("Body", body["content"]) if body else "",
            *(_response(status, response) for status, response in operation["responses"].items()),
            "</section>",
        ]
    )


def _parameters(parameters: Iterable[Schema]) -> str:
    rows = [
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}</td>"
        f"<td>{_kind(p['schema'])}</td><td>{_prose(p['description'])}</td></tr>"
        for p in parameters
    ]
    head = "<tr><th>Parameter</th><th>In</th><th>Type</th><th>Meaning</th></tr>"
    return f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>' if rows else ""


def _response(status: str, response: Schema) -> str:
    colour = "bad" if status >= "400" else ""
    title = f'<strong class="{colour}">{status}</strong> {_prose(response["description"])}'
    return _content(title, response.get("content", {}))


def _content(title: str, content: Schema) -> str:
    shown = []
    for media_type, of_type in content.items():
        shown.append(f"<p class=soft><code>{escape(media_type)}</code> {_kind(of_type['schema'])}</p>")
        for example in of_type.get("examples", {}).values():
            text = json.dumps(example["value"], indent=2, ensure_ascii=False)
            shown.append(f"<pre tabindex=0>{escape(text)}</pre>")
    return f"<details><summary>{title}</summary>{''.join(shown)}</details>" if shown else f"<p>{title}</p>"


def _problem(slug: str) -> str:
    return (
        f'<section class="model" id="problem-{slug}"><h3>{escape(TITLES[slug])}</h3>'
        f"<p><code>{slug}</code> · {_prose(EXPLAINED[slug])}</p></section>"
    )


def _model(name: str, schema: Schema) -> str:
    rows = [
        f"<tr><td><code>{escape(member)}</code></td><td>{_kind(of)}</td>"
        f"<td>{_prose(of.get('description', ''))}</td></tr>"
        for member, of in schema.get("properties", {}).items()
    ]
    head = "<tr><th>Member</th><th>Type</th><th>Meaning</th></tr>"
    table = f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'
    return (
        f'<section class="model" id="model-{name}"><h3>{escape(name)}</h3>'
        f"<p>{_prose(schema.get('description', ''))}</p>{table}</section>"
    )


def _kind(schema: Schema) -> str:
    """What a schema allows, in a few words, with links to models."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#model-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if "enum" in schema and len(schema["enum"]) <= 6:
        return " · ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if "items" in schema:
        return f"list of {_kind(schema['items'])}"
    return escape(schema.get("format") or schema.get("type") or "anything")


def _prose(text: str) -> str:
    """``text`` with its `code` marked up."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
