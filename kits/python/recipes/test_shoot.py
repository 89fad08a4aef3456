"""pytest, also in parallel (`-n auto` of pytest-xdist): a server for each worker, a workspace for each test."""

import json
import urllib.error
import urllib.request

import pytest


class Refused(Exception):
    pass


def start_shoot(base, key, count):
    """The client under test: yours stands here."""
    body = json.dumps({"config": {"product": {"id": "rec_product_001"}}, "count": count}).encode()
    headers = {"X-Api-Key": key, "Content-Type": "application/json"}
    request = urllib.request.Request(base + "/api/external/image-picker/register-ideas", body, headers)
    try:
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        raise Refused(json.load(error)["error"]) from error


@pytest.mark.parametrize("count", range(1, 5))
@pytest.mark.qamera("happy-path", clock="manual", credits=100)
def test_a_shoot_is_paid_for_once_it_is_done(qamera, count):
    assert start_shoot(qamera.url, qamera.key, count)["creditsReserved"] == 10 * count
    qamera.clock.until_idle()
    qamera.verify([{"ledger": {"consumed": 10 * count, "reserved": 0}}, {"noFindings": True}])


@pytest.mark.qamera("credit-exhaustion")
def test_without_credits_it_says_so(qamera):
    with pytest.raises(Refused, match="Insufficient credits"):
        start_shoot(qamera.url, qamera.key, 4)
