#pragma once

#include "control/call.h"

namespace qamera::control {

/// Counts a reply that waits or streams with the memory budget, for as long as the edge holds it: what it was asked
/// with, and an allowance for what it has read and the client has not taken. One that waits is counted among the
/// metrics when it is there.
void count_waiting(Reply& reply, const Call& call);

}  // namespace qamera::control
