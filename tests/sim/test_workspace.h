#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/workspace.h"

namespace qamera::sim {

/// Parses a document that the test wrote; a mistake in it stops the program.
Json parsed(std::string_view text);
Instant instant(std::string_view text);

/// The fixtures of `fixtures/`, by name.
FixtureSource& shipped_fixtures();

/// A scenario with these members (`"seed": 7, "jobs": {...}`). Where they say nothing it is named "test", has a manual
/// clock, 1,000 credits and a small fixture: one product `prod_1`, model `model_1` and scenery `scenery_1`, ids of new
/// images from `img_001`.
ScenarioPtr scenario_of(std::string_view members);
Workspace workspace_of(std::string_view members);
Workspace workspace_of(ScenarioPtr scenario, std::uint64_t seed);

/// Registers so many records; gives their ids, none when the credits did not suffice.
std::vector<std::string> add(Workspace& workspace, RecordKind kind, std::int64_t count, const Json* body = nullptr);

/// Moves virtual time on, and gives what fired.
std::vector<ClockEvent> elapse(Workspace& workspace, Duration by);

/// Statuses of a collection in order, a letter each: U(PLOADED), I(NPROGRESS), D(ONE), F(AILED).
std::string statuses(const Workspace& workspace, Collection collection);

/// "available/reserved/consumed/refunded of granted".
std::string credits(const Workspace& workspace);

/// "record:to@seconds since the manual start", joined by spaces.
std::string shown(const std::vector<ClockEvent>& fired);

/// A listing's text, without limit or filter.
std::string listing(Workspace& workspace, Collection collection);

}  // namespace qamera::sim
