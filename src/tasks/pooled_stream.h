#pragma once

#include <memory>

#include "http/handler.h"
#include "tasks/quota.h"
#include "tasks/task_pool.h"

namespace qamera::tasks {

/// The same stream, read by a thread of the pool, a piece ahead of the connection: writing entries down takes longer
/// than sending them, and an event loop has other clients. Holds `share`, which may be null. `pool` must
/// outlive it.
std::unique_ptr<ReplyStream> pooled_stream(TaskPool& pool, std::unique_ptr<ReplyStream> stream, Quota::Share share);

}  // namespace qamera::tasks
