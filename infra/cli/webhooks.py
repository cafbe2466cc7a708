"""``sabiscore webhooks``: who is sent messages about what happens, and whether they take them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from secrets import token_bytes, token_hex
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import AsJson, answer, table

if TYPE_CHECKING:
    from sabiscore.events.deliveries import Delivery, ReceiverAnswer
    from sabiscore.events.webhooks import WebhookSubscription
    from sabiscore.store.webhooks import WebhookStore

SECRET_BYTES = 32

app = typer.Typer(
    help="Outgoing webhooks: goals, value bets and predictions, signed by Standard Webhooks.",
    no_args_is_help=True,
)


@app.command()
def add(
    url: Annotated[
        str, typer.Argument(help="Where messages are posted, like https://hooks.example.com/path.")
    ],
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="Only these, like match.goal; may be repeated."),
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="A receiver of this machine, like http://127.0.0.1:9000.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Subscribes an address to messages, and shows once the secret that they are signed with.

    Example: sabiscore webhooks add https://hooks.example.com/goals --type match.goal
    """
    from sabiscore.clock import SystemClock
    from sabiscore.events.webhooks import WebhookSubscription, types_from
    from sabiscore.net.receivers import receiver_address

    subscription = WebhookSubscription(
        id=f"whk_{token_hex(8)}",
        url=receiver_address(url, is_local=local),
        secret=f"whsec_{b64encode(token_bytes(SECRET_BYTES)).decode()}",
        types=types_from(type_ or ()),
        is_local=local,
        created_at=SystemClock().now(),
    )
    with _opened() as webhooks:
        webhooks.add(subscription)
    if as_json:
        answer({"id": subscription.id, "secret": subscription.secret, "types": list(subscription.types)})
        return
    typer.echo(f"{subscription.id} gets: {', '.join(subscription.types)}")
    typer.echo(f"Its secret, which is not shown again: {subscription.secret}")
    typer.echo(f"Try it: sabiscore webhooks test {subscription.id}")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Shows every subscription, whether its messages are taken, and why it was switched off."""
    with _opened() as webhooks:
        found, waiting = webhooks.subscriptions(), webhooks.waiting()
    if as_json:
        answer([_row(subscription, waiting.get(subscription.id, 0)) for subscription in found])
        return
    rows = [
        (each.id, each.url, ", ".join(each.types), str(waiting.get(each.id, 0)), _state(each))
        for each in found
    ]
    table(("webhook", "address", "types", "waiting", "state"), rows)


@app.command()
def remove(
    webhook: Annotated[str, typer.Argument(metavar="ID", help="As sabiscore webhooks list shows it.")],
) -> None:
    """Removes a subscription, with the messages that wait for it."""
    with _opened() as webhooks:
        if not webhooks.remove(webhook):
            raise _unknown(webhook)
    typer.echo(f"{webhook} is removed.")


@app.command()
def test(
    webhook: Annotated[str, typer.Argument(metavar="ID", help="As sabiscore webhooks list shows it.")],
) -> None:
    """Sends a message of the type webhook.ping; a subscription that takes it is on again."""
    import asyncio

    from sabiscore.clock import SystemClock
    from sabiscore.errors import ReceiverUnavailable

    with _opened() as webhooks:
        found = {each.id: each for each in webhooks.subscriptions()}
        if webhook not in found:
            raise _unknown(webhook)
        taken = asyncio.run(_pinged(found[webhook]))
        if not taken.is_taken:
            raise ReceiverUnavailable(
                f"The receiver answered {taken.status}.", hint="It should answer 2xx, 204 for instance."
            )
        webhooks.switch_on(webhook, SystemClock().now())
    typer.echo(f"{webhook} took the message ({taken.status}).")


async def _pinged(subscription: WebhookSubscription) -> ReceiverAnswer:
    from sabiscore.bootstrap.events import webhook_post
    from sabiscore.clock import SystemClock
    from sabiscore.net.receivers import ReceiverClient

    clock = SystemClock()
    return await webhook_post(ReceiverClient(clock.now), clock)(_ping(subscription))


def _ping(subscription: WebhookSubscription) -> Delivery[WebhookSubscription]:
    from sabiscore.clock import SystemClock
    from sabiscore.events.deliveries import Delivery
    from sabiscore.events.webhooks import PING, webhook_message

    now = SystemClock().now()
    message = webhook_message(f"msg_{token_hex(16)}", PING, now, {"webhook": subscription.id})
    return Delivery(
        subscription=subscription,
        message_id=message.id,
        type=message.type,
        body=message.body,
        event_at=now,
        due_at=now,
    )


def _row(subscription: WebhookSubscription, waiting: int) -> dict[str, object]:
    """Everything but the secret."""
    hidden = {"secret"}
    members = {name: getattr(subscription, name) for name in subscription.__slots__ if name not in hidden}
    return {**members, "types": list(subscription.types), "waiting": waiting}


def _state(subscription: WebhookSubscription) -> str:
    """How it stands, in words."""
    if subscription.disabled_at is not None:
        return f"off since {subscription.disabled_at:%Y-%m-%d %H:%M}: {subscription.failure}"
    if subscription.failing_since is not None:
        return f"failing since {subscription.failing_since:%Y-%m-%d %H:%M}: {subscription.failure}"
    if subscription.delivered_at is None:
        return "nothing sent yet"
    return f"took a message at {subscription.delivered_at:%Y-%m-%d %H:%M}"


def _unknown(webhook: str) -> Exception:
    from sabiscore.errors import BadSetting

    return BadSetting(f"There is no webhook {webhook[:40]!r}.", hint="See: sabiscore webhooks list")


@contextmanager
def _opened() -> Iterator[WebhookStore]:
    from infra.local.first_day import reading
    from sabiscore.store.session import Database
    from sabiscore.store.webhooks import WebhookStore

    with reading("real") as settings, closing(Database(settings.database_url, make=False)) as database:
        yield WebhookStore(database)
