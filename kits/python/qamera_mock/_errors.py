from __future__ import annotations

from typing import Optional


class QameraMockError(Exception):
    """Something that could not be done: a start that failed, a control call that was refused."""

    def __init__(self, message: str, status: Optional[int] = None) -> None:
        super().__init__(message)
        #: The HTTP status, where the server refused.
        self.status = status


class VerificationError(QameraMockError, AssertionError):
    """`verify` did not pass. The message is the server's report."""

    @property
    def verdict(self) -> str:
        """`failed`, or `inconclusive` when the journal no longer holds what it takes to tell."""
        return "inconclusive" if self.status == 409 else "failed"
