"""The composition root of accounts.

Nothing of it is in reach of who only reads: the first call imports argon2, PyJWT and SQLAlchemy.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from sabiscore.bootstrap.openid import openid_provider
from sabiscore.bootstrap.push import is_copy
from sabiscore.bootstrap.serving import Bootstrap, process
from sabiscore.errors import AccountsOff
from sabiscore.http.app import create_app
from sabiscore.settings import Settings

if TYPE_CHECKING:
    from sabiscore.accounts.account import Session
    from sabiscore.accounts.openid import OpenIdProvider
    from sabiscore.accounts.service import Accounts
    from sabiscore.clock import Clock


def account_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the account function; the environment is read by the first request."""
    from sabiscore.http.account_routes import account_routes
    from sabiscore.http.openid_routes import openid_routes

    @lru_cache(maxsize=1)  # of one bootstrap: another takes its place when secrets are rotated
    def accounts_of(bootstrap: Bootstrap) -> Accounts:
        return stored_accounts(bootstrap.settings, bootstrap.clock)

    @lru_cache(maxsize=1)
    def provider_of(bootstrap: Bootstrap) -> OpenIdProvider:
        require_settings(bootstrap.settings)
        return openid_provider(bootstrap.settings, bootstrap.clock)

    def accounts() -> Accounts:
        return accounts_of(bootstrap or process())

    def site() -> str | None:
        return (bootstrap or process()).settings.edge_url

    routes = [
        *account_routes(accounts, site),
        *openid_routes(accounts, lambda: provider_of(bootstrap or process()), site),
    ]
    return create_app(routes, lambda: (bootstrap or process()).guard)


def missing_setting(settings: Settings) -> str | None:
    """The setting for want of which there are no accounts; None where there are.

    A SQLite file that a fleet shares by a bucket is written by schedules alone: an account in another
    function's copy would be lost.
    """
    if not settings.account_secrets:
        return "SABISCORE_ACCOUNT_SECRET"
    return "DATABASE_URL" if is_copy(settings) else None


def require_settings(settings: Settings) -> None:
    """Raises AccountsOff where a setting that accounts need is missing."""
    setting = missing_setting(settings)
    if setting is not None:
        raise AccountsOff(setting)


def stored_accounts(settings: Settings, clock: Clock) -> Accounts:
    """The accounts in the store of ``settings``. Raises AccountsOff, and NothingStored without one."""
    require_settings(settings)
    from sabiscore.accounts.keys import Keyring
    from sabiscore.accounts.passwords import Passwords
    from sabiscore.accounts.service import Accounts
    from sabiscore.store.accounts import SqlAccountStore
    from sabiscore.store.session import AT_ONCE_S, Database

    database = Database(settings.database_url, recover_s=AT_ONCE_S, make=False)
    return Accounts(
        SqlAccountStore(database),
        Keyring(settings.account_secrets),
        Passwords(),
        now=clock.now,
        reused=_warn,
    )


def _warn(session: Session) -> None:
    from sabiscore.observability.log import log

    log().warning(
        "a session was ended: an older token of it came back", extra={"account": session.account_id}
    )
