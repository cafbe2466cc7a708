"""Alerts and dashboards as code, for a Prometheus that scrapes ``/metrics``."""
