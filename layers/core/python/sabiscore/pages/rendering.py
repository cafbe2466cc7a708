"""Templates and what every page is sent with. Jinja2 escapes all that is put into a page."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sabiscore.errors import Unavailable
from sabiscore.pages import numbers, probability_bar

FOLDER = Path(__file__).parent
BUILT = FOLDER / "built"
"""Written by ``python -m infra.site``: ``assets.json``, the name of each script and style → where its newest
build is; ``early.js``, which stands in pages; and ``fonts``."""

MEDIA_TYPE = "text/html; charset=utf-8"

CONTENT_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types pages service-worker"
)
"""Nothing runs, loads or is sent anywhere but from and to this site; no inline script or style."""


def content_policy() -> str:
    """CONTENT_POLICY, and the one script that pages hold. Raises Unavailable before the site is built.

    A second request before the first paint costs a reader far away as much as the page itself.
    """
    return _policy_with(_built("early.js"))


@lru_cache(maxsize=1)
def _policy_with(script: str) -> str:
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return f"{CONTENT_POLICY}; script-src 'self' 'sha256-{digest}'"


_NO_CONTENT_NAMED = b' data-content=""'

_FILTERS = (
    numbers.age,
    numbers.clock,
    numbers.day_name,
    numbers.fixed,
    numbers.moment,
    numbers.per_cent,
    numbers.season,
    numbers.signed,
    probability_bar.whole_numbers,
)


def render(template: str, values: Mapping[str, object]) -> bytes:
    """The page that ``template`` makes of ``values``, UTF-8. Raises Unavailable before the site is built.

    It says what tells it from the same page at another time, so that scripts see whether anything is new.
    """
    page = _environment().get_template(template).render(values).encode()
    return page.replace(_NO_CONTENT_NAMED, b' data-content="%s"' % sha256(page).hexdigest()[:12].encode(), 1)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # English is in the templates; a translation is a catalogue of gettext, installed here.
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {function.__name__: function for function in _FILTERS}
    environment.globals |= {"asset": asset, "early": early}
    return environment


def asset(name: str) -> str:
    """The address of a script or style. Raises Unavailable before the site is built."""
    try:
        return _assets()[name]
    except KeyError:
        raise Unavailable(f"The site was built without {name}.", hint="Build it again: make site") from None


def early() -> Markup:
    """The script that runs before the first paint. Raises Unavailable before the site is built."""
    return Markup(_built("early.js"))  # noqa: S704 - of our own build


def build_digest() -> str:
    """What tells this build of scripts and styles from others. Raises Unavailable before there is any."""
    return _digest_of(_built("assets.json"))


@lru_cache(maxsize=1)
def _digest_of(assets: str) -> str:
    return sha256(assets.encode()).hexdigest()


def _assets() -> Mapping[str, str]:
    return _addresses(_built("assets.json"))


@lru_cache(maxsize=1)
def _addresses(assets: str) -> Mapping[str, str]:
    addresses: dict[str, str] = json.loads(assets)
    return addresses


def _built(name: str) -> str:
    path = BUILT / name
    try:
        return _text(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise Unavailable("The pages are not built yet.", hint="Build them: make site") from None


@lru_cache(maxsize=4)
def _text(path: Path, _changed_ns: int) -> str:
    return path.read_text(encoding="utf-8")
