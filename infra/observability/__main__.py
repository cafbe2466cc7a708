"""``python -m infra.observability``: makes the dashboard's file again from its panels."""

from __future__ import annotations

from infra.observability.dashboard import FILE, dashboard_json


def main() -> None:
    """Writes the file."""
    FILE.write_text(dashboard_json(), encoding="utf-8")
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
