"""The composition root of subscriptions to push messages.

Reading the key touches no store; the first subscription imports SQLAlchemy, which no reader pays for.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from sabiscore.bootstrap.serving import Bootstrap, process
from sabiscore.errors import BadSetting, NothingStored, Refused, Unavailable
from sabiscore.http.app import create_app
from sabiscore.settings import Settings

if TYPE_CHECKING:
    from sabiscore.clock import Clock
    from sabiscore.http.push_body import PushSubscribe
    from sabiscore.store.push import SqlPushStore


def push_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the push function; the environment is read by the first request."""
    from sabiscore.http.push_routes import push_routes

    @lru_cache(maxsize=1)  # of one bootstrap: another takes its place when secrets are rotated
    def subscriptions_of(bootstrap: Bootstrap) -> StoredSubscriptions:
        return StoredSubscriptions(bootstrap.settings, bootstrap.clock)

    routes = push_routes(
        lambda: public_key((bootstrap or process()).settings),
        lambda: subscriptions_of(bootstrap or process()),
    )
    return create_app(routes, lambda: (bootstrap or process()).guard)


def public_key(settings: Settings) -> str | None:
    """What browsers subscribe with; None where nothing could be kept.

    A SQLite file that a fleet shares by a bucket is written by schedules alone: whatever another function
    put into its own copy would be lost.
    """
    return None if is_copy(settings) else settings.push_public_key


def is_copy(settings: Settings) -> bool:
    return settings.bucket is not None and settings.database_url.startswith("sqlite:")


class StoredSubscriptions:
    """Subscriptions in the store of ``settings``, which must be there already."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._opened: SqlPushStore | None = None

    def subscribe(self, asked: PushSubscribe) -> None:
        """Keeps it, in place of what its endpoint asked for before; a new one is sent a message at once.

        Raises Refused for an address that messages are not sent to and for keys that are none, Unavailable
        where none can be kept.
        """
        from sabiscore.events.push import PushSubscription, subscription_id, welcome
        from sabiscore.net.receivers import receiver_address
        from sabiscore.net.web_push import require_public_key

        try:
            endpoint = receiver_address(asked.endpoint, is_local=False)
        except BadSetting:
            raise Refused(
                "endpoint: messages are sent to hosts of the public internet only.",
                hint="Send it as the browser's push service gave it.",
            ) from None
        require_public_key(asked.p256dh)
        subscription = PushSubscription(
            id=subscription_id(endpoint),
            endpoint=endpoint,
            p256dh=asked.p256dh,
            auth=asked.auth,
            topics=tuple(sorted(set(asked.topics))),
            created_at=self._clock.now(),
        )
        store = self._store()
        if store.save(subscription):
            store.enqueue_for(subscription.id, welcome(subscription.created_at))

    def unsubscribe(self, endpoint: str) -> None:
        """Nothing is sent there any more, or ever was. Raises Unavailable."""
        from sabiscore.events.push import subscription_id

        if is_copy(self._settings):
            return
        # Without keys, too: what is kept would hear again once there are some.
        with suppress(NothingStored):
            self._opened_store().remove(subscription_id(endpoint))

    def _store(self) -> SqlPushStore:
        if public_key(self._settings) is None:
            raise Unavailable("No push messages are sent from here.", hint="See docs/push.md.")
        return self._opened_store()

    def _opened_store(self) -> SqlPushStore:
        if self._opened is None:
            from sabiscore.store.push import SqlPushStore
            from sabiscore.store.session import AT_ONCE_S, Database

            database = Database(self._settings.database_url, recover_s=AT_ONCE_S, make=False)
            self._opened = SqlPushStore(database)
        return self._opened
