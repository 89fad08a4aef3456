#include "verify/judge.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/json_numbers.h"
#include "base/text.h"
#include "base/time.h"
#include "contract/expectation.h"
#include "contract/openapi.h"
#include "http/field_syntax.h"
#include "http/multipart.h"

namespace qamera::verify {
namespace {

using contract::Action;
using contract::BodyFormat;
using contract::Operation;

constexpr std::string_view kUndocumented = "is not documented";

/// Gathers the departures of one side of one exchange.
class Collector {
 public:
  Collector(std::string_view side, const Operation* operation) : side_(side), operation_(operation) {}

  void add(std::string pointer, std::string expected, std::string actual) {
    if (full()) return;
    Departure departure;
    departure.side = side_;
    if (operation_ != nullptr) {
      departure.operation = operation_->name;
      departure.page = operation_->page;
    }
    departure.pointer = std::move(pointer);
    // They quote what was sent, which may be of any length.
    departure.expected = shortened(expected, kLongestQuote);
    departure.actual = shortened(actual, kLongestQuote);
    departures_.push_back(std::move(departure));
  }
  bool full() const { return departures_.size() >= kMaxDepartures; }
  /// `body` is the text that they are of.
  std::vector<Departure> take(std::string_view body) {
    constexpr std::string_view kBody = "/body";
    for (Departure& one : departures_) {
      if (!one.pointer.starts_with("/body/")) continue;
      one.actual = number_as_written(std::move(one.actual), body, std::string_view(one.pointer).substr(kBody.size()));
    }
    return std::move(departures_);
  }

 private:
  std::string side_;
  const Operation* operation_;
  std::vector<Departure> departures_;
};

/// What a violation's message asks for: of "'count' must be a whole number, not "3"." the whole number.
std::string rule_of(std::string message) {
  constexpr std::string_view kMust = " must be ";
  if (message.find(kUndocumented) != std::string::npos) return "no undocumented member";
  if (const auto must = message.find(kMust); must != std::string::npos) message.erase(0, must + kMust.size());
  const auto tail = message.find(", not ");
  std::string rule = tail == std::string::npos ? message : message.substr(0, tail);
  while (rule.ends_with('.')) rule.pop_back();
  return rule;
}

/// Every violation of a document: unknown members are taken out and the rest is judged again.
template <typename Check>
void add_violations(Collector& collector, Json document, const std::string& root, const Check& check) {
  while (!collector.full()) {
    const auto violation = check(document);
    if (!violation) return;
    collector.add(root + violation->pointer, rule_of(violation->message), actual_at(document, violation->pointer));
    if (violation->message.find(kUndocumented) == std::string::npos) return;
    const Json::json_pointer at(violation->pointer);
    document.at(at.parent_pointer()).erase(at.back());
  }
}

void judge_times(Collector& collector, const Json& record, const std::string& root) {
  if (!record.contains("createdAt") || !record["createdAt"].is_string()) return;
  const std::string text = text_of(record, "createdAt");
  if (parse_instant(text).ok()) return;
  collector.add(root + "/createdAt", "an ISO 8601 time in UTC such as 2026-03-27T12:00:00.000Z", "\"" + text + "\"");
}

/// "Once status is DONE, the thumbnail field contains the image URL"; it is empty before.
void judge_urls(Collector& collector, const Json& record, const std::string& root) {
  const std::string status = text_of(record, "status");
  for (const char* name : {"thumbnail", "videoUrl"}) {
    if (!record.contains(name) || !record[name].is_string()) continue;
    const std::string text = text_of(record, name);
    if (status == "DONE" && !is_url(text))
      collector.add(root + "/" + name, "a URL, since status is DONE", "\"" + text + "\"");
    if (status == "INPROGRESS" && !text.empty()) {
      collector.add(root + "/" + name, "\"\" until status is DONE", "\"" + text + "\"");
    }
  }
}

/// The value of a query parameter, if the operation is documented to have it.
const std::string* documented_query(const Operation& operation, const Request& request, std::string_view name) {
  const bool documented = std::any_of(operation.query.begin(), operation.query.end(),
                                      [&](const contract::QueryRule& rule) { return rule.name == name; });
  return documented ? request.query_value(name) : nullptr;
}

void judge_filters(Collector& collector, const Operation& operation, const Request& request, const Json& records,
                   const std::string& root) {
  const std::string* filter = documented_query(operation, request, "statusFilter");
  if (filter != nullptr && *filter == "approved") {
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records[i].is_object() && text_of(records[i], "voting") != "APPROVED") {
        collector.add(root + "/" + std::to_string(i) + "/voting", "\"APPROVED\", since statusFilter=approved",
                      actual_at(records[i], "/voting"));
      }
    }
  }
  const std::string* most = documented_query(operation, request, "maxRecords");
  std::size_t bound = 0;
  if (most == nullptr || std::from_chars(most->data(), most->data() + most->size(), bound).ec != std::errc()) return;
  if (bound > 0 && records.size() > bound) {
    collector.add(root, "at most " + *most + " records, since maxRecords=" + *most, std::to_string(records.size()));
  }
}

void judge_listing(Collector& collector, const contract::Contract& contract, const Operation& operation,
                   const Request& request, const Json& body) {
  const std::string collection(name_of(operation.collection()));
  const auto check_whole = [&](const Json& document) { return contract.check_response(operation, 200, document); };
  if (!body.is_object() || !body.contains(collection) || !body[collection].is_array()) {
    return add_violations(collector, body, "/body", check_whole);
  }
  Json shape = body;
  shape[collection] = Json::array();
  add_violations(collector, std::move(shape), "/body", check_whole);
  const Json& records = body[collection];
  const std::string root = "/body/" + collection;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < records.size() && !collector.full(); ++i) {
    const Json& record = records[i];
    const std::string at = root + "/" + std::to_string(i);
    add_violations(collector, record, at,
                   [&](const Json& document) { return contract.check_record(operation.collection(), document); });
    if (!record.is_object()) continue;
    judge_times(collector, record, at);
    judge_urls(collector, record, at);
    const std::string id = text_of(record, "id");
    if (!id.empty() && !ids.insert(id).second)
      collector.add(at + "/id", "an id that no other record has", "\"" + id + "\"");
  }
  if (body.contains("count") && body["count"].is_number() && body["count"] != records.size()) {
    collector.add("/body/count", std::to_string(records.size()) + ", the length of '" + collection + "'",
                  dump_json(body["count"]));
  }
  judge_filters(collector, operation, request, records, root);
}

void judge_registration(Collector& collector, const contract::Contract& contract, const Operation& operation,
                        const Request& request, const Json& body) {
  if (!body.is_object() || !body.contains("createdRecordIds") || !body["createdRecordIds"].is_array()) return;
  const auto sent = parse_json(request.body);
  if (!sent.ok() || !sent->is_object()) return;
  const int fallback = contract.default_count(operation);
  const double asked = fallback < 0                   ? 1
                       : !sent->contains("count")     ? fallback
                       : (*sent)["count"].is_number() ? (*sent)["count"].get<double>()
                                                      : -1;
  const auto& made = body["createdRecordIds"];
  if (asked < 0 || static_cast<double>(made.size()) == asked) return;
  collector.add("/body/createdRecordIds",
                dump_json(Json(static_cast<std::int64_t>(asked))) + " ids, one a record asked for",
                std::to_string(made.size()) + " ids");
}

/// A reply that names a record names the one that was asked about.
void judge_subject(Collector& collector, const Request& request, const Json& body) {
  const auto sent = parse_json(request.body);
  if (!sent.ok() || !body.is_object()) return;
  const std::string asked = text_of(*sent, "recordId");
  const std::string told = text_of(body, "recordId");
  if (told.empty() || asked.empty() || told == asked) return;
  collector.add("/body/recordId", "\"" + asked + "\", the record voted on", "\"" + told + "\"");
}

}  // namespace

std::string to_text(const Departure& departure) {
  std::string text = departure.place + ": ";
  text += departure.operation.empty() ? "undocumented" : departure.operation;
  text += " " + departure.side + " " + (departure.pointer.empty() ? "(whole)" : departure.pointer);
  text += ": expected " + departure.expected + "; actual " + departure.actual;
  if (!departure.page.empty()) text += " [" + departure.page + "]";
  return without_controls(std::move(text));
}

OrderedJson to_json(const Departure& departure) {
  return {{"place", departure.place},     {"operation", departure.operation}, {"side", departure.side},
          {"pointer", departure.pointer}, {"expected", departure.expected},   {"actual", departure.actual},
          {"page", departure.page}};
}

std::string why_not_judged(http::BodyState state, const Headers& headers) {
  using http::BodyState;
  switch (state) {
    case BodyState::kReadable:
    case BodyState::kBrokenCoding: return "";
    case BodyState::kFields: return "only its fields recorded";
    case BodyState::kUnsupportedCoding: return "content coding " + shortened(http::content_codings(headers), 40);
    case BodyState::kTooLarge: return "too large once unpacked";
    case BodyState::kCut: return "cut";
    case BodyState::kNotRecorded: return "not recorded";
  }
  return "";
}

std::vector<Finding> as_findings(const std::vector<Departure>& departures) {
  std::vector<Finding> findings;
  for (const Departure& departure : departures) {
    findings.push_back({finding_kind::kResponseBreach, departure.pointer,
                        "expected " + departure.expected + "; actual " + departure.actual});
  }
  return findings;
}

std::string actual_at(const Json& document, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  return document.contains(at) || pointer.empty() ? contract::described_value(document.at(at)) : "absent";
}

bool is_url(std::string_view text) {
  for (std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) return text.size() > scheme.size() && text.find(' ') == std::string_view::npos;
  }
  return false;
}

/// Of a body of which only the fields are there, a text may stand for any JSON, and one value for a list of one.
void Judge::loosen(contract::ExaminedRequest& examined, const Operation& operation) const {
  if (examined.body_state != http::BodyState::kFields || !examined.body || !examined.body->is_object()) return;
  const Json as_recorded = *examined.body;
  for (const auto& [name, recorded] : as_recorded.items()) {
    const std::string pointer = child_pointer("", name);
    const auto complains = [&] {
      return examined.violation && (examined.violation->pointer + "/").starts_with(pointer + "/");
    };
    std::vector<Json> meanings;
    if (recorded.is_string()) {
      if (auto parsed = parse_json(recorded.get_ref<const std::string&>())) meanings.push_back(*std::move(parsed));
    }
    meanings.push_back(Json::array({recorded}));
    for (std::size_t i = 0; i < meanings.size() && complains(); ++i) {
      const contract::Violation before = *examined.violation;
      (*examined.body)[name] = meanings[i];
      examined.violation = contract_.check_request(operation, *examined.body);
      // No better: what was recorded is what is told.
      if (complains()) {
        (*examined.body)[name] = recorded;
        examined.violation = before;
      }
    }
  }
}

std::vector<Departure> Judge::request(const Request& request, const recordings::Known& known) const {
  const contract::Route route = contract::route(request.method, request.path);
  Collector collector("request", route.operation);
  if (route.operation == nullptr) {
    if (!contract::is_api_path(request.path)) return {};
    collector.add("/path", route.allow.empty() ? "a documented endpoint" : "the method " + route.allow,
                  request.method + " " + request.path);
    return collector.take(request.body);
  }
  const Operation& operation = *route.operation;
  Request whole = request;
  if (operation.body == BodyFormat::kMultipart && whole.parts.empty()) whole.parts = http::parse_multipart(whole);
  auto examined = contract::examine(whole, &operation, contract_, known.body);
  loosen(examined, operation);
  if (!examined.body_problem.empty()) {
    const bool form = operation.body == BodyFormat::kMultipart;
    const bool broken = examined.body_state == http::BodyState::kBrokenCoding;
    collector.add("/body",
                  broken ? "a body in its content coding"
                  : form ? "a form, multipart/form-data"
                         : "a JSON object",
                  examined.body_problem);
  }
  for (const Finding& finding : examined.findings) {
    const bool unknown =
        finding.kind == finding_kind::kWrongContentType && !known.headers && !request.headers.find("Content-Type");
    if (!unknown) collector.add(finding.pointer, "nothing outside the documentation", finding.message);
  }
  if (examined.violation) {
    const std::string& pointer = examined.violation->pointer;
    collector.add("/body" + pointer, rule_of(examined.violation->message), actual_at(*examined.body, pointer));
  }
  return collector.take(request.body);
}

std::vector<Departure> Judge::response(const Request& request, const Response& response,
                                       const recordings::Known& known) const {
  const contract::Route route = contract::route(request.method, request.path);
  if (route.operation == nullptr) return {};
  const Operation& operation = *route.operation;
  Collector collector("response", &operation);
  const std::vector<int> statuses = contract::documented_statuses(operation);
  if (std::find(statuses.begin(), statuses.end(), response.status) == statuses.end()) {
    collector.add("/status", "one of " + joined(statuses, ", "), std::to_string(response.status));
  }
  const std::string_view type = response.headers.value_or("Content-Type", "");
  const bool type_known = known.headers || !type.empty();
  if (type_known && !equal_ignoring_case(http::media_type(type), "application/json")) {
    collector.add("/headers/Content-Type", "application/json", type.empty() ? "absent" : std::string(type));
  }
  if (!is_judged(known.body) || request.method == "HEAD") return collector.take(response.body);
  if (known.body == http::BodyState::kBrokenCoding) {
    collector.add("/body", "a body in its content coding",
                  "bytes that are not in " + shortened(http::content_codings(response.headers)));
    return collector.take(response.body);
  }
  const auto body = parse_json(response.body);
  if (!body.ok()) {
    collector.add("/body", "JSON", response.body.empty() ? "nothing" : body.error().message);
    return collector.take(response.body);
  }
  // A success with another number is judged as a success.
  const int judged = response.status >= 200 && response.status < 300 ? 200 : response.status;
  if (judged == 200 && operation.action == Action::kList) {
    judge_listing(collector, contract_, operation, request, *body);
    return collector.take(response.body);
  }
  add_violations(collector, *body, "/body",
                 [&](const Json& document) { return contract_.check_response(operation, judged, document); });
  if (judged == 200 && operation.action == Action::kRegister) {
    judge_registration(collector, contract_, operation, request, *body);
  }
  if (judged == 200 && operation.action == Action::kOther) judge_subject(collector, request, *body);
  return collector.take(response.body);
}

}  // namespace qamera::verify
