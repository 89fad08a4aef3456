#pragma once

#include <optional>

#include "http/handler.h"

namespace qamera::control {

/// What people and browsers find without knowing a call: the dashboard's files (`ui/`, compiled in), where `/` and
/// `/__admin/` lead, and the index of the calls. They hold no data, so they need no token and no guard, may be
/// navigated to from anywhere, and are no client's traffic. Nothing for every other request. Without `ui`, and in a
/// build without the files, only the index is left. (docs/security.md)
std::optional<Reply> page_reply(const Request& request, bool ui);

}  // namespace qamera::control
