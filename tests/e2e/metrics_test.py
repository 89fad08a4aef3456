"""GET /__admin/metrics from outside: what scrapers read, what docs/metrics.md and the Grafana dashboard say of it."""

import json
import re
import shutil
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from server import SAFETY_SECONDS, Server, ServerCase, fresh_key

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
DASHBOARD = json.loads((ROOT / "examples" / "grafana-dashboard.json").read_text(encoding="utf-8"))
OPEN_METRICS = {"Accept": "application/openmetrics-text"}
SAMPLE = re.compile(r'([a-z_:]+)(?:\{((?:[a-z]+="[^"\\\n]*",?)*)\})? (\S+)')
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


class Family:
    def __init__(self, name, sort):
        self.name, self.sort, self.samples = name, sort, {}

    def labels(self):
        return {name for _, labels in self.samples for name, _ in labels if name != "le"}


def families(text, is_open=False):
    """name -> Family. Refuses what a strict reader would: a sample of no family, a series twice, a bad number."""
    assert text.endswith("# EOF\n" if is_open else "\n"), text[-100:]
    found, current = {}, None
    for line in text.removesuffix("# EOF\n").splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
            assert name not in found and re.fullmatch("[a-z_]+", name), line
            assert len(line.split(" ", 3)[3]) > 3, line
            continue
        if line.startswith("# TYPE "):
            _, _, name, sort = line.split(" ")
            full = name + "_total" if is_open and sort == "counter" else name
            current = found[name] = Family(full, sort)
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        name = current.name.removesuffix("_total")
        assert match[1] in [name + suffix for suffix in SUFFIXES[current.sort]], line
        labels = tuple(re.findall(r'([a-z]+)="([^"]*)"', match[2] or ""))
        assert (match[1], labels) not in current.samples, line
        current.samples[match[1], labels] = float(match[3])
    return {family.name: family for family in found.values()}


def scrape(server, **options):
    reply = server.get("/__admin/metrics", **options)
    assert reply.status == 200, reply
    return families(reply.body.decode(), options.get("headers") == OPEN_METRICS)


def documented():
    """name -> (type, labels), of the page's table."""
    rows = re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \| (.*?) ?\| ", PAGE, re.MULTILINE)
    return {name: (sort, set(re.findall(r"`(\w+)`", labels))) for name, sort, labels in rows}


class Metrics(ServerCase):
    def test_the_page_tells_of_every_metric_and_of_no_other(self):
        with tempfile.TemporaryDirectory() as folder, Server("--record", folder + "/out.ndjson") as server:
            server.get("/api/external/models", key=self.key)
            shown = {name: (family.sort, family.labels()) for name, family in scrape(server).items()}
            for name, family in scrape(server).items():
                self.assertTrue(family.samples, f"{name} has no sample")
        self.assertEqual(shown, documented())
        others = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", PAGE, re.MULTILINE)
        self.assertEqual(others, ["operation", "none", "preflight", "control", "page", "asset"])

    def test_both_formats_tell_the_same(self):
        self.get("/api/external/models")
        text, open_metrics = scrape(self.server), scrape(self.server, headers=OPEN_METRICS)
        self.assertEqual({name: family.sort for name, family in text.items()},
                         {name: family.sort for name, family in open_metrics.items()})
        of_models = "qamera_mock_requests_total", (("operation", "listModels"), ("status", "200"))
        self.assertEqual(text[of_models[0]].samples[of_models], open_metrics[of_models[0]].samples[of_models])

    def test_nothing_of_a_client_stands_in_it(self):
        workspace = self.server.admin("POST", "/workspaces", {"scenario": "happy-path"}, 201)
        marks = ["secretive", workspace["id"], workspace["key"].split(".")[1], "mk_live"]
        self.server.get("/api/external/secretive?secretive=1", key="mk_live_secretive.secretive")
        self.server.request("SECRETIVE", "/secretive", key=workspace["key"])
        self.server.get("/api/external/models?secretive=1", key=workspace["key"])
        self.server.post("/__admin/secretive", {"secretive": 1}, headers={"Origin": "http://secretive.test"})
        for headers in ({}, OPEN_METRICS):
            text = self.server.get("/__admin/metrics", headers=headers).body.decode()
            for mark in marks:
                self.assertNotIn(mark, text)

    def test_the_number_of_series_has_a_bound(self):
        def series():
            return sum(len(family.samples) for family in scrape(self.server).values())

        def ask_all():
            for number in range(20):
                self.server.get(f"/path/{number}", key=fresh_key())
                self.server.request(f"M{number}", "/api/external/models", key=f"mk_live_a{number}.b")
                self.server.get(f"/__admin/{number}")
        ask_all()
        before = series()
        ask_all()
        self.assertEqual(series(), before)

    def test_counters_only_grow_while_clients_ask(self):
        def ask():
            connection = self.server.connect()
            for _ in range(200):
                self.get("/api/external/models?colour=red", connection=connection)
            connection.close()
        clients = [threading.Thread(target=ask) for _ in range(3)]
        for client in clients:
            client.start()
        last = {}
        for _ in range(20):
            now = {series: value for family in scrape(self.server).values() if family.sort != "gauge"
                   for series, value in family.samples.items()}
            for series, value in last.items():
                self.assertGreaterEqual(now[series], value, series)
            last = now
        for client in clients:
            client.join()
        found = scrape(self.server)["qamera_mock_findings_total"].samples
        self.assertGreaterEqual(found["qamera_mock_findings_total", (("kind", "unknown-query-parameter"),)], 600)

    def test_open_connections_are_told(self):
        def connections():
            return scrape(self.server)["qamera_mock_connections"].samples["qamera_mock_connections", ()]
        with self.server.raw() as one, self.server.raw() as two:
            for connection in (one, two):
                connection.send(b"GET /api/external/models HTTP/1.1\r\nHost: a\r\n\r\n").reply()
            self.assertGreaterEqual(connections(), 3)

    def test_lines_that_a_recording_lacks_are_told(self):
        if not Path("/dev/full").exists():
            self.skipTest("this system has no /dev/full")
        with Server("--record", "/dev/full", expected_exit=2) as server:
            for _ in range(3):
                server.get("/api/external/models", key=self.key)
            lost = scrape(server)["qamera_mock_recording_lost_lines_total"].samples
            self.assertEqual(list(lost.values()), [3])

    def test_a_token_is_needed_where_every_call_needs_it(self):
        with Server("--admin-token", "s3cret") as server:
            self.assertEqual(server.get("/__admin/metrics").status, 401)
            samples = scrape(server, headers={"Authorization": "Bearer s3cret"})["qamera_mock_requests_total"].samples
            self.assertIn(("qamera_mock_requests_total", (("operation", "control"), ("status", "401"))), samples)


class Tools(unittest.TestCase):
    """What Prometheus' own tool says of the text, of the dashboard's queries and of the page's configuration."""

    def promtool(self, *arguments, text=None):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed (Debian: apt-get install prometheus)")
        run = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True,
                             timeout=SAFETY_SECONDS, check=False)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)

    def test_promtool_finds_no_fault_with_the_metrics(self):
        with Server() as server:
            for path in ("/api/external/models", "/nothing", "/__admin/"):
                server.get(path, key=fresh_key())
            self.promtool("check", "metrics", text=server.get("/__admin/metrics").body.decode())

    def test_the_dashboard_asks_for_metrics_that_there_are_and_for_all_of_them(self):
        asked = " ".join(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])
        names = set(re.findall(r"\b(?:qamera_mock|process)_\w+", asked))
        names |= set(re.findall(r"\b(?:qamera_mock|process)_\w+", json.dumps(DASHBOARD["templating"])))
        of_histograms = {name + suffix for name, (sort, _) in documented().items() if sort == "histogram"
                         for suffix in SUFFIXES[sort]}
        plain = {name for name, (sort, _) in documented().items() if sort != "histogram"}
        self.assertEqual(names, plain | of_histograms)
        labels = set(re.findall(r'(\w+)[=!]~?"', asked)) | {
            name.strip() for group in re.findall(r"by \(([^)]*)\)", asked) for name in group.split(",")}
        self.assertLessEqual(labels, {"instance", "le"} | set().union(*(has for _, has in documented().values())))

    def test_promtool_reads_the_queries_of_the_dashboard(self):
        queries = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
        self.assertGreater(len(queries), 20)
        rules = [{"record": f"query:{number}", "expr": query.replace("$__rate_interval", "1m")}
                 for number, query in enumerate(queries)]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)  # JSON is YAML too
            file.flush()
            self.promtool("check", "rules", file.name)

    def test_promtool_reads_the_configuration_of_the_page(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1])
            file.flush()
            self.promtool("check", "config", file.name)


if __name__ == "__main__":
    unittest.main()
