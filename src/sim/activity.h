#pragma once

#include <cstdint>

#include "base/kinds.h"
#include "base/names.h"
#include "sim/ledger.h"

namespace qamera::sim {

/// How a job came to its end.
enum class Ended : std::uint8_t { kDone, kFailed };
constexpr auto names_of(Ended) { return enum_names("done", "failed"); }

/// What came about in a workspace since it was last asked, for those who add up all of them. It is no part of its
/// state: no snapshot has it, and a copy begins with nothing, be it a fork or one that is tried on and thrown away.
struct Activity {
  PerKind<PerValue<Ended, std::uint64_t>> jobs{};  ///< jobs that ended
  Bookings credits{};                              ///< credits booked
};

}  // namespace qamera::sim
