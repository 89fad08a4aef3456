"""A server under measurement as a child process: start, processor time, memory, threads, stop. Linux: reads /proc."""

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")
LOCAL = "127.0.0.1"


class BenchError(Exception):
    """Something that makes the figures worthless; its text is for the user."""


def stop_on_error(main):
    """Runs `main` and returns its exit code; a BenchError is a line on stderr and 2."""
    try:
        return main() or 0
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return probe.getsockname()[1]


def raise_open_files():
    """Lifts the soft limit of open files to the hard one, for us and for the children. Returns it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _children(pid):
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children", encoding="ascii") as file:
                    found.extend(int(child) for child in file.read().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


class Process:
    """A child and its own children. Its output goes to a file that is shown when it fails."""

    def __init__(self, command, cwd=None):
        self.command = command
        self._log = tempfile.TemporaryFile()
        self.started = time.perf_counter()
        try:
            self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
                                           cwd=cwd)
        except OSError as error:
            raise BenchError(f"cannot start {command[0]}: {error.strerror}") from error
        self.pid = self._child.pid

    def check(self):
        if self._child.poll() is not None:
            raise BenchError(f"{self.command[0]} ended with {self._child.returncode}:\n{self.output()}")

    def output(self):
        self._log.seek(0)
        return self._log.read()[-2000:].decode("utf-8", "replace")

    def cpu_seconds(self):
        """User and system time so far, of the whole tree."""
        total = 0
        for pid in _children(self.pid):
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def resident_mb(self):
        """Resident memory of the whole tree; pages that its processes share count once for each."""
        return sum(self._status(pid, "VmRSS") for pid in _children(self.pid)) / 1024

    def threads(self):
        return sum(self._status(pid, "Threads") for pid in _children(self.pid))

    def descriptors(self):
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in _children(self.pid))

    @staticmethod
    def _status(pid, field):
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
        return 0

    def stop(self):
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._log.close()


def request_bytes(target, port, key=None, method="GET", body=None):
    """One HTTP/1.1 request as it goes over the wire."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {LOCAL}:{port}"]
    if key:
        lines.append(f"X-Api-Key: {key}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + (body or "")).encode()


def wait_for_200(process, port, request, seconds=60):
    """Seconds from the process's start to the first 200 for `request`, tried as fast as the server lets us."""
    while True:
        try:
            with socket.create_connection((LOCAL, port), 5) as connection:
                connection.sendall(request)
                if connection.recv(4096).split(b"\r\n", 1)[0].split(b" ")[1:2] == [b"200"]:
                    return time.perf_counter() - process.started
        except OSError:
            pass
        process.check()
        if time.perf_counter() - process.started > seconds:
            raise BenchError(f"{process.command[0]} did not answer 200 within {seconds} s:\n{process.output()}")
        time.sleep(0.0002)
