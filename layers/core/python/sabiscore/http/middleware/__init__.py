"""What every request passes through, outermost first; pure ASGI, one file each."""

from __future__ import annotations

from starlette.middleware import Middleware

from sabiscore.http.middleware.body_limit import BodyLimit
from sabiscore.http.middleware.byte_range import ByteRange
from sabiscore.http.middleware.conditional import Conditional
from sabiscore.http.middleware.cross_origin import CrossOrigin
from sabiscore.http.middleware.edge_caller import EdgeCaller
from sabiscore.http.middleware.failures import Failures
from sabiscore.http.middleware.head_limit import HeadLimit
from sabiscore.http.middleware.limit import Limit
from sabiscore.http.middleware.measure import Measure
from sabiscore.http.middleware.request_id import RequestId
from sabiscore.http.middleware.security_headers import SecurityHeaders
from sabiscore.http.middleware.shed import Shed
from sabiscore.http.middleware.time_limit import TimeLimit
from sabiscore.http.middleware.trace_context import TraceContext
from sabiscore.http.request_policy import Guards


def order(guard: Guards) -> list[Middleware]:
    """The stack of every app; ``guard`` is first called by a request."""
    return [
        Middleware(RequestId),  # first, so that every line and every problem below carries the id
        Middleware(TraceContext),  # as the id
        Middleware(SecurityHeaders),
        Middleware(Measure),
        Middleware(Failures),  # of the guard itself: a setting that cannot be used
        Middleware(CrossOrigin, guard=guard),  # round every problem below: a script may read those too
        Middleware(Failures),
        Middleware(HeadLimit),
        Middleware(Shed, guard=guard),  # before anything that waits, as the limit does for Redis
        Middleware(EdgeCaller, guard=guard),
        Middleware(Limit, guard=guard),
        Middleware(TimeLimit, guard=guard),
        Middleware(BodyLimit),
        Middleware(ByteRange),
        Middleware(Conditional),  # decides before a range does
    ]
