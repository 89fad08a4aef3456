#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "contract/test_data.h"

namespace qamera::contract {
namespace {

Request request_of(const Json& example) {
  Request request;
  request.method = example["method"];
  request.target = example["target"];
  parse_target(request);
  if (example.contains("body")) {
    request.headers.add("Content-Type", "application/json");
    request.body = dump_json(example["body"]);
  }
  return request;
}

}  // namespace

TEST_CASE("examples: each documented request routes to its operation and conforms without a finding") {
  int requests = 0;
  for (const Json& example : documented_examples()) {
    if (!example.contains("request")) continue;
    ++requests;
    const std::string page = example["page"];
    const Operation& operation = row(example["operation"].get<std::string>());
    CAPTURE(page);
    CAPTURE(operation.name);
    const Request request = request_of(example["request"]);
    CHECK(route(request.method, request.path).operation == &operation);
    const Json* body = nullptr;
    if (example["request"].contains("body")) {
      body = &example["request"]["body"];
      CHECK(message_of(shared_contract().check_request(operation, *body)) == "");
    }
    for (const Finding& finding : shared_contract().request_findings(operation, request, body)) {
      FAIL_CHECK(finding.message);
    }
  }
  CHECK(requests == 17);
}

TEST_CASE("examples: each documented reply conforms") {
  int replies = 0;
  for (const Json& example : documented_examples()) {
    if (!example.contains("response")) continue;
    ++replies;
    const std::string page = example["page"];
    const Operation& operation = row(example["operation"].get<std::string>());
    CAPTURE(page);
    CAPTURE(operation.name);
    CHECK(message_of(shared_contract().check_response(operation, 200, example["response"])) == "");
  }
  CHECK(replies == 16);
}

TEST_CASE("examples: each documented record conforms on its own") {
  int records = 0;
  for (const Json& example : documented_examples()) {
    const Operation& operation = row(example["operation"].get<std::string>());
    if (operation.action != Action::kList) continue;
    const std::string collection(name_of(operation.collection()));
    for (const Json& record : example["response"][collection]) {
      ++records;
      CHECK(message_of(shared_contract().check_record(operation.collection(), record)) == "");
    }
  }
  CHECK(records == 9);
}

TEST_CASE("examples: the documented error texts conform") {
  for (const char* text : {"Validation failed: 'productId' is required.", "Invalid API key.",
                           "Insufficient credits. Required: 5, available: 2."}) {
    CHECK_FALSE(shared_contract().check_response(row("listModels"), 400, Json{{"error", text}}));
  }
}

}  // namespace qamera::contract
