#include <algorithm>
#include <array>

#include "base/check.h"
#include "contract/contract.h"
#include "verify/checks.h"

namespace qamera::verify {
namespace {

using contract::BodyFormat;
using contract::Operation;

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
  int status;
  int other_status = 0;  ///< documented as well; 0: there is none
};
constexpr std::array kProbes = {
    Probe{"registerModels", "not JSON", "{", 400},
    Probe{"registerModels", "without preferences", "{}", 400},
    Probe{"registerModels", "preferences a number", R"({"preferences":5})", 400},
    Probe{"registerSceneries", "not JSON", "{", 400},
    Probe{"registerSceneries", "without preferences", "{}", 400},
    Probe{"registerSceneries", "preferences a number", R"({"preferences":5})", 400},
    Probe{"registerImages", "not JSON", "{", 400},
    Probe{"registerImages", "without config", "{}", 400},
    Probe{"registerImages", "without product", R"({"config":{}})", 400},
    Probe{"registerImages", "product id a number", R"({"config":{"product":{"id":5}}})", 400},
    Probe{"registerImages", "unknown product", R"({"config":{"product":{"id":"qamera-mock-none"}},"count":1})", 404},
    Probe{"registerImages", "count 21 of an unknown product",
          R"({"config":{"product":{"id":"qamera-mock-none"}},"count":21})", 400, 404},
    Probe{"registerPackshots", "not JSON", "{", 400},
    Probe{"registerPackshots", "without config", "{}", 400},
    Probe{"registerPackshots", "without product", R"({"config":{}})", 400},
    Probe{"registerPackshots", "unknown product", R"({"config":{"product":{"id":"qamera-mock-none"}},"count":1})", 404},
    Probe{"registerVideo", "not JSON", "{", 400},
    Probe{"registerVideo", "without an image", "{}", 400},
    Probe{"registerVideo", "both image ids", R"({"imageId":"qamera-mock-none","generatedImageId":"qamera-mock-none"})",
          400},
    Probe{"registerVideo", "unknown image", R"({"imageId":"qamera-mock-none"})", 404},
    Probe{"registerVideo", "unknown generated image", R"({"generatedImageId":"qamera-mock-none"})", 404},
    Probe{"registerReel", "not JSON", "{", 400},
    Probe{"registerReel", "without images", "{}", 400},
    Probe{"registerReel", "an empty list", R"({"imagesIds":[]})", 400},
    Probe{"registerReel", "images no list", R"({"imagesIds":"qamera-mock-none"})", 400},
    Probe{"registerReel", "images that are numbers", R"({"imagesIds":[5]})", 400},
    Probe{"registerReel", "ten unknown images",
          R"({"imagesIds":["qamera-mock-none0","qamera-mock-none1","qamera-mock-none2","qamera-mock-none3",)"
          R"("qamera-mock-none4","qamera-mock-none5","qamera-mock-none6","qamera-mock-none7",)"
          R"("qamera-mock-none8","qamera-mock-none9"]})",
          404},
    Probe{"registerReel", "eleven images",
          R"({"imagesIds":["n1","n2","n3","n4","n5","n6","n7","n8","n9","n10","n11"]})", 400},
    Probe{"updatePackshot", "not JSON", "{", 400},
    Probe{"updatePackshot", "without fields", "{}", 400},
    Probe{"updatePackshot", "unknown vote", R"({"recordId":"qamera-mock-none","Voting":"MAYBE"})", 400},
    Probe{"updatePackshot", "unknown record", R"({"recordId":"qamera-mock-none","Voting":"APPROVED"})", 404},
};

Check refused_body(const Probe& probe) {
  return {std::string(probe.operation) + ": refuses " + std::string(probe.what),
          [&probe](Session& session, CheckResult& check) {
            std::vector<int> statuses = {probe.status};
            if (probe.other_status != 0) statuses.push_back(probe.other_status);
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

/// One way to present keys, tried on the free listing of products. `KEY` in a header's value is the session's key; a
/// header without a value is not sent.
struct Presentation {
  std::string_view name;
  std::string_view api_key;
  std::string_view authorization;
  int status;
};
constexpr Presentation kMalformedKey{"a malformed key", "not-an-api-key", "", 401};
constexpr std::array kPresentations = {
    Presentation{"Authorization: Bearer", "", "Bearer KEY", 200},
    Presentation{"another scheme than Bearer", "", "Basic KEY", 401},
    Presentation{"both headers, X-Api-Key right", "KEY", "Bearer not-an-api-key", 200},
    Presentation{"both headers, X-Api-Key wrong", "not-an-api-key", "Bearer KEY", 401},
};

Check presented(const Presentation& way) {
  return {"authentication: " + std::string(way.name), [&way](Session& session, CheckResult& check) {
            Request request = session.request(operation("listProducts"), "", "", Credential::kNone);
            for (auto [name, shown] : {std::pair("X-Api-Key", way.api_key), {"Authorization", way.authorization}}) {
              if (shown.empty()) continue;
              std::string value(shown);
              if (value.ends_with("KEY")) value.replace(value.size() - 3, 3, session.key());
              request.headers.add(name, std::move(value));
            }
            session.expect(check, std::move(request), {way.status});
          }};
}

/// A key of the right form that nobody has. The mock takes any such key unless it is told not to.
Check wrong_key() {
  return {"authentication: a wrong key", [](Session& session, CheckResult& check) {
            Request request = session.request(operation("listProducts"), "", "", Credential::kNone);
            request.headers.add("X-Api-Key", "mk_live_qameramocknobody.wrong");
            const auto response = session.send(check, request);
            if (response.ok() && response->status == 200 && response->headers.find(kMockHeader) != nullptr) {
              return check.skip("the target is a qamera-mock that accepts every well-formed key (--auth any)");
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
            const auto response = session.send(check, request);
            if (session.broken()) return;
            if (!response.ok()) return check.add(departure_of(nullptr, "", "a reply", response.error().message));
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

}  // namespace

std::vector<Check> probe_checks(const contract::Contract& contract) {
  std::vector<Check> checks;
  for (const Operation& row : contract::operations()) checks.push_back(keyless(row));
  checks.push_back(presented(kMalformedKey));
  checks.push_back(wrong_key());
  for (const Presentation& way : kPresentations) checks.push_back(presented(way));
  checks.push_back(outside("an undocumented path", "GET", "/api/external/qamera-mock-none", {404}, contract));
  checks.push_back(outside("an undocumented method", "DELETE", "/api/external/products", {405, 404}, contract));
  for (const Probe& probe : kProbes) checks.push_back(refused_body(probe));
  checks.push_back(refused_form());
  return checks;
}

}  // namespace qamera::verify
