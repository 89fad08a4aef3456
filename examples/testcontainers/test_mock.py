"""The image as a test's own server, by Testcontainers. Needs a container engine that has loaded the image:

    docker load --input qamera-mock-VERSION-oci.tar && pip install pytest testcontainers && pytest test_mock.py

Environment: QAMERA_MOCK_IMAGE (qamera-mock:0.2.0).
"""

import json
import os
import urllib.request

import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

PORT = 4010


@pytest.fixture(scope="session")
def mock():
    """The server's URL."""
    image = os.environ.get("QAMERA_MOCK_IMAGE", "qamera-mock:0.2.0")
    # The hosts allowed are where an engine elsewhere is: on CI, say.
    container = DockerContainer(image).with_command("serve --allow-host docker,0.0.0.0/0").with_exposed_ports(PORT)
    with container:
        wait_for_logs(container, "qamera-mock listening on", timeout=30)
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(PORT)}"


def call(url, method, path, body=None):
    headers = {"X-Api-Key": "mk_live_happy-path.testcontainers", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers, method=method)) as reply:
        return json.load(reply)


def test_a_photo_shoot_is_paid_for(mock):
    call(mock, "PUT", "/__admin/clock", {"mode": "manual"})
    call(mock, "POST", "/api/external/image-picker/register-ideas",
         {"config": {"product": {"id": "rec_product_001"}}, "count": 4})
    call(mock, "POST", "/__admin/clock/advance", {"until": "idle"})
    assert call(mock, "GET", "/__admin/credits")["consumed"] == 40
