"""Load from wrk: one request repeated over kept-alive connections, and what it cost the server."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from processes import LOCAL, BenchError

SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True)
class Call:
    """One request. `key` goes into X-Api-Key; with `keys` above 1 its %d counts up to that."""

    target: str
    method: str = "GET"
    body: str = None
    key: str = None
    keys: int = 1

    def environment(self):
        given = {"METHOD": self.method, "TARGET": self.target, "BODY": self.body, "KEY": self.key, "KEYS": self.keys}
        return {f"QAMERA_BENCH_{name}": str(value) for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class Figures:
    """What one run of wrk saw. Latencies are those of a closed loop: a slow reply delays the next request."""

    rate: float  # requests a second
    p50: float  # milliseconds
    p99: float  # milliseconds
    worst: float  # milliseconds
    cpu: float  # microseconds of the server's processor time a request
    reply: float  # bytes a reply, head included
    requests: int
    errors: int  # connections and replies that failed; 0 unless they were tolerated

    def as_json(self):
        return {name: round(value, 3) for name, value in self.__dict__.items()}


def load(process, port, call, connections, seconds, timeout=10, tolerate=False):
    """Runs wrk for so many seconds. A reply that is no 2xx or 3xx, or none at all, is an error: it would flatter.

    With `tolerate` such errors are only counted.
    """
    threads = min(connections, os.cpu_count() or 1, 4)
    command = ["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--timeout", f"{timeout}s",
               "-s", str(SCRIPT), f"http://{LOCAL}:{port}"]
    before = process.cpu_seconds()
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds + 60,
                         env={**os.environ, **call.environment()}, check=False)
    process.check()
    after = process.cpu_seconds()
    if ran.returncode != 0 or not ran.stdout.strip().startswith(("Running", "{")):
        raise BenchError(f"wrk failed:\n{ran.stdout}{ran.stderr}")
    seen = json.loads(ran.stdout.strip().split("\n")[-1])
    wrong = {kind: seen[kind] for kind in ("connect", "read", "write", "timeout", "status") if seen[kind]}
    if seen["requests"] == 0 or (wrong and not tolerate):
        raise BenchError(f"{process.command[0]}: {call.method} {call.target} over {connections} connections: "
                         f"{seen['requests']} replies, errors {wrong}")
    return Figures(rate=seen["requests"] * 1e6 / seen["micros"], p50=seen["p50"] / 1000, p99=seen["p99"] / 1000,
                   worst=seen["max"] / 1000,
                   cpu=(after - before) * 1e6 / seen["requests"], reply=seen["bytes"] / seen["requests"],
                   requests=seen["requests"], errors=sum(wrong.values()))


def middle(runs):
    """The median of each figure over several runs."""
    return Figures(**{name: median(getattr(run, name) for run in runs) for name in Figures.__dataclass_fields__})


def ratio(runs, others, name):
    """The median of the ratios within each round: what slows both for longer than a round cancels out."""
    return median(getattr(one, name) / max(getattr(other, name), 1e-9) for one, other in zip(runs, others))
