"""A certificate of a test's own, for servers on localhost, or another name."""

import ssl
import subprocess
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
