#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "control/application.h"

namespace qamera::control {

/// Real time that stands still until a test moves it.
class HeldTime final : public TimeSource {
 public:
  MonotonicTime monotonic() const override { return now; }
  Instant wall() const override { return sim::kManualStart; }

  MonotonicTime now{0};
};

inline constexpr std::string_view kKey = "mk_live_test.one";

/// An application without sockets, and the ways to ask it. Unless said otherwise the clock is manual and the scenario
/// `docs-examples`.
class Served {
 public:
  struct Overrides {
    std::string scenario = "docs-examples";
    Application::Options options{};
  };
  Served() : Served(Overrides()) {}
  explicit Served(Overrides overrides);

  /// A request with the key `kKey` unless `headers` bring one. What is streamed now is in the reply's body. Control
  /// calls are held against their OpenAPI document.
  Reply ask(std::string_view method, std::string_view target, std::string_view body = "", Headers headers = {});
  /// A call of the control API; `headers` may name a workspace.
  Reply control(std::string_view method, std::string_view target, std::string_view body = "", Headers headers = {});
  /// A workspace with an inline scenario; gives its key.
  std::string workspace_of(std::string_view scenario_members, std::string_view key = kKey);

  HeldTime time;
  Log log;
  contract::Contract contract;
  api::ScenarioStore store;
  journal::Journal journal;
  Application application;
};

Json body_of(const Reply& reply);
/// `STATUS error-text`, or `STATUS` alone.
std::string shown(const Reply& reply);
/// `STATUS pointer: error-text`.
std::string located(const Reply& reply);
std::string_view header(const Reply& reply, std::string_view name);

}  // namespace qamera::control
