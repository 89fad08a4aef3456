#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/call.h"

namespace qamera::control {

/// Which workspaces a call acts on. One that is named is looked up whether the call needs it or not, and a key that is
/// new gets its workspace then.
enum class Addresses {
  kNothing,  ///< none, and the key it carries is not looked at: it may be the one whose workspace is made
  kOne,      ///< the one named by `X-Api-Key` or `?workspace=ID`, if one is
  kEach,     ///< the one named; with none, every workspace
};

/// Where a call runs. An event loop serves thousands of clients, so a row says `kLoop` only where the handler looks at
/// no more than one thing; what grows with the entries, records, workspaces or files that there are says `kPool`.
enum class Runs { kLoop, kPool };

using Handler = Result<Reply>(const Call& call);

/// A call of the control API: one row of the table.
struct Route {
  std::string_view method;
  std::string_view path;  ///< segments in braces match any one segment
  Addresses addresses = Addresses::kNothing;
  Runs runs = Runs::kPool;
  Handler* handler = nullptr;
  std::string_view does;  ///< for people who read the table
};

/// Every call there is. The README tells of the same ones.
std::span<const Route> routes();

/// The route of a request. With none, `allow` lists the methods that its path takes, "" for a path that there is not.
struct RouteMatch {
  const Route* route = nullptr;
  std::vector<std::string> parameters;  ///< decoded
  std::string allow;
};
/// `path` as sent, so that an escaped slash is part of a segment.
RouteMatch match_route(std::string_view method, std::string_view path);

/// Sets what the call acts on. An error when what it names does not exist.
Result<void> find_targets(Call& call, Addresses addresses);

}  // namespace qamera::control
