// The journal's calls: listings, patterns, exports, events.

#include <array>
#include <charconv>

#include "base/spelling.h"
#include "contract/operation.h"
#include "control/handlers.h"
#include "journal/export.h"
#include "journal/list_stream.h"
#include "patterns/pattern.h"

namespace qamera::control {
namespace {

constexpr std::array<std::string_view, 8> kFilters = {"operation", "status",    "path",     "since",
                                                      "limit",     "unmatched", "findings", "workspace"};

Error invalid(const std::string& name, std::string message) {
  return {ErrorCode::kInvalid, std::move(message), "/query/" + name};
}

Result<std::uint64_t> read_number(const std::string& name, const std::string& text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && value <= max) return value;
  return invalid(name, "expected a whole number from 0 to " + std::to_string(max) + ", got \"" + text + "\"");
}

Result<bool> read_flag(const std::string& name, const std::string& text) {
  if (text.empty() || text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return invalid(name, "expected true or false, got \"" + text + "\"");
}

Result<void> read_filter(const QueryParameter& query, journal::Filter& filter) {
  const auto& [name, text] = query;
  if (name == "operation") {
    if (!contract::find_operation(text)) {
      return invalid(name, "there is no operation \"" + text + "\", expected " + quoted_list(operation_names()));
    }
    filter.operation = text;
  } else if (name == "path") {
    filter.path = text;
  } else if (name == "status" || name == "since" || name == "limit") {
    const auto number = read_number(name, text, name == "status" ? 999 : INT64_MAX);
    if (!number) return number.error();
    if (name == "status") filter.status = static_cast<int>(*number);
    if (name == "since") filter.since = *number;
    if (name == "limit") filter.limit = static_cast<std::size_t>(*number);
  } else if (name == "unmatched" || name == "findings") {
    const auto flag = read_flag(name, text);
    if (!flag) return flag.error();
    (name == "unmatched" ? filter.unmatched : filter.findings) = *flag;
  } else if (name != "workspace") {
    return invalid(name, "unknown filter \"" + name + "\", expected " + quoted_list(kFilters));
  }
  return {};
}

/// The workspace whose entries a call is about; nothing for all.
std::optional<std::string> scope_of(const Call& call) {
  return call.named ? std::optional(call.named->id) : std::nullopt;
}

/// The entries that a call's query asks for.
Result<journal::Filter> filter_of(const Call& call) {
  journal::Filter filter;
  for (const QueryParameter& query : call.request.query) {
    if (auto read = read_filter(query, filter); !read) return read.error();
  }
  filter.workspace = scope_of(call);
  return filter;
}

/// An entry with the members that WireMock's clients look for beside our own.
OrderedJson wiremock_json(const journal::Entry& entry) {
  OrderedJson json = journal::wiremock_request_json(entry);
  // Ours win: the `id` is the one that GET /__admin/requests/{id} takes.
  json.update(journal::to_json(entry));
  json["status"] = entry.status;
  return json;
}

Result<Reply> list_reply(const Call& call, const OrderedJson& frame, std::string_view list,
                         std::vector<journal::EntryPtr> entries, OrderedJson (*shown)(const journal::Entry&)) {
  return stream_reply(call, "application/json", list_stream(frame, list, std::move(entries), shown));
}

/// A call with a pattern as its body, and the entries that it is about.
struct PatternCall {
  patterns::Pattern pattern;
  journal::View view;

  /// Piece by piece, so that it ends when nobody waits for it any more.
  patterns::Matched matched(const Call& call) const {
    constexpr std::size_t kPiece = 256;
    patterns::Matched all;
    for (std::size_t at = 0; at < view.entries.size() && !call.given_up.stop_requested(); at += kPiece) {
      const auto piece = std::span(view.entries).subspan(at, std::min(kPiece, view.entries.size() - at));
      patterns::Matched found = patterns::find_matching(pattern, piece);
      all.entries.insert(all.entries.end(), found.entries.begin(), found.entries.end());
      all.unknown += found.unknown;
    }
    return all;
  }
};

/// What is missing could turn the answer, and these calls have no word for "at least".
Error undecided(std::string why) {
  return {ErrorCode::kConflict, std::move(why) + "; POST /__admin/verify answers what is certain all the same", ""};
}

/// The pattern of a call, and the entries it is about, of which none may be gone.
Result<PatternCall> read_pattern(const Call& call) {
  auto pattern = patterns::parse_pattern(call.body, "", {.operations = operation_names()});
  if (!pattern) return pattern.error();
  PatternCall asked{*std::move(pattern), call.context.journal.view(scope_of(call))};
  const std::uint64_t evicted = asked.view.evicted;
  if (evicted == 0) return asked;
  const std::string scope = call.named ? "this workspace" : "all workspaces";
  const std::string clear = call.named ? "?workspace=" + call.named->id : "";
  return undecided(counted(evicted, "request") + " of " + scope + (evicted == 1 ? " was" : " were") +
                   " evicted from the journal since it was last cleared, and could match: DELETE /__admin/requests" +
                   clear + " clears it, --journal-entries and --journal-bytes make room for more");
}

/// The entries that a call's pattern matches, for certain.
Result<std::vector<journal::EntryPtr>> read_and_match(const Call& call) {
  const auto asked = read_pattern(call);
  if (!asked) return asked.error();
  auto [entries, unknown] = asked->matched(call);
  if (unknown == 0) return std::move(entries);
  return undecided(counted(unknown, "request") + " may match too, but only the beginning of the body was kept: " +
                   "ask for less of the body, or for something else");
}

}  // namespace

std::span<const std::string_view> operation_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> out;
    for (const contract::Operation& operation : contract::operations()) out.push_back(operation.name);
    return out;
  }();
  return names;
}

Result<Reply> list_requests(const Call& call) {
  const auto filter = filter_of(call);
  if (!filter) return filter.error();
  auto entries = call.context.journal.select(*filter);
  const journal::Counters counters = call.context.journal.counters(filter->workspace);
  const OrderedJson frame = {{"requests", OrderedJson::array()},
                             {"meta", {{"total", entries.size()}}},
                             {"recorded", counters.recorded},
                             {"dropped", counters.dropped}};
  return list_reply(call, frame, "requests", std::move(entries), journal::to_json);
}

Result<Reply> list_unmatched_requests(const Call& call) {
  auto filter = filter_of(call);
  if (!filter) return filter.error();
  filter->unmatched = true;
  return list_reply(call, {{"requests", OrderedJson::array()}, {"requestJournalDisabled", false}}, "requests",
                    call.context.journal.select(*filter), wiremock_json);
}

Result<Reply> delete_requests(const Call& call) {
  for (const QueryParameter& query : call.request.query) {
    if (query.name == "workspace") continue;
    return invalid(query.name,
                   "all requests are deleted, or a workspace's; POST /__admin/requests/remove takes a pattern");
  }
  return json_reply(200, {{"removed", call.context.journal.clear(scope_of(call))}});
}

Result<Reply> show_request(const Call& call) {
  const journal::EntryPtr entry = call.context.journal.find(call.parameters[0]);
  // Of another workspace is as good as none: a call with a key is about one.
  if (!entry || (call.named && entry->workspace != call.named->id)) {
    return Error{ErrorCode::kNotFound, "the journal has no request \"" + call.parameters[0] + "\" (any more)", ""};
  }
  return json_reply(200, journal::to_json(*entry));
}

Result<Reply> count_requests(const Call& call) {
  const auto matched = read_and_match(call);
  if (!matched) return matched.error();
  return json_reply(200, {{"count", matched->size()}, {"requestJournalDisabled", false}});
}

Result<Reply> find_requests(const Call& call) {
  auto matched = read_and_match(call);
  if (!matched) return matched.error();
  return list_reply(call, {{"requests", OrderedJson::array()}, {"requestJournalDisabled", false}}, "requests",
                    *std::move(matched), wiremock_json);
}

Result<Reply> remove_requests(const Call& call) {
  auto matched = read_and_match(call);
  if (!matched) return matched.error();
  call.context.journal.remove(*matched);
  const auto event = [](const journal::Entry& entry) {
    return OrderedJson{{"request", journal::wiremock_request_json(entry)}};
  };
  return list_reply(call, {{"serveEvents", OrderedJson::array()}}, "serveEvents", *std::move(matched), event);
}

Result<Reply> find_near_misses(const Call& call) {
  const auto asked = read_pattern(call);
  if (!asked) return asked.error();
  OrderedJson list = OrderedJson::array();
  for (const auto& miss : patterns::near_misses(asked->pattern, asked->view.entries)) list.push_back(to_json(miss));
  return json_reply(200, {{"nearMisses", std::move(list)}});
}

Result<Reply> find_wiremock_near_misses(const Call& call) {
  const auto asked = read_pattern(call);
  if (!asked) return asked.error();
  OrderedJson list = OrderedJson::array();
  for (const auto& miss : patterns::near_misses(asked->pattern, asked->view.entries)) {
    list.push_back({{"request", journal::wiremock_request_json(*miss.entry)},
                    {"requestPattern", OrderedJson(asked->pattern.source)},
                    {"matchResult", {{"distance", miss.distance}}}});
  }
  return json_reply(200, {{"nearMisses", std::move(list)}});
}

Result<Reply> get_findings(const Call& call) {
  const auto filter = filter_of(call);
  if (!filter) return filter.error();
  const std::uint64_t evicted = call.context.journal.view(scope_of(call)).evicted;
  const journal::FindingsReport report = journal::findings_report(call.context.journal.select(*filter));
  if (!wants_text(call.request)) return json_reply(200, journal::to_json(report, evicted));
  return text_reply(200, journal::to_text(report, evicted));
}

Result<Reply> export_ndjson(const Call& call) {
  const auto filter = filter_of(call);
  if (!filter) return filter.error();
  return stream_reply(call, "application/x-ndjson", journal::ndjson_export(call.context.journal.select(*filter)));
}

Result<Reply> export_har(const Call& call) {
  const auto filter = filter_of(call);
  if (!filter) return filter.error();
  return stream_reply(call, "application/json",
                      journal::har_export(call.context.journal.select(*filter),
                                          {.base_url = call.server_url, .version = call.context.options.version}));
}

Result<Reply> stream_events(const Call& call) {
  constexpr std::array<std::string_view, 3> kParameters = {"workspace", "since", "bodies"};
  constexpr std::array<std::string_view, 2> kBodies = {"all", "request"};
  journal::Tail tail;
  tail.workspace = scope_of(call);
  for (const auto& [name, text] : call.request.query) {
    if (name == "since") {
      if (!journal::is_event_id(text)) return invalid(name, journal::expected_event_id(text));
      tail.last_event_id = text;
    } else if (name == "bodies") {
      if (text != "all" && text != "request") {
        return invalid(name, "expected " + quoted_list(kBodies) + ", got \"" + text + "\"");
      }
      tail.response_bodies = text == "all";
    } else if (name != "workspace") {
      return invalid(name, "unknown parameter \"" + name + "\"" + suggestion_or_choices(name, kParameters));
    }
  }
  // A browser that connects again sends it of its own accord, so it says more, and none of ours is no mistake.
  if (const std::string* last = call.request.headers.find("Last-Event-ID")) tail.last_event_id = *last;
  return stream_reply(call, "text/event-stream", call.context.journal.tail(std::move(tail)));
}

}  // namespace qamera::control
