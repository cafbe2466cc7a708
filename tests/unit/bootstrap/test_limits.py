"""Settings become limits: of the fleet where there is a Redis, of each instance where there is none."""

from __future__ import annotations

import pytest

from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import SystemClock
from sabiscore.errors import BadSetting
from sabiscore.limits.bucket import Buckets
from sabiscore.limits.leases import Leases
from sabiscore.settings import read_settings

REDIS = {"UPSTASH_REDIS_REST_URL": "http://127.0.0.1:1", "UPSTASH_REDIS_REST_TOKEN": "a-token"}
SECRET = "whsec_" + "ZWRnZWVk" * 4


@pytest.mark.parametrize(("environ", "kind"), [({}, Buckets), (REDIS, Leases)], ids=["alone", "fleet"])
def test_the_guard_is_made_from_the_settings(environ, kind):
    guarded = {
        "SABISCORE_REQUESTS_PER_MINUTE": "70",
        "SABISCORE_CORS_ORIGINS": "https://a.example http://localhost:3000",
        "SABISCORE_EDGE_SECRET": SECRET,
    }
    made = Bootstrap(read_settings({**guarded, **environ}), SystemClock())
    assert type(made.guard.limiter) is kind
    assert type(made.lone_guard.limiter) is Buckets
    assert made.guard.limiter.most == made.lone_guard.limiter.most == 70
    assert made.guard.origins == ("https://a.example", "http://localhost:3000")
    assert made.guard.edge_secrets == (SECRET,)


@pytest.mark.parametrize("text", ["", "0", "-1", "1e3", "ten", "٣", "99999999999"])
def test_a_limit_that_is_no_number_is_refused_by_name(text):
    with pytest.raises(BadSetting, match="SABISCORE_REQUESTS_PER_MINUTE"):
        read_settings({"SABISCORE_REQUESTS_PER_MINUTE": text})


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "https://a.example/",
        "http://a.example",
        "* https://a.example",
        "null",
        "https://A.example",
    ],
)
def test_an_origin_that_no_browser_sends_is_refused_by_name(text):
    with pytest.raises(BadSetting, match="SABISCORE_CORS_ORIGINS"):
        read_settings({"SABISCORE_CORS_ORIGINS": text})
