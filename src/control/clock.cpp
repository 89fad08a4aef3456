// The clock, and the jobs that it ends.

#include <algorithm>
#include <array>

#include "control/handlers.h"

namespace qamera::control {
namespace {

constexpr std::array<std::string_view, 2> kUntil = {"idle", "next"};
constexpr std::array<std::string_view, 2> kEnds = {"DONE", "FAILED"};

/// Adds a line for each event; it names the workspace unless the call did.
void add_events(OrderedJson& list, const std::vector<sim::ClockEvent>& events, const Call& call,
                const api::LockedWorkspace& target) {
  for (const sim::ClockEvent& event : events) {
    OrderedJson line = {{"record", event.record.empty() ? OrderedJson() : OrderedJson(event.record)},
                        {"kind", event.kind},
                        {"from", event.from},
                        {"to", event.to},
                        {"at", format_instant(event.at)}};
    if (!call.named) line["workspace"] = target.id;
    list.push_back(std::move(line));
  }
}

/// How far a clock is to move: exactly one of the three.
struct Advance {
  std::optional<Duration> by;
  std::optional<Instant> to;
  std::optional<std::size_t> until;
};

Result<Advance> read_advance(const Json& body) {
  ReadErrors errors;
  ObjectReader reader(errors, body, "");
  Advance advance;
  advance.by = reader.duration("by");
  advance.to = reader.instant("to");
  advance.until = reader.choice("until", kUntil);
  const int given = (reader.has("by") ? 1 : 0) + (reader.has("to") ? 1 : 0) + (reader.has("until") ? 1 : 0);
  if (auto read = reader.finished(); !read) return read.error();
  if (given != 1) {
    return Error{
        ErrorCode::kInvalid,
        "expected one of {\"by\": \"90s\"}, {\"to\": \"<ISO time>\"}, {\"until\": \"idle\"} and {\"until\": \"next\"}",
        ""};
  }
  return advance;
}

Result<void> check_target(const sim::Workspace& workspace, Instant target, const char* pointer) {
  if (target < workspace.now()) {
    return Error{ErrorCode::kInvalid,
                 "the clock cannot go back: it shows " + format_instant(workspace.now()) + " (reset starts over)",
                 pointer};
  }
  if (target > sim::Clock::kEnd) return Error{ErrorCode::kInvalid, "virtual time ends with the year 9999", pointer};
  return {};
}

/// Where the clock of `workspace` would go, unless it goes as far as there is something to do.
Instant target_of(const sim::Workspace& workspace, const Advance& advance) {
  return advance.to ? *advance.to : workspace.now() + *advance.by;
}

}  // namespace

api::ClockOverrides read_clock_overrides(ObjectReader& reader) {
  api::ClockOverrides overrides;
  overrides.mode = reader.enumeration<sim::ClockMode>("mode");
  overrides.speed = reader.number("speed", 0.001, sim::kMaxSpeed);
  return overrides;
}

OrderedJson clock_json(const sim::Workspace& workspace) {
  return {{"mode", name_of(workspace.clock().mode())},
          {"now", format_instant(workspace.now())},
          {"speed", workspace.clock().speed()},
          {"scheduled", workspace.scheduled()}};
}

Result<Reply> get_clock(const Call& call) {
  OrderedJson body =
      describe_workspaces(call, [](api::LockedWorkspace& target) { return clock_json(target.workspace); });
  if (call.named) return json_reply(200, body);
  const OrderedJson fresh = clock_json(fresh_workspace(call.context));
  // Where all agree, the summary says so; a fresh workspace stands for all while there is none.
  const OrderedJson& clocks = body["workspaces"];
  OrderedJson shared = clocks.empty() ? fresh : clocks[0];
  shared.erase("id");
  for (std::size_t i = 1; i < clocks.size(); ++i) {
    const OrderedJson& clock = clocks[i];
    if (shared["mode"] != clock["mode"]) shared["mode"] = "mixed";
    if (shared["speed"] != clock["speed"]) shared["speed"] = nullptr;
    if (shared["now"] < clock["now"]) shared["now"] = clock["now"];
    shared["scheduled"] = shared["scheduled"].get<std::size_t>() + clock["scheduled"].get<std::size_t>();
  }
  shared["default"] = fresh;
  shared["workspaces"] = std::move(body["workspaces"]);
  return json_reply(200, shared);
}

Result<Reply> put_clock(const Call& call) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  const api::ClockOverrides overrides = read_clock_overrides(reader);
  const auto now = reader.instant("now");
  if (auto read = reader.finished(); !read) return read.error();
  if (!overrides.mode && !overrides.speed && !now)
    return Error{ErrorCode::kInvalid, "expected \"mode\", \"speed\" or \"now\"", ""};
  const auto check = [&](const sim::Workspace& workspace) {
    return now ? check_target(workspace, *now, "/now") : Result<void>();
  };
  const auto change = [&](api::LockedWorkspace& target, std::vector<sim::ClockEvent>& events) {
    sim::Workspace& workspace = target.workspace;
    if (now) workspace.advance_to(*now, events);
    workspace.set_clock(overrides.mode.value_or(workspace.clock().mode()),
                        overrides.speed.value_or(workspace.clock().speed()));
  };
  if (auto done = change_each_workspace(call, check, change); !done) return done.error();
  if (!call.named) call.context.workspaces.set_default_clock(overrides.mode, overrides.speed);
  return get_clock(call);
}

Result<Reply> advance_clock(const Call& call) {
  const auto advance = read_advance(call.body);
  if (!advance) return advance.error();
  const auto check = [&](const sim::Workspace& workspace) {
    return advance->until ? Result<void>()
                          : check_target(workspace, target_of(workspace, *advance), advance->to ? "/to" : "/by");
  };
  OrderedJson fired = OrderedJson::array();
  std::optional<Instant> latest;
  const auto change = [&](api::LockedWorkspace& target, std::vector<sim::ClockEvent>& events) {
    sim::Workspace& workspace = target.workspace;
    if (!advance->until)
      workspace.advance_to(target_of(workspace, *advance), events);
    else if (*advance->until == 0)
      workspace.advance_until_idle(events);
    else
      workspace.advance_until_next(events);
    latest = std::max(latest.value_or(workspace.now()), workspace.now());
    add_events(fired, events, call, target);
  };
  if (auto done = change_each_workspace(call, check, change); !done) return done.error();
  return json_reply(
      200, {{"now", latest ? OrderedJson(format_instant(*latest)) : OrderedJson()}, {"fired", std::move(fired)}});
}

Result<Reply> settle_record(const Call& call) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  reader.require("status");
  const auto end = reader.choice("status", kEnds);
  if (auto read = reader.finished(); !read) return read.error();
  const sim::RecordStatus status = *end == 0 ? sim::RecordStatus::kDone : sim::RecordStatus::kFailed;
  OrderedJson fired = OrderedJson::array();
  for_each_workspace(call, [&](api::LockedWorkspace& target) {
    std::vector<sim::ClockEvent> events;
    target.workspace.settle(call.parameters[0], status, events);
    add_events(fired, events, call, target);
  });
  if (fired.empty()) {
    return Error{ErrorCode::kNotFound, "no workspace asked has a pending job for \"" + call.parameters[0] + "\"", ""};
  }
  return json_reply(200, {{"fired", std::move(fired)}});
}

}  // namespace qamera::control
