// The journal's calls.

#include <array>
#include <charconv>

#include "api/control_api.h"
#include "base/spelling.h"

namespace qamera::api {
namespace {

constexpr std::array<std::string_view, 8> kFilters = {"operation", "status", "path",      "since",
                                                      "limit",     "unmatched", "findings", "workspace"};

Result<std::uint64_t> read_number(const std::string& name, const std::string& text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && value <= most) return value;
  return Error{ErrorCode::kInvalid,
               "expected a whole number from 0 to " + std::to_string(most) + ", got \"" + text + "\"", "/query/" + name};
}

Result<bool> read_flag(const std::string& name, const std::string& text) {
  if (text.empty() || text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return Error{ErrorCode::kInvalid, "expected true or false, got \"" + text + "\"", "/query/" + name};
}

Result<void> read_filter(const QueryParameter& query, journal::Filter& filter) {
  const auto& [name, text] = query;
  if (name == "operation") {
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

}  // namespace

Result<Reply> ControlApi::list_requests(ControlCall& call) {
  journal::Filter filter;
  for (const QueryParameter& query : call.request.query) {
    if (auto read = read_filter(query, filter); !read.ok()) return read.error();
  }
  if (call.addressed) filter.workspace = call.cells.front()->id;
  OrderedJson list = OrderedJson::array();
  for (const journal::EntryPtr& entry : journal_.select(filter)) list.push_back(journal::to_json(*entry));
  const journal::Counters counters = journal_.counters(filter.workspace);
  const std::size_t total = list.size();
  return json_reply(200, {{"requests", std::move(list)},
                          {"meta", {{"total", total}}},
                          {"recorded", counters.recorded},
                          {"dropped", counters.dropped}});
}

Result<Reply> ControlApi::delete_requests(ControlCall& call) {
  const std::size_t removed =
      journal_.clear(call.addressed ? std::optional(call.cells.front()->id) : std::nullopt);
  return json_reply(200, {{"removed", removed}});
}

Result<Reply> ControlApi::show_request(ControlCall& call) {
  const journal::EntryPtr entry = journal_.find(call.parameters[0]);
  if (!entry) {
    return Error{ErrorCode::kNotFound, "the journal has no request \"" + call.parameters[0] + "\" (any more)", ""};
  }
  return json_reply(200, journal::to_json(*entry));
}

}  // namespace qamera::api
