"""`python -m qamera_mock`: becomes the server's binary, with the same arguments."""

from __future__ import annotations

import os
import sys

from ._binary import binary_path
from ._errors import QameraMockError


def main() -> None:
    try:
        binary = binary_path()
        os.execv(binary, ["qamera-mock", *sys.argv[1:]])
    except (QameraMockError, OSError) as error:
        print(f"qamera-mock: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
