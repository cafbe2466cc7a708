"""The client of the shared cache reads no more than an entry can hold, tries once, and tells nobody of us."""

from __future__ import annotations

import asyncio

import pytest

from infra.rigs.faults import fault_proxy
from sabiscore.cache.upstash_client import connect


def asked(port: int):
    """What comes of one GET through a client that reads 2 MB at most."""

    async def story():
        redis = connect(f"http://127.0.0.1:{port}", "token", most_bytes=2_000_000)
        try:
            assert "Upstash-Telemetry-Sdk" not in redis._headers
            return await redis.get("key")
        finally:
            await redis.close()

    return asyncio.run(story())


def test_an_answer_without_end_is_not_read_to_its_end():
    with fault_proxy(1) as proxy:
        proxy.fault = "oversized"
        with pytest.raises(Exception, match="more bytes than any entry has"):
            asked(proxy.port)


def test_what_fails_is_tried_once():
    with fault_proxy(1) as proxy:
        proxy.fault = "200_html"
        with pytest.raises(ValueError, match="Expecting value"):
            asked(proxy.port)
        assert proxy.requests == 1
