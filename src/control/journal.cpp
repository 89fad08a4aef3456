// The journal's calls: listings, patterns, exports, events.

#include <array>
#include <charconv>

#include "assertions/pattern.h"
#include "base/spelling.h"
#include "contract/operation.h"
#include "control/control_api.h"
#include "journal/export.h"

namespace qamera::control {
namespace {

constexpr std::array<std::string_view, 8> kFilters = {"operation", "status",    "path",     "since",
                                                      "limit",     "unmatched", "findings", "workspace"};

Result<std::uint64_t> read_number(const std::string& name, const std::string& text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && value <= max) return value;
  return Error{ErrorCode::kInvalid,
               "expected a whole number from 0 to " + std::to_string(max) + ", got \"" + text + "\"", "/query/" + name};
}

Result<bool> read_flag(const std::string& name, const std::string& text) {
  if (text.empty() || text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return Error{ErrorCode::kInvalid, "expected true or false, got \"" + text + "\"", "/query/" + name};
}

Result<void> read_filter(const QueryParameter& query, journal::Filter& filter) {
  const auto& [name, text] = query;
  if (name == "operation") {
    if (!contract::find_operation(text)) {
      return Error{ErrorCode::kInvalid,
                   "there is no operation \"" + text + "\", expected " + quoted_list(operation_names()),
                   "/query/operation"};
    }
    filter.operation = text;
  } else if (name == "path") {
    filter.path = text;
  } else if (name == "status" || name == "since" || name == "limit") {
    const auto number = read_number(name, text, name == "status" ? 999 : INT64_MAX);
    if (!number.ok()) return number.error();
    if (name == "status") filter.status = static_cast<int>(*number);
    if (name == "since") filter.since = *number;
    if (name == "limit") filter.limit = static_cast<std::size_t>(*number);
  } else if (name == "unmatched" || name == "findings") {
    const auto flag = read_flag(name, text);
    if (!flag.ok()) return flag.error();
    (name == "unmatched" ? filter.unmatched : filter.findings) = *flag;
  } else if (name != "workspace") {
    return Error{ErrorCode::kInvalid, "unknown filter \"" + name + "\", expected " + quoted_list(kFilters),
                 "/query/" + name};
  }
  return {};
}

/// The entries that a call's query asks for.
Result<journal::Filter> filter_of(const ControlCall& call) {
  journal::Filter filter;
  for (const QueryParameter& query : call.request.query) {
    if (auto read = read_filter(query, filter); !read.ok()) return read.error();
  }
  if (call.addressed) filter.workspace = call.handles.front()->id;
  return filter;
}

std::optional<std::string> scope_of(const ControlCall& call) {
  return call.addressed ? std::optional(call.handles.front()->id) : std::nullopt;
}

/// An entry with the members that WireMock's clients look for beside our own.
OrderedJson wiremock_json(const journal::Entry& entry) {
  OrderedJson json = journal::wiremock_request_json(entry);
  // Ours win: the `id` is the one that GET /__admin/requests/{id} takes.
  json.update(journal::to_json(entry));
  return json;
}

Reply stream_reply(std::string_view type, std::unique_ptr<ReplyStream> stream) {
  Reply reply;
  reply.response.headers.add("Content-Type", std::string(type));
  reply.response.headers.add("Cache-Control", "no-store");
  reply.stream = std::move(stream);
  return reply;
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

Result<Reply> ControlApi::list_requests(ControlCall& call) {
  const auto filter = filter_of(call);
  if (!filter.ok()) return filter.error();
  OrderedJson list = OrderedJson::array();
  for (const journal::EntryPtr& entry : journal_.select(*filter)) list.push_back(journal::to_json(*entry));
  const journal::Counters counters = journal_.counters(filter->workspace);
  const std::size_t total = list.size();
  return json_reply(200, {{"requests", std::move(list)},
                          {"meta", {{"total", total}}},
                          {"recorded", counters.recorded},
                          {"dropped", counters.dropped}});
}

Result<Reply> ControlApi::unmatched_requests(ControlCall& call) {
  auto filter = filter_of(call);
  if (!filter.ok()) return filter.error();
  filter->unmatched = true;
  OrderedJson list = OrderedJson::array();
  for (const journal::EntryPtr& entry : journal_.select(*filter)) list.push_back(wiremock_json(*entry));
  return json_reply(200, {{"requests", std::move(list)}, {"requestJournalDisabled", false}});
}

Result<Reply> ControlApi::delete_requests(ControlCall& call) {
  for (const QueryParameter& query : call.request.query) {
    if (query.name == "workspace") continue;
    return Error{ErrorCode::kInvalid,
                 "all requests are deleted, or a workspace's; POST /__admin/requests/remove takes a pattern",
                 "/query/" + query.name};
  }
  return json_reply(200, {{"removed", journal_.clear(scope_of(call))}});
}

Result<Reply> ControlApi::show_request(ControlCall& call) {
  const journal::EntryPtr entry = journal_.find(call.parameters[0]);
  // Of another workspace is as good as none: a call with a key is about one.
  if (!entry || (call.addressed && entry->workspace != call.handles.front()->id)) {
    return Error{ErrorCode::kNotFound, "the journal has no request \"" + call.parameters[0] + "\" (any more)", ""};
  }
  return json_reply(200, journal::to_json(*entry));
}

Result<Reply> ControlApi::count_requests(ControlCall& call) {
  const auto pattern = assertions::parse_pattern(call.body, "", {.operations = operation_names()});
  if (!pattern.ok()) return pattern.error();
  const journal::View view = journal_.view(scope_of(call));
  const assertions::Matched matched = assertions::find_matching(*pattern, view.entries);
  OrderedJson body = {{"count", matched.entries.size()}, {"requestJournalDisabled", false}};
  if (view.evicted > 0) body["evicted"] = view.evicted;
  if (matched.unknown > 0) body["unknown"] = matched.unknown;
  return json_reply(200, body);
}

Result<Reply> ControlApi::find_requests(ControlCall& call) {
  const auto pattern = assertions::parse_pattern(call.body, "", {.operations = operation_names()});
  if (!pattern.ok()) return pattern.error();
  const journal::View view = journal_.view(scope_of(call));
  OrderedJson list = OrderedJson::array();
  for (const auto& entry : assertions::find_matching(*pattern, view.entries).entries) {
    list.push_back(wiremock_json(*entry));
  }
  OrderedJson body = {{"requests", std::move(list)}, {"requestJournalDisabled", false}};
  if (view.evicted > 0) body["evicted"] = view.evicted;
  return json_reply(200, body);
}

Result<Reply> ControlApi::remove_requests(ControlCall& call) {
  const auto pattern = assertions::parse_pattern(call.body, "", {.operations = operation_names()});
  if (!pattern.ok()) return pattern.error();
  const journal::View view = journal_.view(scope_of(call));
  const auto matched = assertions::find_matching(*pattern, view.entries).entries;
  OrderedJson list = OrderedJson::array();
  for (const auto& entry : matched) list.push_back(wiremock_json(*entry));
  const std::size_t removed = journal_.remove(matched);
  return json_reply(200, {{"removed", removed}, {"requests", std::move(list)}});
}

Result<Reply> ControlApi::near_misses(ControlCall& call) {
  const auto pattern = assertions::parse_pattern(call.body, "", {.operations = operation_names()});
  if (!pattern.ok()) return pattern.error();
  const journal::View view = journal_.view(scope_of(call));
  OrderedJson list = OrderedJson::array();
  for (const auto& miss : assertions::near_misses(*pattern, view.entries)) list.push_back(to_json(miss));
  return json_reply(200, {{"nearMisses", std::move(list)}});
}

Result<Reply> ControlApi::findings(ControlCall& call) {
  const auto filter = filter_of(call);
  if (!filter.ok()) return filter.error();
  const journal::View view = journal_.view(scope_of(call));
  const journal::FindingsReport report = journal::findings_report(journal_.select(*filter));
  if (!wants_text(call.request)) return json_reply(200, journal::to_json(report, view.evicted));
  return text_reply(200, journal::to_text(report, view.evicted));
}

Result<Reply> ControlApi::export_ndjson(ControlCall& call) {
  const auto filter = filter_of(call);
  if (!filter.ok()) return filter.error();
  return stream_reply("application/x-ndjson", journal::ndjson_export(journal_.select(*filter)));
}

Result<Reply> ControlApi::export_har(ControlCall& call) {
  const auto filter = filter_of(call);
  if (!filter.ok()) return filter.error();
  return stream_reply("application/json",
                      journal::har_export(journal_.select(*filter), {.base_url = url(), .version = options_.version}));
}

Result<Reply> ControlApi::events(ControlCall& call) {
  journal::Tail tail;
  tail.workspace = scope_of(call);
  if (const std::string* last = call.request.headers.find("Last-Event-ID"))
    tail.last_event_id = *last;
  else if (const std::string* since = call.request.query_value("since"))
    tail.last_event_id = *since;
  return stream_reply("text/event-stream", journal_.tail(std::move(tail)));
}

}  // namespace qamera::control
