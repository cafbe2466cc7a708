"""Where errors are reported, beside the log: a part of ``bootstrap``."""

from __future__ import annotations

from sabiscore.settings import Settings


def report_errors(settings: Settings) -> None:
    """Errors are told where a setting says so; what a rotation replaced is told no more."""
    from sabiscore.observability.log import report_errors_by

    if settings.sentry_dsn is None:
        report_errors_by(None)
        return
    from sabiscore.net.redact import Redactor, Secret
    from sabiscore.observability.error_reports import FLUSH_S, ErrorReports

    function = settings.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    report_errors_by(
        ErrorReports(
            settings.sentry_dsn,
            Redactor(map(Secret, settings.secret_values())),
            tags={"function": function} if function else {},
            # On Lambda no thread runs on once the answer is given.
            flush_s=FLUSH_S if function else None,
        )
    )
