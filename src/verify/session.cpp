#include "verify/session.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "journal/entry.h"

namespace qamera::verify {
namespace {

constexpr std::size_t kLongestKept = 2'000;
constexpr int kMaxRetries = 6;
constexpr int kMaxFailures = 3;
constexpr Duration kFirstBackoff{1'000};
constexpr Duration kLongestRetryAfter{120'000};

Duration retry_after(const Response& response, int attempt) {
  const std::string_view text = response.headers.value_or("Retry-After", "");
  int seconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && parsed.ec == std::errc() && seconds >= 0) {
    return std::min<Duration>(std::chrono::seconds(seconds), kLongestRetryAfter);
  }
  return kFirstBackoff * (1 << attempt);
}

}  // namespace

void CheckResult::add(Departure departure) {
  if (is_closed) return;
  const auto key = [](const Departure& d) { return std::tie(d.side, d.operation, d.pointer, d.expected); };
  const bool seen = std::any_of(departures.begin(), departures.end(),
                                [&](const Departure& other) { return key(other) == key(departure); });
  outcome = Outcome::kDeparts;
  if (seen || departures.size() >= kMaxDepartures) return;
  departure.place = name;
  departure.exchange = latest;
  departures.push_back(std::move(departure));
}

void CheckResult::skip(std::string why) {
  if (is_closed || outcome == Outcome::kDeparts) return;
  outcome = Outcome::kSkipped;
  reason = std::move(why);
}

Session::Session(Options options, const Judge& judge, Exchanger& exchanger, Pace& pace)
    : options_(std::move(options)), judge_(judge), exchanger_(exchanger), pace_(pace) {}

Request Session::request(const contract::Operation& operation, const std::string& query, const std::string& body,
                         Credential credential) const {
  Request request;
  request.method = operation.method;
  request.target = std::string(operation.path) + (query.empty() ? "" : "?" + query);
  if (credential == Credential::kKey) request.headers.add("X-Api-Key", options_.key);
  request.headers.add("Accept", "application/json");
  request.body = body;
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  return request;
}

void Session::wait_for_pace() {
  if (options_.requests_per_second <= 0) return;
  const Duration interval(static_cast<std::int64_t>(1000.0 / options_.requests_per_second));
  const Duration now = pace_.now();
  if (last_sent_ && *last_sent_ + interval > now) pace_.wait(*last_sent_ + interval - now);
  last_sent_ = pace_.now();
}

std::string Session::without_key(std::string text) const {
  for (std::size_t at = 0; !options_.key.empty() && (at = text.find(options_.key, at)) != std::string::npos; at += 3) {
    text.replace(at, options_.key.size(), "***");
  }
  journal::redact_keys(text);
  return text;
}

std::shared_ptr<const Exchange> Session::kept(const Request& request, const Response& response, Instant at) const {
  auto exchange = std::make_shared<Exchange>();
  exchange->at = at;
  exchange->request = request;
  exchange->response.status = response.status;
  exchange->response.headers = response.headers;
  exchange->response.body = response.body.substr(0, kLongestKept);
  Headers headers;
  for (const Header& header : request.headers) headers.add(header.name, without_key(header.value));
  exchange->request.headers = std::move(headers);
  exchange->response.body = without_key(std::move(exchange->response.body));
  return exchange;
}

Result<Response> Session::send(CheckResult& check, Request request) {
  parse_target(request);
  for (int attempt = 0;; ++attempt) {
    if (broken_) return *broken_;
    wait_for_pace();
    if (!interrupted()) ++requests_;
    const Instant at = system_time().wall();
    auto response = interrupted() ? Error{ErrorCode::kTimeout, "interrupted", ""} : exchanger_.send(request);
    if (!response.ok() && interrupted()) return *(broken_ = Error{ErrorCode::kTimeout, "interrupted", ""});
    if (!response.ok()) {
      ++failures_;
      // The first request tells whether there is a target at all.
      if (requests_ == 1 || failures_ >= kMaxFailures) broken_ = response.error();
      return response;
    }
    failures_ = 0;
    ++replies_;
    check.latest = kept(request, *response, at);
    if (options_.on_exchange) options_.on_exchange(request, *response);
    if (response->status != 429 || attempt == kMaxRetries) return response;
    pace_.wait(retry_after(*response, attempt));
  }
}

std::optional<Json> Session::expect(CheckResult& check, Request request, const std::vector<int>& statuses) {
  parse_target(request);
  const contract::Operation* operation = contract::route(request.method, request.path).operation;
  const auto response = send(check, request);
  if (broken_) {
    check.is_closed = true;
    return std::nullopt;
  }
  if (!response.ok()) {
    check.add(departure_of(operation, "", "a reply", response.error().message));
    return std::nullopt;
  }
  const bool as_expected = std::find(statuses.begin(), statuses.end(), response->status) != statuses.end();
  if (!as_expected) {
    check.add(departure_of(operation, "/status", joined(statuses, " or "), std::to_string(response->status)));
  }
  // What the wrong reply lacks of the right one is the same departure.
  if (!as_expected) return std::nullopt;
  for (Departure& departure : judge_.response(request, *response)) check.add(std::move(departure));
  if (response->status < 200 || response->status >= 300) return std::nullopt;
  auto body = parse_json(response->body);
  if (!body.ok()) return std::nullopt;
  return *std::move(body);
}

Departure departure_of(const contract::Operation* operation, std::string pointer, std::string expected,
                       std::string actual) {
  Departure departure;
  departure.side = "response";
  departure.operation = operation != nullptr ? std::string(operation->name) : "";
  departure.page = operation != nullptr ? std::string(operation->page) : "public";
  departure.pointer = std::move(pointer);
  departure.expected = std::move(expected);
  departure.actual = std::move(actual);
  return departure;
}

std::vector<std::string> ids_of(const Json& records) {
  std::vector<std::string> ids;
  if (!records.is_array()) return ids;
  for (const Json& record : records) ids.push_back(text_of(record, "id"));
  return ids;
}

const Json* find_record(const Json& records, std::string_view id) {
  if (!records.is_array()) return nullptr;
  for (const Json& record : records) {
    if (text_of(record, "id") == id) return &record;
  }
  return nullptr;
}

}  // namespace qamera::verify
