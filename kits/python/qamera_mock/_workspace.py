from __future__ import annotations

import urllib.parse
from typing import Any, Callable, Dict, List, Optional, Sequence, Union

from ._client import Client, refusal
from ._errors import VerificationError

Json = Any
Object = Dict[str, Json]


def _without_none(**members: Json) -> Object:
    return {name: value for name, value in members.items() if value is not None}


class Clock:
    """The clock of a workspace."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def manual(self, now: Optional[str] = None) -> Object:
        """Stops the clock, at `now` (ISO 8601) if given."""
        clock: Object = self._call("PUT", "/clock", _without_none(mode="manual", now=now))
        return clock

    def advance(self, target: Union[str, Object]) -> Object:
        """Lets time pass: `"90s"`, `{"by": "90s"}` or `{"to": TIME}`. `fired` says what happened."""
        body = {"by": target} if isinstance(target, str) else target
        advanced: Object = self._call("POST", "/clock/advance", body)
        return advanced

    def until_idle(self) -> Object:
        """Until no job runs any more."""
        return self.advance({"until": "idle"})

    def until_next(self) -> Object:
        """Until the next thing happens."""
        return self.advance({"until": "next"})


class Rules:
    """The scripted rules of a workspace."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def add(self, *rules: Object) -> List[Object]:
        """Adds rules as in a scenario file, asked before the scenario's; their ids and names."""
        added: List[Object] = self._call("POST", "/rules", {"rules": list(rules)})["added"]
        return added


class Workspace:
    """One API key's sandbox: its own records, credits, clock and journal."""

    def __init__(self, client: Client, made: Object) -> None:
        self._client = client
        #: The server's, without a path: what a client takes as its base URL.
        self.url = client.url
        self.id: str = made["id"]
        #: What a client sends as `X-Api-Key`.
        self.key: str = made["key"]
        self.clock = Clock(self._call)
        self.rules = Rules(self._call)

    def __repr__(self) -> str:
        return f"<Workspace {self.key} of {self.url}>"

    @classmethod
    def create(cls, client: Client, scenario: Union[str, Object, None], *, key: Optional[str] = None,
               clock: Union[str, Object, None] = None, credits: Optional[int] = None,
               seed: Optional[int] = None) -> Workspace:
        body = _without_none(scenario=scenario, key=key, clock={"mode": clock} if isinstance(clock, str) else clock,
                             credits=credits, seed=seed)
        return cls(client, client.call("POST", "/workspaces", body=body))

    def _call(self, method: str, path: str, body: Json = None) -> Any:
        return self._client.call(method, path, key=self.key, body=body)

    def credits(self, change: Optional[Object] = None) -> Object:
        """The ledger, after a change if one is given: `{"available": n}` or `{"grant": n}`."""
        ledger: Object = self._call("GET", "/credits") if change is None else self._call("PATCH", "/credits", change)
        return ledger

    def settle(self, record: str, status: str = "DONE") -> Object:
        """Ends a pending job now: `DONE` or `FAILED`."""
        settled: Object = self._call("POST", f"/records/{urllib.parse.quote(record, safe='')}", {"status": status})
        return settled

    def requests(self, **filters: Union[str, int, bool, None]) -> List[Object]:
        """The journal, oldest first: `operation`, `status`, `path`, `since`, `limit`, `unmatched`, `findings`."""
        asked = {name: str(value).lower() if isinstance(value, bool) else value
                 for name, value in filters.items() if value is not None}
        query = f"?{urllib.parse.urlencode(asked)}" if asked else ""
        entries: List[Object] = self._call("GET", f"/requests{query}")["requests"]
        return entries

    def verify(self, expectations: Union[Object, Sequence[Object]], *, within: Optional[str] = None) -> None:
        """Raises a VerificationError unless all of it holds, or comes to hold `within` that real time."""
        __tracebackhide__ = True  # pytest: a failure is the caller's
        expected = [expectations] if isinstance(expectations, dict) else list(expectations)
        reply = self._client.send("POST", "/verify", key=self.key, body=_without_none(expect=expected, within=within),
                                  accept="text/plain")
        if reply.status == 200:
            return
        # A refused call answers 422 too, but in JSON.
        if reply.status in (409, 422) and not reply.text.startswith("{"):
            raise VerificationError(reply.text.rstrip(), reply.status)
        raise refusal(reply, "verify")

    def findings(self) -> str:
        """What its requests did that nobody documented, and those that reached no operation, as text for people."""
        return self._client.send("GET", "/findings", key=self.key, accept="text/plain").text.rstrip()

    def reset(self) -> None:
        """Back to the scenario's start, with an empty journal."""
        self._call("POST", "/reset")

    def fork(self, *, key: Optional[str] = None) -> Workspace:
        """A copy of its state under another key."""
        path = f"/workspaces/{urllib.parse.quote(self.id, safe='')}/fork"
        return Workspace(self._client, self._client.call("POST", path, body=_without_none(key=key)))
