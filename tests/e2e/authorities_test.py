"""Which certificate authorities are trusted: as Go finds them, so that a static binary does wherever it is."""

import http.server
import shutil
import tempfile
import unittest
from pathlib import Path

from certificate import TlsServer, own_certificate
from server import run_binary

TRUSTED = "answered 404"


class Nothing(http.server.BaseHTTPRequestHandler):
    """Answers everything with 404."""

    def do_GET(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


@unittest.skipUnless(shutil.which("openssl"), "openssl, which makes the certificate, is not installed")
class Authorities(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.certificate, context = own_certificate(cls.folder.name)
        cls.server = TlsServer(Nothing, context, "localhost")
        cls.addClassCleanup(cls.server.close)
        cls.root = Path(cls.folder.name)
        (cls.root / "empty").mkdir()
        (cls.root / "chosen").mkdir()
        shutil.copy(cls.certificate, cls.root / "chosen" / "any-name.txt")
        (cls.root / "chosen" / "notes.txt").write_text("no certificate\n")
        (cls.root / "chosen" / "a1b2c3d4.0").symlink_to("any-name.txt")
        (cls.root / "none.pem").write_text("no certificate\n")

    def ask(self, url=None, **environment):
        """What a command says that asks the server with these SSL_CERT_* set (and without others)."""
        env = {"SSL_CERT_FILE": "", "SSL_CERT_DIR": "", **environment}
        return run_binary("tail", "--url", url or self.server.url, env=env).stderr

    def setUp(self):
        if "this build has no TLS" in self.ask():
            self.skipTest("this build has no TLS")

    def test_a_stranger_is_not_trusted(self):
        self.assertRegex(self.ask(), "certificate is not trusted|found none in the usual places")

    def test_a_file_that_is_named(self):
        self.assertIn(TRUSTED, self.ask(SSL_CERT_FILE=self.certificate))

    def test_every_file_of_the_folders_that_are_named_whatever_its_name(self):
        self.assertIn(TRUSTED, self.ask(SSL_CERT_DIR=str(self.root / "chosen")))
        both = f"{self.root / 'chosen'}:{self.root / 'chosen'}"
        self.assertIn(TRUSTED, self.ask(SSL_CERT_DIR=both))

    def test_what_is_named_and_holds_none_is_refused_by_name(self):
        for name, value in (("SSL_CERT_FILE", "/no/such.pem"), ("SSL_CERT_FILE", str(self.root / "none.pem")),
                            ("SSL_CERT_FILE", str(self.root)), ("SSL_CERT_DIR", str(self.root / "empty")),
                            ("SSL_CERT_DIR", "/no/such/folder"),
                            ("SSL_CERT_DIR", f"{self.root / 'chosen'}:{self.root / 'empty'}")):
            said = self.ask(**{name: value})
            self.assertIn(f"cannot load the certificate authorities: found none in {name}, \"", said)
            self.assertIn(value.split(":")[-1], said)
            self.assertIn("--ca-file", said)

    def test_a_flag_is_all_that_is_trusted(self):
        for command in (["verify", "--api-key", "k", "--rps", "0"], ["serve", "--port", "0"]):
            target = "--upstream" if command[0] == "serve" else "--target"
            run = run_binary(*command, target, self.server.url, "--ca-file", str(self.root / "none.pem"),
                             env={"SSL_CERT_FILE": self.certificate})
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn(f'found none in "{self.root / "none.pem"}"', run.stderr)

    def test_localhost_is_the_loopback_in_every_spelling(self):
        port = self.server.url.rsplit(":", 1)[1]
        trusting = {"SSL_CERT_FILE": self.certificate}
        self.assertIn(TRUSTED, self.ask(f"https://LOCALHOST:{port}", **trusting))
        self.assertIn("hostname mismatch", self.ask(f"https://api.localhost:{port}", **trusting))
        self.assertIn("cannot resolve the name", self.ask(f"https://notlocalhost.invalid:{port}", **trusting))


if __name__ == "__main__":
    unittest.main()
