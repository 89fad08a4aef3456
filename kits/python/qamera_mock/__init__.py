"""An unofficial test double of the Qamera AI external API: starts the server for a test, and steers it."""

from ._binary import binary_path
from ._errors import QameraMockError, VerificationError
from ._server import Server, start
from ._workspace import Workspace

__all__ = ["QameraMockError", "Server", "VerificationError", "Workspace", "binary_path", "start"]
