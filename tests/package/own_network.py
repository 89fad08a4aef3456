"""Run by artefacts_test.py in a network of its own: a DNS server at 127.0.0.1:53, and the binary in an empty root.

Usage: own_network.py ROOT. Ends with 0 when a name that only DNS knows led to a server. Standard library only.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading

NAME = "mock.example.test"
ASKED = []


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING


def answer_names(server):
    """127.0.0.1 for every question after an address; no record for the others."""
    while True:
        query, client = server.recvfrom(512)
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        ASKED.append(".".join(labels))
        wants_address = query[at + 1:at + 3] == b"\0\1"
        head = query[:2] + b"\x85\x80\0\1" + (b"\0\1" if wants_address else b"\0\0") + b"\0\0\0\0"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if wants_address else b""
        server.sendto(head + query[12:at + 5] + record, client)


def main():
    bring_loopback_up()
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    threading.Thread(target=answer_names, args=(names,), daemon=True).start()
    os.chroot(sys.argv[1])
    os.chdir("/")
    server = subprocess.Popen(["/qamera-mock", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
    port = server.stdout.readline().strip().rsplit(":", 1)[1]
    run = subprocess.run(["/qamera-mock", "verify", "--target", f"http://{NAME}:{port}", "--api-key",
                          "mk_live_happy-path.dns", "--rps", "0"], capture_output=True, text=True)
    server.terminate()
    server.wait()
    if run.returncode != 0 or NAME not in ASKED:
        sys.exit(f"{run.returncode} {ASKED}\n{run.stdout}{run.stderr}")


if __name__ == "__main__":
    main()
