#!/usr/bin/env bash
# icalendar 7.3.2: a start with a fixed offset, as providers send it, comes back without any zone.
#
# Expected: RFC 5545 knows three forms of date-time: floating, UTC ("Z") and local with TZID, and a TZID must name a
#   VTIMEZONE in the same object (section 3.2.19). A fixed offset has no form of its own, so a writer can turn it
#   into UTC or refuse it.
# Seen: datetime.fromisoformat("2026-08-22T15:00:00+02:00") is written as TZID="UTC+02:00" without a VTIMEZONE. The
#   library itself reads that back as a naive datetime; other readers are left to guess what "UTC+02:00" is.
# Cost: a kick-off is hours off for everybody outside that offset, while a test that uses UTC or ZoneInfo passes.
# Instead: start.astimezone(timezone.utc), or ZoneInfo("Europe/Madrid") together with Calendar.add_missing_timezones().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check icalendar==7.3.2 tzdata==2026.6
cat > "$work/finding.py" <<'PY'
import datetime
import sys
from importlib.metadata import version

from icalendar import Calendar, Event


def written_and_read(start):
    calendar, event = Calendar(), Event()
    event.add("uid", "ashford-brigg@example.test")
    event.add("dtstamp", datetime.datetime(2026, 8, 1, tzinfo=datetime.timezone.utc))
    event.add("dtstart", start)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    text = calendar.to_ical().decode()
    line = next(line for line in text.splitlines() if line.startswith("DTSTART"))
    return line, "VTIMEZONE" in text, Calendar.from_ical(text).walk("VEVENT")[0]["dtstart"].dt


kickoff = datetime.datetime.fromisoformat("2026-08-22T15:00:00+02:00")
line, zone_written, read = written_and_read(kickoff)
utc_line, _, utc_read = written_and_read(kickoff.astimezone(datetime.timezone.utc))
print(f"icalendar {version('icalendar')}: kick-off {kickoff.isoformat()}")
print("expected: DTSTART:20260822T130000Z, read back as the same instant")
print(f"seen:     {line}, VTIMEZONE: {zone_written}, read back as {read.isoformat()} (zone: {read.tzinfo})")
print(f"as UTC:   {utc_line}, read back as the same instant: {utc_read == kickoff}")
still = line.startswith("DTSTART;TZID=") and not zone_written and read.tzinfo is None and utc_read == kickoff
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
