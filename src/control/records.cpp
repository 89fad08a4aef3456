// Records as they are and the jobs that make them, for those who look at a workspace: no listing is counted as a poll.

#include <algorithm>
#include <charconv>

#include "base/spelling.h"
#include "control/handlers.h"

namespace qamera::control {
namespace {

constexpr std::size_t kDefaultLimit = 100;
constexpr std::size_t kMaxLimit = 1'000;

/// Which records of a collection are asked for, in the order of their creation.
struct Page {
  Collection collection = Collection::kImages;
  std::size_t offset = 0;
  std::size_t limit = kDefaultLimit;
};

Result<std::size_t> read_number(const QueryParameter& query, std::size_t max) {
  std::size_t value = 0;
  const char* const end = query.value.data() + query.value.size();
  const auto parsed = std::from_chars(query.value.data(), end, value);
  if (parsed.ec == std::errc() && parsed.ptr == end && value <= max) return value;
  return Error{ErrorCode::kInvalid,
               "expected a whole number from 0 to " + std::to_string(max) + ", got \"" + query.value + "\"",
               "/query/" + query.name};
}

Result<Page> read_page(const Request& request) {
  Page page;
  bool named = false;
  for (const QueryParameter& query : request.query) {
    if (query.name == "collection") {
      const auto& names = kNames<Collection>;
      const auto found = std::find(names.begin(), names.end(), query.value);
      if (found == names.end()) {
        return Error{ErrorCode::kInvalid, "expected " + quoted_list(names) + ", got \"" + query.value + "\"",
                     "/query/collection"};
      }
      page.collection = static_cast<Collection>(found - names.begin());
      named = true;
    } else if (query.name == "offset" || query.name == "limit") {
      const bool offset = query.name == "offset";
      const auto number = read_number(query, offset ? SIZE_MAX / 2 : kMaxLimit);
      if (!number) return number.error();
      (offset ? page.offset : page.limit) = *number;
    } else if (query.name != "workspace") {
      return Error{
          ErrorCode::kInvalid,
          "unknown parameter \"" + query.name + "\", expected \"workspace\", \"collection\", \"offset\" or \"limit\"",
          "/query/" + query.name};
    }
  }
  if (!named) return Error{ErrorCode::kInvalid, "expected a collection", "/query/collection"};
  return page;
}

OrderedJson job_json(const sim::Workspace& workspace, const sim::Job& job) {
  const sim::Record& record = *workspace.records(job.place.collection)[job.place.index];
  OrderedJson line = {{"record", record.id},       {"kind", name_of(job.kind)},
                      {"batch", job.batch},        {"reservation", job.reservation},
                      {"mode", name_of(job.mode)}, {"end", name_of(job.end)},
                      {"price", job.price},        {"registeredAt", format_instant(record.created_at)}};
  if (job.mode == sim::JobMode::kTimed) {
    line["startsAt"] = format_instant(job.starts);
    line["dueAt"] = format_instant(job.due);
  }
  if (job.mode == sim::JobMode::kAfterPolls) line["pollsLeft"] = job.polls_left;
  return line;
}

/// Of the scenario's timeline what is still to come, each step with the time it is due.
OrderedJson steps_json(const sim::Workspace& workspace) {
  OrderedJson steps = OrderedJson::array();
  const auto& timeline = workspace.scenario().timeline;
  for (std::size_t i = workspace.next_step(); i < timeline.size(); ++i) {
    OrderedJson line = {{"dueAt", format_instant(workspace.started_at() + timeline[i].at)}};
    line["step"] = OrderedJson(workspace.scenario().document.at("timeline").at(i));
    steps.push_back(std::move(line));
  }
  return steps;
}

}  // namespace

Result<Reply> list_records(const Call& call) {
  const auto page = read_page(call.request);
  if (!page) return page.error();
  return json_reply(200, describe_workspaces(call, [&](api::LockedWorkspace& target) {
                      const auto& records = target.workspace.records(page->collection);
                      OrderedJson list = OrderedJson::array();
                      const std::size_t begin = std::min(page->offset, records.size());
                      const std::size_t end = begin + std::min(page->limit, records.size() - begin);
                      for (std::size_t i = begin; i < end; ++i)
                        list.push_back(OrderedJson(sim::record_to_json(*records[i])));
                      return OrderedJson{{"collection", name_of(page->collection)},
                                         {"total", records.size()},
                                         {"offset", begin},
                                         {"records", std::move(list)}};
                    }));
}

Result<Reply> list_jobs(const Call& call) {
  return json_reply(
      200, describe_workspaces(call, [](api::LockedWorkspace& target) {
        const sim::Workspace& workspace = target.workspace;
        std::vector<const sim::Job*> jobs;
        for (const sim::Job& job : workspace.pending_jobs()) jobs.push_back(&job);
        const auto key = [](const sim::Job* job) { return std::pair(job->place.collection, job->place.index); };
        std::sort(jobs.begin(), jobs.end(), [&](const auto* a, const auto* b) { return key(a) < key(b); });
        OrderedJson list = OrderedJson::array();
        for (const sim::Job* job : jobs) list.push_back(job_json(workspace, *job));
        return OrderedJson{
            {"now", format_instant(workspace.now())}, {"jobs", std::move(list)}, {"timeline", steps_json(workspace)}};
      }));
}

}  // namespace qamera::control
