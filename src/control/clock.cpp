// Clock, credits and jobs.

#include <algorithm>
#include <array>

#include "base/json_reader.h"
#include "control/control_api.h"

namespace qamera::control {
namespace {

constexpr std::array<std::string_view, 2> kModes = {"real", "manual"};
constexpr std::array<std::string_view, 2> kUntil = {"idle", "next"};
constexpr std::array<std::string_view, 2> kEnds = {"DONE", "FAILED"};

OrderedJson fired_json(const std::vector<sim::ClockEvent>& fired, const api::LockedWorkspace* handle) {
  OrderedJson list = OrderedJson::array();
  for (const sim::ClockEvent& one : fired) {
    OrderedJson line = {{"record", one.record.empty() ? OrderedJson() : OrderedJson(one.record)},
                        {"kind", one.kind},
                        {"from", one.from},
                        {"to", one.to},
                        {"at", format_instant(one.at)}};
    if (handle) line["workspace"] = handle->id;
    list.push_back(std::move(line));
  }
  return list;
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
  reader.finish();
  if (!errors.ok()) return errors.error();
  if (given != 1) {
    return Error{
        ErrorCode::kInvalid,
        "expected one of {\"by\": \"90s\"}, {\"to\": \"<ISO time>\"}, {\"until\": \"idle\"} and {\"until\": \"next\"}",
        ""};
  }
  return advance;
}

Result<void> check_target(const sim::Workspace& workspace, Instant target, std::string_view pointer) {
  if (target < workspace.now()) {
    return Error{ErrorCode::kInvalid,
                 "the clock cannot go back: it shows " + format_instant(workspace.now()) + " (reset starts over)",
                 std::string(pointer)};
  }
  if (target > sim::Clock::kEnd)
    return Error{ErrorCode::kInvalid, "virtual time ends with the year 9999", std::string(pointer)};
  return {};
}

/// Where the clock of `workspace` would go; nothing when it goes as far as there is something to do.
std::optional<Instant> target_of(const sim::Workspace& workspace, const Advance& advance) {
  if (advance.until) return std::nullopt;
  return advance.to ? *advance.to : workspace.now() + *advance.by;
}

Result<void> move(sim::Workspace& workspace, const Advance& advance, std::vector<sim::ClockEvent>& fired) {
  if (advance.until) {
    if (*advance.until == 0)
      workspace.advance_until_idle(fired);
    else
      workspace.advance_until_next(fired);
    return {};
  }
  const Instant target = *target_of(workspace, advance);
  if (auto fits = check_target(workspace, target, advance.to ? "/to" : "/by"); !fits.ok()) return fits;
  workspace.advance_to(target, fired);
  return {};
}

/// That every workspace asked can go there, so that none moves when one cannot. Brings each to the present, noting what
/// that fired.
Result<void> check_all(const ControlCall& call, const Advance& advance, MonotonicTime present,
                       std::vector<std::vector<sim::ClockEvent>>& fired) {
  for (std::size_t i = 0; i < call.handles.size(); ++i) {
    const api::WorkspaceHandle& handle = call.handles[i];
    const std::lock_guard lock(handle->mutex);
    handle->workspace.sync(present, &fired[i]);
    const auto target = target_of(handle->workspace, advance);
    if (!target) continue;
    if (auto fits = check_target(handle->workspace, *target, advance.to ? "/to" : "/by"); !fits.ok()) return fits;
  }
  return {};
}

}  // namespace

api::ClockOverrides read_clock_overrides(ObjectReader& reader) {
  api::ClockOverrides overrides;
  if (const auto mode = reader.choice("mode", kModes)) overrides.mode = static_cast<sim::ClockMode>(*mode);
  overrides.speed = reader.number("speed", 0.001, sim::kMaxSpeed);
  return overrides;
}

OrderedJson clock_json(sim::Workspace& workspace) {
  return {{"mode", kModes[static_cast<std::size_t>(workspace.clock().mode())]},
          {"now", format_instant(workspace.now())},
          {"speed", workspace.clock().speed()},
          {"scheduled", workspace.scheduled()}};
}

OrderedJson ledger_json(const sim::Ledger& ledger) {
  OrderedJson entries = OrderedJson::array();
  for (const sim::LedgerEntry& entry : ledger.entries()) {
    OrderedJson line = {{"sequence", entry.sequence},
                        {"at", format_instant(entry.at)},
                        {"booking", sim::name_of(entry.booking)},
                        {"amount", entry.amount}};
    if (!entry.reservation.empty()) line["reservation"] = entry.reservation;
    if (!entry.record.empty()) line["record"] = entry.record;
    line["available"] = entry.available;
    entries.push_back(std::move(line));
  }
  return {{"granted", ledger.granted()},   {"available", ledger.available()}, {"reserved", ledger.reserved()},
          {"consumed", ledger.consumed()}, {"refunded", ledger.refunded()},   {"booked", ledger.booked()},
          {"entries", std::move(entries)}};
}

Result<Reply> ControlApi::get_clock(ControlCall& call) {
  const auto clock_of = [&](api::LockedWorkspace& handle) {
    const std::lock_guard lock(handle.mutex);
    handle.workspace.sync(time_.monotonic());
    return clock_json(handle.workspace);
  };
  if (call.addressed) return json_reply(200, clock_of(*call.handles.front()));
  sim::Workspace fresh = fresh_workspace();
  // Where all agree, the summary says so; a fresh workspace stands for all while there is none.
  OrderedJson shared = clock_json(fresh);
  OrderedJson list = OrderedJson::array();
  for (const api::WorkspaceHandle& handle : call.handles) {
    OrderedJson clock = clock_of(*handle);
    if (list.empty()) shared = clock;
    if (shared["mode"] != clock["mode"]) shared["mode"] = "mixed";
    if (shared["speed"] != clock["speed"]) shared["speed"] = nullptr;
    if (!list.empty())
      shared["scheduled"] = shared["scheduled"].get<std::size_t>() + clock["scheduled"].get<std::size_t>();
    if (shared["now"] < clock["now"]) shared["now"] = clock["now"];
    OrderedJson line = {{"id", handle->id}};
    line.update(clock);
    list.push_back(std::move(line));
  }
  shared["default"] = clock_json(fresh);
  shared["workspaces"] = std::move(list);
  return json_reply(200, shared);
}

Result<Reply> ControlApi::put_clock(ControlCall& call) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  const api::ClockOverrides overrides = read_clock_overrides(reader);
  const auto now = reader.instant("now");
  reader.finish();
  if (!errors.ok()) return errors.error();
  if (!overrides.mode && !overrides.speed && !now)
    return Error{ErrorCode::kInvalid, "expected \"mode\", \"speed\" or \"now\"", ""};
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    handle->workspace.sync(time_.monotonic());
    if (!now) break;
    if (auto fits = check_target(handle->workspace, *now, "/now"); !fits.ok()) return fits.error();
  }
  if (!call.addressed) workspaces_.set_default_clock(overrides.mode, overrides.speed);
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    sim::Workspace& workspace = handle->workspace;
    workspace.sync(time_.monotonic());
    if (now) {
      if (auto fits = check_target(workspace, *now, "/now"); !fits.ok()) return fits.error();
      std::vector<sim::ClockEvent> fired;
      workspace.advance_to(*now, fired);
    }
    workspace.set_clock(overrides.mode.value_or(workspace.clock().mode()),
                        overrides.speed.value_or(workspace.clock().speed()));
  }
  return get_clock(call);
}

Result<Reply> ControlApi::advance_clock(ControlCall& call) {
  const auto advance = read_advance(call.body);
  if (!advance.ok()) return advance.error();
  std::vector<std::vector<sim::ClockEvent>> fired(call.handles.size());
  if (auto fits = check_all(call, *advance, time_.monotonic(), fired); !fits.ok()) return fits.error();
  OrderedJson all = OrderedJson::array();
  std::optional<Instant> latest;
  for (std::size_t i = 0; i < call.handles.size(); ++i) {
    const api::WorkspaceHandle& handle = call.handles[i];
    const std::lock_guard lock(handle->mutex);
    if (auto moved = move(handle->workspace, *advance, fired[i]); !moved.ok()) return moved.error();
    latest = std::max(latest.value_or(handle->workspace.now()), handle->workspace.now());
    for (OrderedJson& one : fired_json(fired[i], call.addressed ? nullptr : handle.get()))
      all.push_back(std::move(one));
  }
  return json_reply(
      200, {{"now", latest ? OrderedJson(format_instant(*latest)) : OrderedJson()}, {"fired", std::move(all)}});
}

Result<Reply> ControlApi::get_credits(ControlCall& call) {
  const auto ledger_of = [&](api::LockedWorkspace& handle) {
    const std::lock_guard lock(handle.mutex);
    handle.workspace.sync(time_.monotonic());
    return ledger_json(handle.workspace.ledger());
  };
  if (call.addressed) return json_reply(200, ledger_of(*call.handles.front()));
  // Sums over every workspace: the invariant holds for them as well.
  constexpr std::array<std::string_view, 6> kFigures = {"granted",  "available", "reserved",
                                                        "consumed", "refunded",  "booked"};
  std::array<sim::Credits, kFigures.size()> sums{};
  OrderedJson list = OrderedJson::array();
  OrderedJson entries = OrderedJson::array();
  for (const api::WorkspaceHandle& handle : call.handles) {
    OrderedJson ledger = ledger_of(*handle);
    for (std::size_t i = 0; i < kFigures.size(); ++i) sums[i] += ledger[std::string(kFigures[i])].get<sim::Credits>();
    for (OrderedJson entry : ledger["entries"]) {
      entry["workspace"] = handle->id;
      entries.push_back(std::move(entry));
    }
    ledger.erase("entries");
    OrderedJson line = {{"id", handle->id}};
    line.update(ledger);
    list.push_back(std::move(line));
  }
  OrderedJson body;
  for (std::size_t i = 0; i < kFigures.size(); ++i) body[std::string(kFigures[i])] = sums[i];
  body["entries"] = std::move(entries);
  body["workspaces"] = std::move(list);
  return json_reply(200, body);
}

Result<Reply> ControlApi::patch_credits(ControlCall& call) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  const auto available = reader.integer("available", 0, sim::kMaxCredits);
  const auto grant = reader.integer("grant", 0, sim::kMaxCredits);
  reader.finish();
  if (!errors.ok()) return errors.error();
  if (available.has_value() == grant.has_value()) {
    return Error{ErrorCode::kInvalid, "expected either {\"available\": n} or {\"grant\": n}", ""};
  }
  const auto fits = [&](api::LockedWorkspace& handle) -> Result<void> {
    // Brought up to now first: what is due may change the account.
    handle.workspace.sync(time_.monotonic());
    const sim::Ledger& ledger = handle.workspace.ledger();
    const sim::Credits used = ledger.reserved() + ledger.consumed();
    const sim::Credits total = available ? used + *available : ledger.granted() + *grant;
    if (total <= sim::kMaxCredits) return {};
    return Error{ErrorCode::kInvalid, "an account holds at most " + std::to_string(sim::kMaxCredits) + " credits",
                 available ? "/available" : "/grant"};
  };
  // All are asked before any changes.
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    if (auto done = fits(*handle); !done.ok()) return done.error();
  }
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    if (auto done = fits(*handle); !done.ok()) return done.error();
    sim::Ledger& ledger = handle->workspace.ledger();
    if (available)
      ledger.set_available(*available, handle->workspace.now());
    else
      ledger.grant(*grant, handle->workspace.now());
  }
  return get_credits(call);
}

Result<Reply> ControlApi::settle_record(ControlCall& call) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  reader.require("status");
  const auto end = reader.choice("status", kEnds);
  reader.finish();
  if (!errors.ok()) return errors.error();
  const sim::RecordStatus status = *end == 0 ? sim::RecordStatus::kDone : sim::RecordStatus::kFailed;
  OrderedJson all = OrderedJson::array();
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    handle->workspace.sync(time_.monotonic());
    std::vector<sim::ClockEvent> fired;
    handle->workspace.settle(call.parameters[0], status, fired);
    for (OrderedJson& one : fired_json(fired, call.addressed ? nullptr : handle.get())) all.push_back(std::move(one));
  }
  if (all.empty()) {
    return Error{ErrorCode::kNotFound, "no workspace asked has a pending job for \"" + call.parameters[0] + "\"", ""};
  }
  return json_reply(200, {{"fired", std::move(all)}});
}

}  // namespace qamera::control
