"""A provider's next host is asked where one does not answer, and what became of the first is news."""

from __future__ import annotations

import pytest

from sabiscore.errors import BadAnswer, Moved, NoResponse, NotFound, QuotaSpent, SourceDenied
from sabiscore.net.hosts import REMEMBERED_S, Hosts

BARE, WWW = "https://feeds.example.com", "https://www.feeds.example.com"
URL = f"{BARE}/E0.csv"


class Site:
    """What each host says, who was asked, and a clock."""

    def __init__(self, **says: Exception | str) -> None:
        self.says = {BARE: says["bare"], WWW: says["www"]}
        self.asked: list[str] = []
        self.news: list[str] = []
        self.at_s = 0.0
        self.hosts = Hosts((BARE, WWW), monotonic=lambda: self.at_s)

    def fetch(self) -> str:
        self.asked = []
        return self.hosts.first_answer(URL, self._ask, self.news.append)

    def _ask(self, url: str) -> str:
        self.asked.append(url)
        said = self.says[url.removesuffix("/E0.csv")]
        if isinstance(said, Exception):
            raise said
        return said


@pytest.mark.parametrize(
    "failure", [NoResponse("503"), SourceDenied("403"), Moved("302"), BadAnswer("a page")]
)
def test_another_declared_host_stands_in_and_is_asked_first_for_a_while(failure: Exception) -> None:
    site = Site(bare=failure, www="the file")
    assert site.fetch() == "the file"
    assert site.asked == [URL, f"{WWW}/E0.csv"]
    assert "www.feeds.example.com answers in place of feeds.example.com" in site.news[-1]
    site.news.clear()
    assert (site.fetch(), site.asked, site.news) == ("the file", [f"{WWW}/E0.csv"], [])
    site.at_s += REMEMBERED_S + 1
    site.says[BARE] = "the file again"
    assert (site.fetch(), site.asked) == ("the file again", [URL])


def test_that_a_document_is_not_there_is_an_answer() -> None:
    site = Site(bare=NotFound("404"), www="another file")
    with pytest.raises(NotFound):
        site.fetch()
    assert (site.asked, site.news) == ([URL], [])


def test_a_redirect_is_news_and_never_followed() -> None:
    site = Site(bare=Moved("302, names elsewhere"), www=NoResponse("503"))
    with pytest.raises(Moved, match="names elsewhere"):
        site.fetch()
    assert site.asked == [URL, f"{WWW}/E0.csv"]
    assert site.news == ["302, names elsewhere"]


def test_a_spent_quota_is_no_fault_of_a_host() -> None:
    site = Site(bare=QuotaSpent("spent"), www="the file")
    with pytest.raises(QuotaSpent):
        site.fetch()
    assert site.asked == [URL]


def test_where_all_hosts_stay_silent_the_first_ones_failure_is_reported() -> None:
    site = Site(bare=NoResponse("timed out"), www=SourceDenied("403"))
    with pytest.raises(NoResponse, match="timed out"):
        site.fetch()
