"""The clients of AWS believe certified hosts only, and read the authorities once a process."""

from __future__ import annotations

import ssl

from sabiscore.net.tls import tls_context


def test_a_host_needs_a_certificate_of_its_own_name():
    context = tls_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.cert_store_stats()["x509_ca"] > 0


def test_authorities_are_read_once_and_not_from_the_environment(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    tls_context.cache_clear()
    assert tls_context() is tls_context()
