"""The routes of the push function: what a browser subscribes with, and its subscription."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.http import parameters, queries
from sabiscore.http.push_body import PushSubscribe, PushUnsubscribe
from sabiscore.http.schema import PushState, Subscribed

PATH = "/api/v1/push"
SUBSCRIPTIONS = f"{PATH}/subscriptions"
_NO_STORE = {"Cache-Control": "no-store"}
_KEPT = {"Cache-Control": "public, max-age=300"}


class Subscriptions(Protocol):
    """Where browsers' subscriptions are kept. All methods are called in a thread."""

    def subscribe(self, asked: PushSubscribe) -> None:
        """Keeps it, in place of what its endpoint asked for before.

        Raises Refused for an address that messages are not sent to, Unavailable where none can be kept.
        """
        ...

    def unsubscribe(self, endpoint: str) -> None:
        """Nothing is sent there any more. Raises Unavailable."""
        ...


def push_routes(
    public_key: Callable[[], str | None], subscriptions: Callable[[], Subscriptions]
) -> list[Route]:
    """Routes whose names are the operation ids of the API; both arguments are first called by a request."""

    async def get_push(request: Request) -> Response:
        parameters.no_query(request)
        key = public_key()
        state = PushState(
            status="closed" if key is None else "ready",
            public_key=key,
            reason="No push messages are sent from here." if key is None else None,
        )
        return Response(state.model_dump_json(), headers=_KEPT, media_type="application/json")

    async def post_push_subscription(request: Request) -> Response:
        parameters.no_query(request)
        asked = await queries.body(request, PushSubscribe)
        await run_in_threadpool(subscriptions().subscribe, asked)
        return _subscribed(asked.topics)

    async def delete_push_subscription(request: Request) -> Response:
        parameters.no_query(request)
        asked = await queries.body(request, PushUnsubscribe)
        await run_in_threadpool(subscriptions().unsubscribe, asked.endpoint)
        return _subscribed(())

    return [
        Route(PATH, get_push, name="get_push"),
        Route(SUBSCRIPTIONS, post_push_subscription, name="post_push_subscription", methods=["POST"]),
        Route(SUBSCRIPTIONS, delete_push_subscription, name="delete_push_subscription", methods=["DELETE"]),
    ]


def _subscribed(topics: Sequence[str]) -> Response:
    said = Subscribed(topics=tuple(sorted(set(topics))))
    return Response(said.model_dump_json(), headers=_NO_STORE, media_type="application/json")
