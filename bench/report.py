"""Tables in Markdown, and the machine they were measured on."""

import os
import platform
import subprocess
import time
from pathlib import Path

BEGIN = "<!-- written by bench/run: begin -->"
END = "<!-- written by bench/run: end -->"


def _first(path, prefix):
    try:
        for line in Path(path).read_text(encoding="utf-8", errors="replace").split("\n"):
            if line.startswith(prefix):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return ""


def machine():
    system = ""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (AttributeError, OSError, KeyError):
        pass
    memory = _first("/proc/meminfo", "MemTotal").split(" ")[0]
    return {"processor": _first("/proc/cpuinfo", "model name") or platform.machine(),
            "cores": os.cpu_count(),
            "memoryGB": round(int(memory or 0) / 2**20),
            "system": f"{system}, Linux {platform.release()}".strip(", "),
            "load": round(os.getloadavg()[0], 1),
            "date": time.strftime("%Y-%m-%d", time.gmtime())}


def commit(root):
    ran = subprocess.run(["git", "-C", str(root), "describe", "--always", "--dirty"], capture_output=True, text=True,
                         check=False, stdin=subprocess.DEVNULL)
    return ran.stdout.strip() or "unknown"


def table(heads, rows):
    """Markdown; the first column is text, the others are figures."""
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def rate(value):
    return f"{value:,.0f}"


def figure(value):
    """Three significant digits."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def write_between_marks(path, text):
    """Replaces what stands between the marks in the file, or makes a file of only that."""
    path = Path(path)
    block = f"{BEGIN}\n{text}\n{END}"
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    if BEGIN in old and END in old:
        block = old.partition(BEGIN)[0] + block + old.partition(END)[2]
    elif old:
        block = old.rstrip("\n") + "\n\n" + block + "\n"
    else:
        block += "\n"
    path.write_text(block, encoding="utf-8")
