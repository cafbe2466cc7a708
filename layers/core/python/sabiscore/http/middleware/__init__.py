"""What every request passes through, outermost first; pure ASGI, one file each."""

from __future__ import annotations

from starlette.middleware import Middleware

from sabiscore.http.middleware.body_limit import BodyLimit
from sabiscore.http.middleware.conditional import Conditional
from sabiscore.http.middleware.failures import Failures
from sabiscore.http.middleware.measure import Measure
from sabiscore.http.middleware.request_id import RequestId
from sabiscore.http.middleware.security_headers import SecurityHeaders

ORDER = (
    Middleware(RequestId),  # first, so that every line and every problem below carries the id
    Middleware(SecurityHeaders),
    Middleware(Measure),
    Middleware(Failures),
    Middleware(BodyLimit),
    Middleware(Conditional),
)
