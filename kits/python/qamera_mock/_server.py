from __future__ import annotations

import os
import re
import subprocess
import tempfile
from types import TracebackType
from typing import IO, Any, Dict, List, Optional, Type, Union

from ._binary import binary_path
from ._client import Client
from ._errors import QameraMockError
from ._workspace import Object, Workspace

_MOST_LOG = 64 * 1024
#: Options of `start` that a workspace can have too: all that can be asked of a server that runs already.
_OF_WORKSPACES = ("scenario", "clock", "speed", "seed")


def _flags(options: Dict[str, Any]) -> List[str]:
    """`{"fail_on": ["findings"], "strict": True}` -> `["--fail-on=findings", "--strict"]`."""
    flags = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        values = list(value) if isinstance(value, (list, tuple)) else [value]
        if value is True:
            flags.append(flag)
        elif all(isinstance(one, (str, int, float, os.PathLike)) and not isinstance(one, bool) for one in values):
            flags.append(flag + "=" + ",".join(str(one) for one in values))
        else:
            raise QameraMockError(f'start: "{name}" is neither text, number, True or False, nor a list of these')
    return flags


class _Process:
    """The process of a server that was started here."""

    def __init__(self, options: Dict[str, Any]) -> None:
        # The pipe on standard input ends with this process, and the server with it.
        command = [binary_path(), "serve", "--stop-with-stdin", *_flags({"port": 0, "quiet": True, **options})]
        self._log = tempfile.TemporaryFile() if options.get("quiet", True) else None
        self._told = ""
        try:
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log)
        except OSError as error:
            self._close(self._log)
            raise QameraMockError(f"qamera-mock cannot be run: {error}") from error

    def ready(self) -> str:
        """The URL of the ready line."""
        assert self._child.stdout
        line = self._child.stdout.readline().decode("utf-8", "replace")
        found = re.match(r'(?:qamera-mock listening on |\{"url":")([^\s"]+)', line)
        if found:
            return found[1]
        if line:
            self._child.kill()
        self._finish()
        raise QameraMockError(self.explain())

    def explain(self) -> str:
        """How it ended and what it said, "" while it runs."""
        code = self._child.poll()
        if self._told or code is None:
            return self._told
        how = f"exit code {code}" if code >= 0 else f"signal {-code}"
        log = b""
        if self._log:
            self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - _MOST_LOG))
            log = self._log.read().strip()
        return f"qamera-mock ended with {how}" + (f": {log.decode('utf-8', 'replace')}" if log else "")

    def explain_refusal(self, error: OSError) -> str:
        """Why a call had no answer: its end, if it has ended or is about to; else ""."""
        if isinstance(error, ConnectionRefusedError):
            self._child.wait()
        return self.explain()

    def stop(self) -> None:
        __tracebackhide__ = True  # pytest: what the server says is enough
        if self._told:
            return
        self._child.terminate()
        self._finish()
        if self._child.returncode != 0:
            raise QameraMockError(self.explain())

    def _finish(self) -> None:
        self._child.wait()
        self._told = self.explain()
        self._close(self._child.stdin, self._child.stdout, self._log)

    @staticmethod
    def _close(*files: Optional[IO[bytes]]) -> None:
        for file in files:
            if file:
                file.close()


class Server:
    """A server: one that `start` started, or that of QAMERA_MOCK_URL. A context manager, which stops it."""

    def __init__(self, client: Client, process: Optional[_Process], defaults: Dict[str, Any]) -> None:
        self._client = client
        self._process = process
        self._defaults = defaults
        self.url = client.url

    def workspace(self, scenario: Union[str, Object, None] = None, *, key: Optional[str] = None,
                  clock: Union[str, Object, None] = None, credits: Optional[int] = None,
                  seed: Optional[int] = None) -> Workspace:
        """Makes a workspace; without a scenario it has the server's. `clock` is `"manual"`, `"real"` or an object."""
        usual = self._defaults
        return Workspace.create(self._client, scenario if scenario is not None else usual.get("scenario"), key=key,
                                clock=clock if clock is not None else usual.get("clock"), credits=credits,
                                seed=seed if seed is not None else usual.get("seed"))

    def stop(self) -> None:
        """Stops the server, unless QAMERA_MOCK_URL named it. Raises if it did not end well, as with `fail_on`."""
        __tracebackhide__ = True
        if self._process:
            self._process.stop()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        __tracebackhide__ = True
        self.stop()


def _connect(url: str, options: Dict[str, Any]) -> Server:
    options = {name: value for name, value in options.items() if value is not None and name != "quiet"}
    token = options.pop("admin_token", None)
    for name in options:
        if name not in _OF_WORKSPACES:
            raise QameraMockError(f'QAMERA_MOCK_URL names a server that runs already: it cannot be given "{name}"')
    client = Client(url, token)
    client.call("GET", "/health")
    if "speed" in options:
        options["clock"] = {"mode": options.get("clock", "real"), "speed": options.pop("speed")}
    return Server(client, None, options)


def start(**options: Any) -> Server:
    """Starts a server on a free port of 127.0.0.1; it ends with `stop` or with this process, however that ends.

    The options are the flags of `qamera-mock serve` with underscores (`--fail-on` is `fail_on`). Where QAMERA_MOCK_URL
    names a server, that is taken; where QAMERA_MOCK_BINARY names a binary, that is run.
    """
    named = os.environ.get("QAMERA_MOCK_URL")
    if named:
        return _connect(named, options)
    process = _Process(options)
    url = process.ready()
    return Server(Client(url, options.get("admin_token"), process.explain_refusal), process, {})
