#include <algorithm>
#include <array>

#include "base/check.h"
#include "contract/contract.h"
#include "verify/checks.h"

namespace qamera::verify {
namespace {

using contract::BodyFormat;
using contract::Operation;

constexpr std::string_view kMalformedKey = "not-an-api-key";
constexpr std::string_view kMockHeader = "X-Qamera-Mock-Request";

const Operation& operation(std::string_view name) {
  const Operation* found = contract::find_operation(name);
  QM_CHECK(found != nullptr, "a check names no operation");
  return *found;
}

/// A body that must be refused. None would create anything even if it were half understood: what it lacks or gets wrong
/// is the very thing to generate from, or it names records that do not exist.
struct Probe {
  std::string_view operation;
  std::string_view what;
  std::string_view body;
  std::array<int, 2> statuses;
};
constexpr int kBad = 400;
constexpr int kLost = 404;
constexpr std::array kProbes = {
    Probe{"registerModels", "not JSON", "{", {kBad, kBad}},
    Probe{"registerModels", "without preferences", "{}", {kBad, kBad}},
    Probe{"registerModels", "preferences a number", R"({"preferences":5})", {kBad, kBad}},
    Probe{"registerSceneries", "not JSON", "{", {kBad, kBad}},
    Probe{"registerSceneries", "without preferences", "{}", {kBad, kBad}},
    Probe{"registerImages", "not JSON", "{", {kBad, kBad}},
    Probe{"registerImages", "without config", "{}", {kBad, kBad}},
    Probe{"registerImages", "without product", R"({"config":{}})", {kBad, kBad}},
    Probe{"registerImages", "product id a number", R"({"config":{"product":{"id":5}}})", {kBad, kBad}},
    Probe{"registerImages",
          "unknown product",
          R"({"config":{"product":{"id":"qamera-mock-none"}},"count":1})",
          {kLost, kLost}},
    Probe{"registerImages",
          "count 21 of an unknown product",
          R"({"config":{"product":{"id":"qamera-mock-none"}},"count":21})",
          {kBad, kLost}},
    Probe{"registerPackshots", "without config", "{}", {kBad, kBad}},
    Probe{"registerPackshots",
          "unknown product",
          R"({"config":{"product":{"id":"qamera-mock-none"}},"count":1})",
          {kLost, kLost}},
    Probe{"registerVideo", "without an image", "{}", {kBad, kBad}},
    Probe{"registerVideo",
          "both image ids",
          R"({"imageId":"qamera-mock-none","generatedImageId":"qamera-mock-none"})",
          {kBad, kBad}},
    Probe{"registerVideo", "unknown image", R"({"imageId":"qamera-mock-none"})", {kLost, kLost}},
    Probe{"registerReel", "without images", "{}", {kBad, kBad}},
    Probe{"registerReel", "an empty list", R"({"imagesIds":[]})", {kBad, kBad}},
    Probe{"registerReel", "images no list", R"({"imagesIds":"qamera-mock-none"})", {kBad, kBad}},
    Probe{"registerReel",
          "eleven images",
          R"({"imagesIds":["n1","n2","n3","n4","n5","n6","n7","n8","n9","n10","n11"]})",
          {kBad, kBad}},
    Probe{"updatePackshot", "not JSON", "{", {kBad, kBad}},
    Probe{"updatePackshot", "without fields", "{}", {kBad, kBad}},
    Probe{"updatePackshot", "unknown vote", R"({"recordId":"qamera-mock-none","Voting":"MAYBE"})", {kBad, kBad}},
    Probe{"updatePackshot", "unknown record", R"({"recordId":"qamera-mock-none","Voting":"APPROVED"})", {kLost, kLost}},
};

Check refused_body(const Probe& probe) {
  return {std::string(probe.operation) + ": refuses " + std::string(probe.what),
          [&probe](Session& session, CheckResult& check) {
            std::vector<int> statuses = {probe.statuses[0]};
            if (probe.statuses[1] != probe.statuses[0]) statuses.push_back(probe.statuses[1]);
            session.expect(check, session.request(operation(probe.operation), "", std::string(probe.body)), statuses);
          }};
}

/// A form without the required guidelines.
Check refused_form() {
  return {"createPreset: refuses a form without guidelines", [](Session& session, CheckResult& check) {
            Request request = session.request(operation("createPreset"));
            request.headers.add("Content-Type", "multipart/form-data; boundary=qamera-mock-boundary");
            request.body =
                "--qamera-mock-boundary\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n"
                "qamera-mock\r\n--qamera-mock-boundary--\r\n";
            session.expect(check, std::move(request), {400});
          }};
}

/// Without a key each operation answers 401; a body is an empty object, which no operation would accept either.
Check keyless(const Operation& row) {
  return {std::string(row.name) + ": no key", [&row](Session& session, CheckResult& check) {
            const std::string body = row.body == BodyFormat::kNone ? "" : "{}";
            session.expect(check, session.request(row, "", body, Credential::kNone), {401});
          }};
}

/// One way to present keys, tried on the free listing of products.
Check presented(std::string name, std::vector<Header> (*headers)(const std::string& key), int status) {
  return {"authentication: " + std::move(name), [headers, status](Session& session, CheckResult& check) {
            Request request = session.request(operation("listProducts"), "", "", Credential::kNone);
            for (Header& header : headers(session.key())) request.headers.add(header.name, header.value);
            session.expect(check, std::move(request), {status});
          }};
}

/// A key of the right form that nobody has. The mock takes any such key unless it is told not to.
Check wrong_key() {
  return {"authentication: a wrong key", [](Session& session, CheckResult& check) {
            Request request = session.request(operation("listProducts"), "", "", Credential::kNone);
            request.headers.add("X-Api-Key", "mk_live_qameramocknobody.wrong");
            const auto response = session.send(request);
            if (response.ok() && response->status == 200 && response->headers.find(kMockHeader) != nullptr) {
              check.skip("the target is a qamera-mock that accepts every well-formed key (--auth any)");
              return;
            }
            session.expect(check, std::move(request), {401});
          }};
}

/// An undocumented path or method: an error with the documented body.
Check outside(std::string name, const std::string& method, const std::string& target, const std::vector<int>& statuses,
              const contract::Contract& contract) {
  return {std::move(name), [=, &contract](Session& session, CheckResult& check) {
            Request request = session.request(operation("listProducts"));
            request.method = method;
            request.target = target;
            const auto response = session.send(request);
            if (!response.ok()) {
              check.add(departure_of(nullptr, "", "a reply", response.error().message));
              return;
            }
            if (std::find(statuses.begin(), statuses.end(), response->status) == statuses.end()) {
              check.add(departure_of(nullptr, "/status", joined(statuses, " or "), std::to_string(response->status)));
            }
            const auto body = parse_json(response->body);
            const auto violation = contract.check_response(operation("listProducts"), 404, body.ok() ? *body : Json());
            if (violation) {
              check.add(departure_of(nullptr, "/body" + violation->pointer, "exactly {\"error\": \"...\"}",
                                     body.ok() ? actual_at(*body, "") : "no JSON"));
            }
          }};
}

using Fields = std::vector<Header>;

}  // namespace

std::vector<Check> probe_checks(const contract::Contract& contract) {
  std::vector<Check> checks;
  for (const Operation& row : contract::operations()) checks.push_back(keyless(row));
  checks.push_back(presented(
      "a malformed key",
      [](const std::string&) {
        return Fields{{"X-Api-Key", std::string(kMalformedKey)}};
      },
      401));
  checks.push_back(wrong_key());
  checks.push_back(presented(
      "Authorization: Bearer",
      [](const std::string& key) {
        return Fields{{"Authorization", "Bearer " + key}};
      },
      200));
  checks.push_back(presented(
      "another scheme than Bearer",
      [](const std::string& key) {
        return Fields{{"Authorization", "Basic " + key}};
      },
      401));
  checks.push_back(presented(
      "both headers, X-Api-Key right",
      [](const std::string& key) {
        return Fields{{"X-Api-Key", key}, {"Authorization", "Bearer " + std::string(kMalformedKey)}};
      },
      200));
  checks.push_back(presented(
      "both headers, X-Api-Key wrong",
      [](const std::string& key) {
        return Fields{{"X-Api-Key", std::string(kMalformedKey)}, {"Authorization", "Bearer " + key}};
      },
      401));
  checks.push_back(outside("an undocumented path", "GET", "/api/external/qamera-mock-none", {404}, contract));
  checks.push_back(outside("an undocumented method", "DELETE", "/api/external/products", {405, 404}, contract));
  for (const Probe& probe : kProbes) checks.push_back(refused_body(probe));
  checks.push_back(refused_form());
  return checks;
}

}  // namespace qamera::verify
