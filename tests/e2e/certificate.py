"""A certificate of a test's own, for servers on localhost, or another name."""

import http.server
import ssl
import subprocess
import threading
from pathlib import Path


def own_certificate(folder, name="localhost"):
    """Makes one with the openssl program. Returns the path of its PEM file and a server's context that uses it."""
    certificate, key = str(Path(folder) / "certificate.pem"), str(Path(folder) / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


class TlsServer:
    """An https server on the loopback that `handler`, a class of http.server, answers for. `url` names it by `name`."""

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *_):
            pass  # a client that trusts nobody

    def __init__(self, handler, context, name):
        self.http = self.Quiet(("127.0.0.1", 0), handler)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.url = f"https://{name}:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()
