#include "verify/replay.h"

#include <algorithm>
#include <array>

#include "contract/expectation.h"
#include "http/field_syntax.h"
#include "verify/judge.h"

namespace qamera::verify {
namespace {

constexpr std::array<std::string_view, 7> kOwnHeaders = {
    "Host", "Content-Length", "Connection", "Transfer-Encoding", "X-Api-Key", "Authorization", "Accept-Encoding"};
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

/// The recorded key in the place where it stood. A key of ours was redacted to `mk_live_<id>.***`; anything else was
/// no key, and is still none.
void put_key(Request& request, const Headers& recorded, const std::string& key) {
  constexpr std::string_view kRedacted = ".***";
  if (const std::string* value = recorded.find("X-Api-Key")) {
    request.headers.add("X-Api-Key", value->ends_with(kRedacted) ? key : *value);
  }
  if (const std::string* value = recorded.find("Authorization")) {
    request.headers.add("Authorization", value->ends_with(kRedacted) ? "Bearer " + key : *value);
  }
}

/// Two statuses of a job that differ in time alone.
bool are_states(const Json& a, const Json& b) {
  const auto is_state = [](const Json& value) { return value == "INPROGRESS" || value == "DONE"; };
  return is_state(a) && is_state(b);
}

}  // namespace

/// Compares one reply with its record, field by field.
struct Replay::Comparison {
  const ReplayOptions& options;
  const std::map<std::string, std::string>& ids;
  const RecordedExchange& exchange;
  std::vector<ReplayDifference>& differences;
  bool behind = false;       ///< a job that was DONE in the recording is not yet
  std::size_t unlisted = 0;  ///< differences beyond `kMaxDifferences`

  void add(const std::string& pointer, std::string recorded, std::string replayed) {
    if (differences.size() >= kMaxDifferences) {
      ++unlisted;
      return;
    }
    differences.push_back({exchange.place, exchange.request.method + " " + exchange.request.target, pointer,
                           std::move(recorded), std::move(replayed)});
  }
  bool ignored(const std::string& pointer) const {
    return std::any_of(options.ignore.begin(), options.ignore.end(),
                       [&](const std::string& pattern) { return covers(pattern, pointer); });
  }

  void compare(const Json& a, const Json& b, const std::string& pointer, const std::string& name) {
    if (ignored(pointer)) return;
    if (a.is_object() && b.is_object()) return compare_objects(a, b, pointer);
    if (a.is_array() && b.is_array()) return compare_arrays(a, b, pointer, name);
    if (a == b || (!options.exact && same_shape(a, b, name))) return;
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

Request Replay::rebuilt(const RecordedExchange& exchange) const {
  Request request;
  request.method = exchange.request.method;
  request.target = exchange.request.target.substr(0, exchange.request.target.find('?'));
  char separator = '?';
  const std::string_view target = exchange.request.target;
  for (auto at = target.find('?'); at != std::string_view::npos;) {
    const auto next = target.find('&', at + 1);
    const std::string_view pair = target.substr(at + 1, next - at - 1);
    const auto equals = std::min(pair.find('='), pair.size());
    request.target.push_back(separator);
    request.target.append(pair.substr(0, equals));
    if (equals < pair.size()) {
      const std::string_view written = pair.substr(equals + 1);
      const std::string value = percent_decode(written, true);
      const std::string renamed = with_new_ids(value);
      request.target.append("=").append(renamed == value ? std::string(written) : percent_encode(renamed));
    }
    separator = '&';
    at = next;
  }
  for (const Header& header : exchange.request.headers) {
    const bool own = std::any_of(kOwnHeaders.begin(), kOwnHeaders.end(),
                                 [&](std::string_view name) { return equal_ignoring_case(name, header.name); });
    if (!own) request.headers.add(header.name, header.value);
  }
  put_key(request, exchange.request.headers, options_.key);
  request.body = exchange.request.body;
  if (auto body = parse_ordered_json(request.body); !request.body.empty() && body.ok()) {
    Json replaced(*body);
    const Json before = replaced;
    replace_ids(replaced);
    // A body without old ids goes out byte for byte.
    if (replaced != before) request.body = dump_json(replaced);
  }
  return request;
}

Result<void> Replay::send(const RecordedExchange& exchange, std::vector<ReplayDifference>& differences) {
  if (!exchange.request_whole || exchange.response.status == 0) {
    ++skipped_;
    return {};
  }
  const Request request = rebuilt(exchange);
  const auto recorded = parse_json(exchange.response.body);
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
    if (!equal_ignoring_case(was, is)) comparison.add("/headers/Content-Type", std::string(was), std::string(is));
    const auto replayed = parse_json(response->body);
    if (exchange.response_whole && recorded.ok() && replayed.ok()) {
      comparison.compare(*recorded, *replayed, "", "");
      learn_ids(*recorded, *replayed, "");
    } else if (exchange.response_whole && response->body != exchange.response.body) {
      comparison.add("/body", recorded.ok() ? "JSON" : "no JSON", replayed.ok() ? "JSON" : "no JSON");
    }
    // A job may take longer than it did: the listing is asked for again.
    if (comparison.behind && request.method == "GET" && polling.wait()) continue;
    if (comparison.behind) comparison.add("/body", "every job that was DONE", "a job still INPROGRESS");
    if (comparison.unlisted > 0) {
      found.push_back({exchange.place, exchange.request.method + " " + exchange.request.target, "",
                       "no more differences", std::to_string(comparison.unlisted) + " more, not listed"});
    }
    ++sent_;
    differences.insert(differences.end(), found.begin(), found.end());
    return {};
  }
}

}  // namespace qamera::verify
