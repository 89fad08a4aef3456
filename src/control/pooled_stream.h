#pragma once

#include <memory>

#include "base/task_pool.h"
#include "control/quota.h"
#include "http/handler.h"

namespace qamera::control {

/// The same stream, read by a thread of the pool, a piece ahead of the connection: writing entries down takes longer
/// than sending them, and an event loop has other clients. Holds `share`, which may be null. `pool` must
/// outlive it.
std::unique_ptr<ReplyStream> pooled_stream(TaskPool& pool, std::unique_ptr<ReplyStream> stream, Quota::Share share);

}  // namespace qamera::control
