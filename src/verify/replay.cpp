#include "verify/replay.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/text.h"
#include "contract/expectation.h"
#include "contract/operation.h"
#include "http/asset_url.h"
#include "http/content_coding.h"
#include "http/field_syntax.h"
#include "journal/entry.h"
#include "verify/judge.h"

namespace qamera::verify {
namespace {

/// Of one connection, or written anew.
constexpr std::array<std::string_view, 16> kOwnHeaders = {
    "Host",    "Content-Length",    "Connection",       "Keep-Alive",    "Proxy-Connection", "TE",
    "Trailer", "Transfer-Encoding", "Upgrade",          "Expect",        "X-Api-Key",        "Authorization",
    "Referer", "Accept-Encoding",   "Content-Encoding", "HTTP2-Settings"};
/// What the names of fields and parameters have in them that carry a secret.
constexpr std::array<std::string_view, 11> kSecretWords = {"cookie", "token", "secret",     "passw", "session",  "auth",
                                                           "csrf",   "xsrf",  "credential", "jwt",   "signature"};
constexpr std::string_view kNoKey = "***";  // as the journal writes what was none
constexpr Duration kLongestReplayPoll{5'000};
constexpr std::size_t kMaxDifferences = 50;

bool is_id_name(std::string_view name) { return name == "id" || name.ends_with("Id") || name.ends_with("Ids"); }

/// Whether `pointer` is `pattern` or below it; a token `*` of the pattern stands for any.
bool covers(std::string_view pattern, std::string_view pointer) {
  while (!pattern.empty()) {
    if (pointer.empty() || pattern[0] != '/' || pointer[0] != '/') return false;
    const auto pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const auto pointer_end = std::min(pointer.find('/', 1), pointer.size());
    const std::string_view token = pattern.substr(0, pattern_end);
    if (token != "/*" && token != pointer.substr(0, pointer_end)) return false;
    pattern.remove_prefix(pattern_end);
    pointer.remove_prefix(pointer_end);
  }
  return true;
}

bool equals_any(std::string_view name, const auto& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view known) { return equal_ignoring_case(known, name); });
}

bool names_key(std::string_view name) {
  constexpr std::string_view kKey = "key";
  if (equal_ignoring_case(name, "Idempotency-Key")) return false;
  return name.size() >= kKey.size() && equal_ignoring_case(name.substr(name.size() - kKey.size()), kKey);
}

/// Whether a field or parameter of that name holds what is the business of the recorded server alone.
bool names_secret(std::string_view name) {
  const auto same = [](char a, char b) { return equal_ignoring_case({&a, 1}, {&b, 1}); };
  return names_key(name) || std::any_of(kSecretWords.begin(), kSecretWords.end(), [&](std::string_view word) {
           return std::search(name.begin(), name.end(), word.begin(), word.end(), same) != name.end();
         });
}

/// Whether there is a key of this API in the text, redacted or not.
bool holds_key(std::string text) { return journal::redact_keys(text) || text.ends_with(".***"); }

/// A key in each place where the recording has one. Whoever recorded may have put anything in place of it, or taken the
/// field away. Where the reply was 401, what is no key was none then, and nothing that was sent is repeated either.
void put_key(Request& request, const recordings::RecordedExchange& exchange, const std::string& key) {
  const bool was_refused = exchange.response.status == 401;
  bool has_place = false;
  const auto put = [&](const char* name, const std::string& scheme) {
    const std::string* recorded = exchange.request.headers.find(name);
    if (!recorded) return;
    has_place = true;
    const bool stays_none = was_refused && !holds_key(*recorded);
    request.headers.add(name, !stays_none ? scheme + key : std::string(recorded->empty() ? "" : kNoKey));
  };
  put("X-Api-Key", "");
  put("Authorization", "Bearer ");
  if (!has_place && !was_refused) request.headers.add("X-Api-Key", key);
}

/// Whether the path is in the operation table, whatever it takes.
bool is_in_table(const Request& request) {
  const contract::Route route = contract::route(request.method, request.path);
  return route.operation != nullptr || !route.allow.empty();
}

/// Whether both are URLs of one picture of ours, whatever address either was shown at.
bool is_same_asset(const Json& a, const Json& b) {
  if (!a.is_string() || !b.is_string()) return false;
  const std::string path = without_asset_base(a.get_ref<const std::string&>());
  return is_asset_path(path) && path == without_asset_base(b.get_ref<const std::string&>());
}

/// Two statuses of a job that differ in time alone.
bool are_states(const Json& a, const Json& b) {
  const auto is_state = [](const Json& value) { return value == "INPROGRESS" || value == "DONE"; };
  return is_state(a) && is_state(b);
}

}  // namespace

std::string_view described(PassedOver why) {
  switch (why) {
    case PassedOver::kForeign: return "not of the API";
    case PassedOver::kPreflight: return "a browser's preflight";
    case PassedOver::kBodyNotRecorded: return "whose request was not recorded whole";
    case PassedOver::kNoReply: return "without a reply";
    case PassedOver::kForbidden: return "with a character that HTTP forbids";
  }
  return {};
}

/// Compares one reply with its record, field by field.
struct Replay::Comparison {
  const ReplayOptions& options;
  const std::map<std::string, std::string>& ids;
  const recordings::RecordedExchange& exchange;
  std::vector<ReplayDifference>& differences;
  bool behind = false;       ///< a job that was DONE in the recording is not yet
  std::size_t unlisted = 0;  ///< differences beyond `kMaxDifferences`

  std::string shown_request() const {
    return shortened(exchange.request.method + " " + exchange.request.target, kLongestQuote);
  }
  void add(const std::string& pointer, const std::string& recorded, const std::string& replayed) {
    if (differences.size() >= kMaxDifferences) {
      ++unlisted;
      return;
    }
    differences.push_back({exchange.place, shown_request(), pointer, shortened(recorded, kLongestQuote),
                           shortened(replayed, kLongestQuote)});
  }
  bool ignored(const std::string& pointer) const {
    return std::any_of(options.ignore.begin(), options.ignore.end(),
                       [&](const std::string& pattern) { return covers(pattern, pointer); });
  }

  void compare(const Json& a, const Json& b, const std::string& pointer, const std::string& name) {
    if (ignored(pointer)) return;
    if (a.is_object() && b.is_object()) return compare_objects(a, b, pointer);
    if (a.is_array() && b.is_array()) return compare_arrays(a, b, pointer, name);
    if (a == b || is_same_asset(a, b) || (!options.exact && same_shape(a, b, name))) return;
    add("/body" + pointer, contract::described_value(a), contract::described_value(b));
  }

  void compare_objects(const Json& a, const Json& b, const std::string& pointer) {
    const bool other_state = !options.exact && a.contains("status") && b.contains("status") &&
                             a["status"] != b["status"] && are_states(a["status"], b["status"]);
    behind = behind || (other_state && a["status"] == "DONE");
    for (const auto& [name, value] : a.items()) {
      const std::string at = child_pointer(pointer, name);
      const bool follows_state = other_state && (name == "status" || name == "thumbnail" || name == "videoUrl");
      if (follows_state && b.contains(name) && b[name].is_string()) continue;
      if (b.contains(name)) {
        compare(value, b[name], at, name);
      } else if (!ignored(at)) {
        add("/body" + at, contract::described_value(value), "absent");
      }
    }
    for (const auto& [name, value] : b.items()) {
      const std::string at = child_pointer(pointer, name);
      if (!a.contains(name) && !ignored(at)) add("/body" + at, "absent", contract::described_value(value));
    }
  }

  void compare_arrays(const Json& a, const Json& b, const std::string& pointer, const std::string& name) {
    if (a.size() != b.size()) {
      add("/body" + pointer, std::to_string(a.size()) + " elements", std::to_string(b.size()) + " elements");
    }
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      compare(a[i], b[i], child_pointer(pointer, i), name);
    }
  }

  bool same_shape(const Json& a, const Json& b, const std::string& name) const {
    if (!a.is_string() || !b.is_string()) return false;
    const auto& was = a.get_ref<const std::string&>();
    const auto& is = b.get_ref<const std::string&>();
    if (was.empty() || is.empty()) return false;
    if (is_id_name(name)) {
      const auto known = ids.find(was);
      return known == ids.end() || known->second == is;
    }
    if (name == "createdAt") return parse_instant(was).ok() && parse_instant(is).ok();
    return is_url(was) && is_url(is);
  }
};

Replay::Replay(ReplayOptions options, Exchanger& exchanger, Pace& pace)
    : options_(std::move(options)), exchanger_(exchanger), pace_(pace) {}

std::string Replay::with_new_ids(const std::string& text) const {
  const auto known = ids_.find(text);
  return known == ids_.end() ? text : known->second;
}

void Replay::replace_ids(Json& value) const {
  if (value.is_string()) value = with_new_ids(value.get<std::string>());
  if (!value.is_structured()) return;
  for (Json& child : value) replace_ids(child);
}

void Replay::learn_ids(const Json& recorded, const Json& replayed, const std::string& name) {
  if (recorded.is_string() && replayed.is_string() && is_id_name(name)) {
    ids_.emplace(recorded.get<std::string>(), replayed.get<std::string>());
  } else if (recorded.is_array() && replayed.is_array()) {
    for (std::size_t i = 0; i < std::min(recorded.size(), replayed.size()); ++i) {
      learn_ids(recorded[i], replayed[i], name);
    }
  } else if (recorded.is_object() && replayed.is_object()) {
    for (const auto& [child, value] : recorded.items()) {
      if (replayed.contains(child)) learn_ids(value, replayed[child], child);
    }
  }
}

std::string Replay::rebuilt_target(std::string_view target) const {
  target = origin_form(target.substr(0, target.find('#')));
  std::string rebuilt(target.substr(0, target.find('?')));
  char separator = '?';
  for (auto at = target.find('?'); at != std::string_view::npos;) {
    const auto next = target.find('&', at + 1);
    const std::string_view pair = target.substr(at + 1, next - at - 1);
    const auto equals = std::min(pair.find('='), pair.size());
    const std::string_view written = pair.substr(std::min(equals + 1, pair.size()));
    const std::string value = percent_decode(written, true);
    const std::string name = percent_decode(pair.substr(0, equals), true);
    const bool is_key = holds_key(value) || (names_key(name) && !value.empty());
    const std::string renamed = is_key ? options_.key : names_secret(name) ? std::string(kNoKey) : with_new_ids(value);
    rebuilt.push_back(separator);
    rebuilt.append(pair.substr(0, equals));
    if (equals < pair.size()) rebuilt.append("=").append(renamed == value ? written : percent_encode(renamed));
    separator = '&';
    at = next;
  }
  return rebuilt;
}

Request Replay::rebuilt(const recordings::RecordedExchange& exchange) const {
  Request request;
  request.method = exchange.request.method;
  request.target = rebuilt_target(exchange.request.target);
  for (const Header& header : exchange.request.headers) {
    if (equals_any(header.name, kOwnHeaders) || names_secret(header.name)) continue;
    std::string value = header.value;
    journal::redact_keys(value);
    request.headers.add(header.name, std::move(value));
  }
  put_key(request, exchange, options_.key);
  request.body = exchange.request.body;
  journal::redact_keys(request.body);
  if (auto body = parse_ordered_json(request.body); !request.body.empty() && body.ok()) {
    Json replaced(*body);
    const Json before = replaced;
    replace_ids(replaced);
    // A body without old ids goes out byte for byte.
    if (replaced != before) request.body = dump_json(replaced);
  }
  return request;
}

std::variant<Request, PassedOver> Replay::prepare(const recordings::RecordedExchange& exchange) {
  const auto pass_over = [this](PassedOver why) {
    ++passed_over_[why];
    return why;
  };
  if (!is_in_table(exchange.request)) return pass_over(PassedOver::kForeign);
  if (exchange.is_preflight) return pass_over(PassedOver::kPreflight);
  // Of a coding that the mock does not read the reply told, and not of what was in it.
  const bool is_whole = exchange.request_known.body == http::BodyState::kReadable && !exchange.request.method.empty() &&
                        http::are_common(http::content_codings(exchange.request.headers));
  if (!is_whole) return pass_over(PassedOver::kBodyNotRecorded);
  if (exchange.response.status == 0) return pass_over(PassedOver::kNoReply);
  Request request = rebuilt(exchange);
  if (!http::forbidden_in_head(request).empty()) return pass_over(PassedOver::kForbidden);
  return request;
}

std::uint64_t Replay::passed_over() const {
  return std::accumulate(passed_over_.begin(), passed_over_.end(), std::uint64_t{0});
}

Result<void> Replay::send(const recordings::RecordedExchange& exchange, std::vector<ReplayDifference>& differences) {
  const auto prepared = prepare(exchange);
  if (!std::holds_alternative<Request>(prepared)) return {};
  const Request& request = std::get<Request>(prepared);
  const auto recorded = parse_json(exchange.response.body);
  const bool response_whole =
      exchange.response_known.body == http::BodyState::kReadable && exchange.request.method != "HEAD";
  Polling polling(pace_, options_.timeout, kLongestReplayPoll);
  while (true) {
    const auto response = exchanger_.send(request);
    if (!response.ok() && response.error().code == ErrorCode::kInvalid) {
      return Error{ErrorCode::kInvalid, exchange.place + ": " + response.error().message, ""};
    }
    if (!response.ok()) return response.error();
    std::vector<ReplayDifference> found;
    Comparison comparison{options_, ids_, exchange, found};
    if (response->status != exchange.response.status) {
      comparison.add("/status", std::to_string(exchange.response.status), std::to_string(response->status));
    }
    const std::string_view was = http::media_type(exchange.response.headers.value_or("Content-Type", ""));
    const std::string_view is = http::media_type(response->headers.value_or("Content-Type", ""));
    const bool type_known = exchange.response_known.headers || !was.empty();
    if (type_known && !equal_ignoring_case(was, is))
      comparison.add("/headers/Content-Type", std::string(was), std::string(is));
    const auto replayed = parse_json(response->body);
    if (response_whole && recorded.ok() && replayed.ok()) {
      comparison.compare(*recorded, *replayed, "", "");
      learn_ids(*recorded, *replayed, "");
    } else if (response_whole && response->body != exchange.response.body) {
      comparison.add("/body", recorded.ok() ? "JSON" : "no JSON", replayed.ok() ? "JSON" : "no JSON");
    }
    // A job may take longer than it did: the listing is asked for again.
    if (comparison.behind && request.method == "GET" && polling.wait()) continue;
    if (comparison.behind) comparison.add("/body", "every job that was DONE", "a job still INPROGRESS");
    if (comparison.unlisted > 0) {
      found.push_back({exchange.place, comparison.shown_request(), "", "no more differences",
                       std::to_string(comparison.unlisted) + " more, not listed"});
    }
    ++sent_;
    differences.insert(differences.end(), found.begin(), found.end());
    return {};
  }
}

}  // namespace qamera::verify
