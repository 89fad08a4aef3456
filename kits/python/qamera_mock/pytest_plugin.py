"""Fixtures `qamera_server` and `qamera`, and what the server saw in the report of a test that failed.

With pytest-xdist each worker is a session: it has a server of its own, unless QAMERA_MOCK_URL names one for all.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator

import pytest

from ._errors import QameraMockError
from ._server import Server, start
from ._workspace import Workspace

_SHOWN_REQUESTS = 10
_WORKSPACE = pytest.StashKey[Workspace]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "qamera(scenario, *, key, clock, credits, seed): what the fixture `qamera` makes its workspace with")


@pytest.fixture(scope="session")
def qamera_options() -> Dict[str, Any]:
    """What `qamera_mock.start` is given for the session's server: override it in a conftest.py."""
    return {}


@pytest.fixture(scope="session")
def qamera_server(qamera_options: Dict[str, Any]) -> Iterator[Server]:
    """The session's server."""
    with start(**qamera_options) as server:
        yield server


@pytest.fixture
def qamera(request: pytest.FixtureRequest, qamera_server: Server) -> Workspace:
    """A workspace of this test's own; `@pytest.mark.qamera("credit-exhaustion")` picks its scenario."""
    marker = request.node.get_closest_marker("qamera")
    workspace = qamera_server.workspace(*marker.args, **marker.kwargs) if marker else qamera_server.workspace()
    request.node.stash[_WORKSPACE] = workspace
    return workspace


def _line(entry: Dict[str, Any]) -> str:
    request, response = entry["request"], entry.get("response") or {}
    reason = f"  ({entry['reason']})" if entry.get("reason") else ""
    return f"{entry['id']}  {request['method']} {request['url']} -> {response.get('status', 'no reply')}{reason}"


def _seen(workspace: Workspace) -> str:
    try:
        newest = workspace.requests(limit=_SHOWN_REQUESTS)
        findings = workspace.findings()
    except QameraMockError as error:
        return f"it cannot be asked: {error}"
    requests = "\n".join(f"  {_line(entry)}" for entry in newest) or "  none"
    return f"workspace {workspace.id}: {findings}\nits newest requests:\n{requests}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    outcome = yield
    report = outcome.get_result()
    workspace = item.stash.get(_WORKSPACE, None)
    if workspace is not None and report.failed and call.when == "call":
        report.sections.append(("qamera-mock", _seen(workspace)))
