"""WireMock's own Java client, unchanged, verifies, finds and removes: its jar is in the package `wiremock` of npm."""

import glob
import json
import os
import shutil
import subprocess
import unittest

from npm_packages import PackageCase, main
from server import SAFETY_SECONDS, Server, fresh_key

MODELS = "/api/external/models"
REGISTER = "/api/external/image-picker/register-ideas"
SHOOT = {"config": {"product": {"id": "rec_product_001"}}, "count": 2}

# Prints a JSON object: for each question what came of it, a text, or the class and the message of an exception.
ASK = r"""
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.common.Json;
import com.github.tomakehurst.wiremock.http.HttpHeader;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.github.tomakehurst.wiremock.verification.NearMiss;
import java.util.*;
import static com.github.tomakehurst.wiremock.client.WireMock.*;

public class Ask {
  interface Question { Object ask() throws Exception; }
  static final Map<String, Object> answers = new LinkedHashMap<>();

  static void ask(String name, Question question) {
    try {
      Object answer = question.ask();
      answers.put(name, answer == null ? "passed" : answer);
    } catch (Throwable thrown) {
      answers.put(name, thrown.getClass().getSimpleName() + ": " + thrown.getMessage());
    }
  }

  static Object described(List<LoggedRequest> requests) {
    List<Object> list = new ArrayList<>();
    for (LoggedRequest one : requests) {
      list.add(List.of(one.getMethod().toString(), one.getUrl(), one.getBodyAsString(),
                       String.valueOf(one.getHeader("Content-Type"))));
    }
    return list;
  }

  public static void main(String[] args) {
    WireMock client = WireMock.create().host("127.0.0.1").port(Integer.parseInt(args[0]))
        .authenticator(() -> List.of(HttpHeader.httpHeader("X-Api-Key", args[1]))).build();
    String models = "/api/external/models", register = "/api/external/image-picker/register-ideas";
    ask("pass", () -> { client.verifyThat(2, getRequestedFor(urlPathEqualTo(models))); return null; });
    ask("none", () -> { client.verifyThat(0, deleteRequestedFor(anyUrl())); return null; });
    ask("fail with matches", () -> { client.verifyThat(5, getRequestedFor(urlPathEqualTo(models))); return null; });
    ask("fail without", () -> {
      client.verifyThat(getRequestedFor(urlPathEqualTo(models)).withQueryParam("statusFilter", equalTo("aproved")));
      return null;
    });
    ask("fail with an empty journal", () -> {
      WireMock other = WireMock.create().host("127.0.0.1").port(Integer.parseInt(args[0]))
          .authenticator(() -> List.of(HttpHeader.httpHeader("X-Api-Key", args[1] + "x"))).build();
      other.verifyThat(getRequestedFor(anyUrl()));
      return null;
    });
    ask("body", () -> {
      client.verifyThat(1, postRequestedFor(urlEqualTo(register))
          .withHeader("Content-Type", containing("json"))
          .withRequestBody(equalToJson("{\"count\": 2.0}", true, true))
          .withRequestBody(matchingJsonPath("$.config.product[?(@.id == 'rec_product_001')]"))
          .withRequestBody(matchingJsonPath("$..id", equalTo("rec_product_001"))));
      return null;
    });
    ask("several", () -> {
      client.verifyThat(1, getRequestedFor(urlPathEqualTo(models)).withQueryParam("tag", havingExactly("b", "a")));
      client.verifyThat(1, getRequestedFor(urlPathEqualTo(models)).withQueryParam("tag", including("b")));
      client.verifyThat(0, getRequestedFor(urlPathEqualTo(models)).withQueryParam("tag", havingExactly("a")));
      return null;
    });
    ask("find", () -> described(client.find(postRequestedFor(anyUrl()))));
    ask("find nothing", () -> described(client.find(putRequestedFor(anyUrl()))));
    ask("unmatched", () -> described(client.findAllUnmatchedRequests()));
    ask("near misses", () -> {
      List<Object> list = new ArrayList<>();
      for (NearMiss miss : client.findAllNearMissesFor(getRequestedFor(urlPathEqualTo(models + "s")))) {
        list.add(List.of(miss.getRequest().getUrl(), miss.getMatchResult().getDistance(),
                         String.valueOf(miss.getRequestPattern().getUrlMatcher().getExpected())));
      }
      return list;
    });
    ask("unsupported", () -> {
      client.verifyThat(postRequestedFor(anyUrl()).withRequestBody(equalToXml("<a/>")));
      return null;
    });
    ask("remove", () -> {
      List<LoggedRequest> gone = new ArrayList<>();
      client.removeEvents(postRequestedFor(anyUrl())).forEach(event -> gone.add(event.getRequest()));
      return described(gone);
    });
    ask("removed", () -> { client.verifyThat(0, postRequestedFor(anyUrl())); return null; });
    ask("reset", () -> {
      client.resetRequests();
      client.verifyThat(0, anyRequestedFor(anyUrl()));
      return null;
    });
    System.out.println(Json.write(answers));
  }
}
"""


class JavaClient(PackageCase):
    PACKAGES = ("wiremock@3.13.1",)

    @classmethod
    def setUpClass(cls):
        for program in ("java", "javac"):
            if not shutil.which(program):
                raise unittest.SkipTest(f"{program} is not installed")
        super().setUpClass()
        jars = glob.glob(os.path.join(cls.folder.name, "**", "wiremock-standalone-*.jar"), recursive=True)
        if not jars:
            raise unittest.SkipTest("the package wiremock holds no wiremock-standalone-*.jar")
        cls.jar = jars[0]

    def ask(self, server, key):
        source = os.path.join(self.folder.name, "Ask.java")
        with open(source, "w", encoding="utf-8") as file:
            file.write(ASK)
        run = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-cp", self.jar, source, str(server.port), key],
                             capture_output=True, text=True, encoding="utf-8", timeout=SAFETY_SECONDS, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return json.loads(run.stdout[run.stdout.index("{"):])

    def test_it_verifies_finds_and_removes(self):
        with Server() as server:
            key = fresh_key()
            server.get(MODELS + "?statusFilter=approved", key=key)
            server.get(MODELS + "?tag=a&tag=b", key=key)
            server.post(REGISTER, SHOOT, key=key)
            server.get("/api/external/nothing", key=key)
            answers = self.ask(server, key)
        sent = ["POST", REGISTER, json.dumps(SHOOT), "application/json"]
        for name in ("pass", "none", "body", "several", "removed", "reset"):
            self.assertEqual(answers[name], "passed", name)
        self.assertIn("VerificationException: Expected exactly 5 requests matching", answers["fail with matches"])
        self.assertIn("but received 2", answers["fail with matches"])
        self.assertIn("VerificationException", answers["fail without"])
        self.assertIn("No requests exactly matched. Most similar request was:", answers["fail without"])
        self.assertIn("statusFilter=approved", answers["fail without"])
        self.assertIn("VerificationException: Expected at least one request matching",
                      answers["fail with an empty journal"])
        self.assertEqual((answers["find"], answers["find nothing"], answers["remove"]), ([sent], [], [sent]))
        self.assertEqual([one[1] for one in answers["unmatched"]], ["/api/external/nothing"])
        misses = answers["near misses"]
        self.assertEqual(len(misses), 3)
        self.assertEqual([miss[1] for miss in misses], sorted(miss[1] for miss in misses))
        self.assertTrue(all(0 < miss[1] <= 1 and miss[2] == MODELS + "s" for miss in misses), misses)
        self.assertTrue(answers["unsupported"].startswith("InvalidInputException: "), answers["unsupported"])
        self.assertIn("equalToXml", answers["unsupported"])

    def test_what_was_evicted_is_an_error_that_says_how_to_clear_and_no_false_number(self):
        with Server("--journal-entries", "2") as server:
            key = fresh_key()
            for _ in range(4):
                server.get(MODELS, key=key)
            answers = self.ask(server, key)
        for name in ("pass", "none", "fail without", "find", "near misses", "remove"):
            self.assertTrue(answers[name].startswith("ClientError: "), (name, answers[name]))
            self.assertIn("2 requests of this workspace were evicted", answers[name])
            self.assertIn("DELETE /__admin/requests", answers[name])
        self.assertEqual(answers["reset"], "passed")


if __name__ == "__main__":
    main()
