"""The servers under measurement: one class each. A new one needs a `start`, its `version`, and a place in OTHERS."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from load import Call
from processes import LOCAL, BenchError, Process, free_port, request_bytes, wait_for_200

ROOT = Path(__file__).resolve().parent.parent
LIST = "/api/external/models"
REGISTER = "/api/external/models/register-ideas"
REGISTER_BODY = json.dumps({"preferences": "Young female model, athletic build, natural makeup", "count": 1})
KEY = "mk_live_happy-path.bench"


def installed(name):
    """Where bench/setup puts a server from the npm registry."""
    return Path(os.environ.get("QAMERA_BENCH_SERVERS", ROOT / "build" / "bench-servers")) / name / "node_modules"


def first_line(command):
    ran = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return (ran.stdout + ran.stderr).strip().split("\n")[0]


def npm_version(package_folder):
    return json.loads((package_folder / "package.json").read_text(encoding="utf-8"))["version"]


class Replies:
    """The bodies that qamera-mock sends, for the others to send as they are."""

    def __init__(self, listing, registered):
        self.listing = listing
        self.registered = registered


class Server:
    """A server on a free port with a folder of its own. `list_call` and `register_call` are what it is loaded with."""

    name = ""
    tolerated = False  # whether failed requests are counted in place of ending the run

    def __init__(self):
        self.port = None
        self.process = None
        self.folder = None

    def command(self):
        """The command line for `self.port`; may write files to `self.folder`."""
        raise NotImplementedError

    def version(self):
        raise NotImplementedError

    def list_call(self):
        return Call(LIST, key=KEY)

    def register_call(self):
        return Call(REGISTER, method="POST", body=REGISTER_BODY, key=KEY)

    def start(self):
        """Starts and waits for the first 200. Returns the seconds that took."""
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="qamera-bench-")
        try:
            self.process = Process(self.command(), cwd=self.folder)
            return wait_for_200(self.process, self.port, request_bytes(LIST, self.port, KEY))
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self.process:
            self.process.stop()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.process = self.folder = None

    def before_registering(self):
        """Called before each run of POSTs."""


class QameraMock(Server):
    name = "qamera-mock"

    def __init__(self, binary, name=None, arguments=()):
        super().__init__()
        self.binary = str(Path(binary).resolve())
        self.arguments = list(arguments)
        self.name = name or self.name

    def command(self):
        return [self.binary, "serve", "--port", str(self.port), "--quiet", *self.arguments]

    def version(self):
        return first_line([self.binary, "--version"])

    def call(self, method, target, body=None, key=None):
        """The JSON that the control API answers."""
        request = urllib.request.Request(f"http://{LOCAL}:{self.port}{target}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"X-Api-Key": key} if key else {})
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def register_call(self):
        return Call(REGISTER, method="POST", body=REGISTER_BODY, key="mk_live_happy-path.register")

    def before_registering(self):
        """Credits that last, and a clock so fast that jobs finish, and are settled, while they are measured."""
        for known in self.call("GET", "/__admin/workspaces")["workspaces"]:
            if known["credits"]["granted"] > 10**9:
                self.call("POST", f"/__admin/reset?workspace={known['id']}", {})
                return
        self.call("POST", "/__admin/workspaces", {"key": self.register_call().key, "credits": 10**12,
                                                  "clock": {"mode": "real", "speed": 20}})

    def replies(self):
        def body(method, target, text):
            request = urllib.request.Request(f"http://{LOCAL}:{self.port}{target}", method=method,
                                             data=text and text.encode(),
                                             headers={"X-Api-Key": KEY, "Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.read().decode()

        return Replies(body("GET", LIST, None), body("POST", REGISTER, REGISTER_BODY))


class Nginx(Server):
    """Fixed replies from memory, as many workers as qamera-mock has event loops."""

    name = "nginx"
    workers = min(os.cpu_count() or 1, 4)

    def __init__(self, replies):
        super().__init__()
        self.replies = replies

    @staticmethod
    def program():
        return shutil.which("nginx") or "/usr/sbin/nginx"

    def version(self):
        return first_line([self.program(), "-v"]).rpartition("/")[2]

    def command(self):
        def fixed(path, text):
            quoted = text.replace("\\", "\\\\").replace("'", "\\'")
            if "$" in quoted or len(quoted) > 4000:
                raise BenchError(f"nginx cannot be told to send the reply to {path}")
            return f"    location = {path} {{ default_type application/json; return 200 '{quoted}'; }}\n"

        root = "user root;\n" if os.getuid() == 0 else ""
        paths = "".join(f"  {kind}_temp_path {self.folder}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        Path(self.folder, "nginx.conf").write_text(
            f"daemon off;\n{root}worker_processes {self.workers};\npid {self.folder}/pid;\nerror_log stderr error;\n"
            "events { worker_connections 8192; }\n"
            f"http {{\n{paths}  access_log off;\n  keepalive_requests 1000000000;\n  keepalive_timeout 300s;\n"
            f"  server {{\n    listen {LOCAL}:{self.port} backlog=4096;\n"
            f"{fixed(LIST, self.replies.listing)}{fixed(REGISTER, self.replies.registered)}  }}\n}}\n",
            encoding="utf-8")
        return [self.program(), "-p", self.folder, "-c", f"{self.folder}/nginx.conf", "-e", "stderr"]


class WireMock(Server):
    """WireMock standalone with its journal on, as it comes."""

    name = "wiremock"
    tolerated = True

    def __init__(self, replies):
        super().__init__()
        self.replies = replies

    @staticmethod
    def jar():
        jars = sorted(installed("wiremock").rglob("wiremock*.jar"))
        if not jars:
            raise BenchError("the wiremock package holds no wiremock*.jar")
        return jars[-1]

    def version(self):
        inner = re.search(r"(\d+\.\d+[.\d]*)", self.jar().name)
        return inner[1].rstrip(".") if inner else npm_version(installed("wiremock") / "wiremock")

    def command(self):
        mappings = Path(self.folder, "mappings")
        mappings.mkdir()
        for number, (method, path, body) in enumerate((("GET", LIST, self.replies.listing),
                                                       ("POST", REGISTER, self.replies.registered))):
            pattern = {"method": method, "urlPath": path, "headers": {"X-Api-Key": {"matches": "mk_live_.+"}}}
            reply = {"status": 200, "body": body, "headers": {"Content-Type": "application/json"}}
            mapping = json.dumps({"request": pattern, "response": reply})
            (mappings / f"{number}.json").write_text(mapping, encoding="utf-8")
        return ["java", "-jar", str(self.jar()), "--port", str(self.port), "--bind-address", LOCAL,
                "--root-dir", self.folder]


class Prism(Server):
    """Prism with an OpenAPI document whose examples are our replies; it validates requests."""

    name = "prism"
    tolerated = True

    def __init__(self, replies):
        super().__init__()
        self.replies = replies

    def version(self):
        return npm_version(installed("prism") / "@stoplight" / "prism-cli")

    def command(self):
        def operation(example, **more):
            content = {"application/json": {"schema": {"type": "object"}, "example": json.loads(example)}}
            return {"responses": {"200": {"description": "Fine", "content": content}}, **more}

        fields = {"preferences": {"type": "string"}, "count": {"type": "integer", "minimum": 1, "maximum": 20}}
        schema = {"type": "object", "required": ["preferences"], "properties": fields}
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        document = {"openapi": "3.0.3", "info": {"title": "bench", "version": "1"},
                    "paths": {LIST: {"get": operation(self.replies.listing)},
                              REGISTER: {"post": operation(self.replies.registered, requestBody=body)}}}
        Path(self.folder, "openapi.json").write_text(json.dumps(document), encoding="utf-8")
        return [str(installed("prism") / ".bin" / "prism"), "mock", "-h", LOCAL, "-p", str(self.port),
                "--verboseLevel", "error", f"{self.folder}/openapi.json"]


class Mockoon(Server):
    name = "mockoon"
    tolerated = True

    def __init__(self, replies):
        super().__init__()
        self.replies = replies

    def version(self):
        return npm_version(installed("mockoon") / "@mockoon" / "cli")

    def command(self):
        routes = []
        for method, path, body in (("get", LIST, self.replies.listing), ("post", REGISTER, self.replies.registered)):
            reply = {"uuid": f"reply-{method}", "body": body, "latency": 0, "statusCode": 200, "label": "",
                     "headers": [{"key": "Content-Type", "value": "application/json"}], "bodyType": "INLINE",
                     "filePath": "", "databucketID": "", "sendFileAsBody": False, "rules": [], "rulesOperator": "OR",
                     "disableTemplating": True, "fallbackTo404": False, "default": True, "crudKey": "id",
                     "callbacks": []}
            routes.append({"uuid": f"route-{method}", "type": "http", "documentation": "", "method": method,
                           "endpoint": path.lstrip("/"), "responses": [reply], "responseMode": None,
                           "streamingMode": None, "streamingInterval": 0})
        children = [{"type": "route", "uuid": route["uuid"]} for route in routes]
        environment = {"uuid": "bench", "lastMigration": 33, "name": "bench", "endpointPrefix": "", "latency": 0,
                       "port": self.port, "hostname": LOCAL, "folders": [], "routes": routes, "rootChildren": children,
                       "proxyMode": False, "proxyHost": "", "proxyRemovePrefix": False, "cors": False, "headers": [],
                       "proxyReqHeaders": [], "proxyResHeaders": [], "data": [], "callbacks": [],
                       "tlsOptions": {"enabled": False, "type": "CERT", "pfxPath": "", "certPath": "", "keyPath": "",
                                      "caPath": "", "passphrase": ""}}
        Path(self.folder, "bench.json").write_text(json.dumps(environment), encoding="utf-8")
        return [str(installed("mockoon") / ".bin" / "mockoon-cli"), "start", "--data", f"{self.folder}/bench.json",
                "--port", str(self.port), "--hostname", LOCAL, "--disable-log-to-file", "--disable-admin-api",
                "--repair"]


class Mountebank(Server):
    name = "mountebank"
    tolerated = True

    def __init__(self, replies):
        super().__init__()
        self.replies = replies

    def version(self):
        return npm_version(installed("mountebank") / "mountebank")

    def command(self):
        def stub(method, path, body):
            reply = {"is": {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": body}}
            return {"predicates": [{"equals": {"method": method, "path": path}}], "responses": [reply]}

        imposter = {"port": self.port, "protocol": "http", "host": LOCAL,
                    "stubs": [stub("GET", LIST, self.replies.listing), stub("POST", REGISTER, self.replies.registered)]}
        Path(self.folder, "imposters.json").write_text(json.dumps({"imposters": [imposter]}), encoding="utf-8")
        return [str(installed("mountebank") / ".bin" / "mb"), "start", "--port", str(free_port()), "--host", LOCAL,
                "--nologfile", "--loglevel", "error", "--configfile", f"{self.folder}/imposters.json",
                "--pidfile", f"{self.folder}/mb.pid"]


OTHERS = {server.name: server for server in (WireMock, Prism, Mockoon, Mountebank)}


def build_release(target="qamera-mock"):
    """The release preset's binary, built when it is not up to date."""
    for command in ([ROOT / "scripts" / "setup", "build"], [ROOT / "scripts" / "build", "release", target]):
        if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False,
                          env={**os.environ, "QAMERA_TESTS": "OFF"}).returncode != 0:
            raise BenchError("the release preset does not build")
    return ROOT / "build" / "release" / "qamera-mock"


def set_up(*servers):
    """Installs what is missing (bench/setup), the named servers of OTHERS included."""
    if subprocess.run([ROOT / "bench" / "setup", *servers], stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise BenchError("bench/setup could not install what is needed")
