#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/application.h"

namespace qamera::allocations {

/// One request of a workflow. In `target` and `body`, `@` stands for the ID of the first workspace.
struct Step {
  std::string_view method;
  std::string target;
  std::string body{};
  std::string_view key{};  ///< "" for none
};

/// Product and control calls of every kind, on small accounts.
std::vector<Step> every_call();
/// Calls on accounts so large that many allocations are.
std::vector<Step> large_accounts();

/// An application without sockets, and what the edge does around it.
class Service {
 public:
  Service();
  /// The status; 0 where there was not even memory for a refusal, and the edge would close the connection.
  int ask(const Step& step);
  /// The reply's body, of steps that are answered with 200. "" for others.
  std::string body_of(const Step& step);
  /// What is wrong with what workspaces and journal hold, "" when nothing is.
  std::string damage();

 private:
  Reply answer(const Step& step);
  std::string damage_of_journal() const;
  std::string damage_of_state(const Json& state) const;

  class HeldTime final : public TimeSource {
   public:
    MonotonicTime monotonic() const override { return MonotonicTime(0); }
    Instant wall() const override { return sim::kManualStart; }
  };
  const HeldTime time_;
  const Log log_;
  journal::Journal journal_;
  control::Application application_;
};

}  // namespace qamera::allocations
