"""Bodies that are made to break what reads them: no route answers any of them with anything but a refusal."""

from __future__ import annotations

import gzip

LINE_BYTES = 100 * 2**20
"""A line that nobody should read to its end."""

BOMBS: dict[str, bytes] = {
    "deep lists": b"[" * 60_000,
    "deep and closed": b"[" * 30_000 + b"]" * 30_000,
    "deep objects": b'{"a":' * 10_000,
    "deep in a member": b'{"matchup":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "a huge number": b'{"matchup":' + b"9" * 60_000 + b"}",
    "a number without end": b'{"matchup":1e999999}',
    "a negative one": b'{"matchup":-1e999999}',
    "NaN": b'{"matchup":NaN}',
    "Infinity": b'{"matchup":"Arsenal vs Chelsea","league":-Infinity}',
    "a member twice": b'{"matchup":"Arsenal vs Chelsea","matchup":"Leeds vs Norwich"}',
    "a member twice, differently written": b'{"path":"/match/a","pa\\u0074h":"/match/b"}',
    "a member twice, deeper": b'{"matchup":"Arsenal vs Chelsea","league":{"a":1,"a":2}}',
    "many members": b"{" + b",".join(b'"m%d":1' % at for at in range(5_000)) + b"}}",
    "a gzip bomb": gzip.compress(b"\0" * 40_000_000),
    "not UTF-8": b'{"matchup":"\xff\xfe"}',
    "UTF-16": '{"matchup":"Arsenal vs Chelsea"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"matchup":"Arsenal vs Chelsea"}',
    "nothing": b"",
    "two documents": b'{"matchup":"Arsenal vs Chelsea"}{}',
    "a torn one": b'{"matchup":"Arsenal vs Chel',
    "a lone surrogate": b'{"matchup":"\\ud800"}',
}
