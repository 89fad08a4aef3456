#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "http/delivery.h"
#include "http/message.h"
#include "sim/distribution.h"
#include "sim/occurrence.h"

namespace qamera::sim {

/// What a rule looks at in a request.
struct RequestFacts {
  std::string_view operation;  ///< operation id, "" for an undocumented path
  const Request& request;
  const Json* body = nullptr;  ///< the parsed body, null when there is none
};

/// A name and what its value must be: text in which `*` stands for any run of characters.
struct NamedPattern {
  std::string name;
  std::string pattern;
};

/// When a rule applies: every condition given must hold. `occurrence` counts the requests that satisfy the others.
struct RuleCondition {
  std::optional<std::string> operation;  ///< exact, or with `*`
  std::optional<std::string> method;
  std::optional<std::string> path;
  std::vector<NamedPattern> query;
  std::vector<NamedPattern> headers;
  std::optional<Json> body;  ///< partial JSON
  std::optional<std::string> state;
  Occurrence occurrence;
};

/// A scripted reply in place of the genuine one; the request is not performed.
struct Respond {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
};

/// A change of the genuine reply.
struct Alteration {
  std::optional<int> status;
  std::vector<Header> headers;  ///< replacing those of the same name
};

/// The names of every fault there is.
std::span<const std::string_view> fault_kinds();

enum class Commit { kBefore, kAfter };

/// A fault on the wire, before or after the request took effect. After the commit the job exists and the credits are
/// reserved, yet the client never learns.
struct FaultAction {
  std::string kind;
  Fault fault;
  Commit commit = Commit::kBefore;
};

/// Rules in one list. Each request asks all of them.
inline constexpr std::size_t kMaxRules = 10'000;

/// Of one patch. Each reply that it alters costs time and memory by these.
inline constexpr std::size_t kMaxPatchSteps = 1'000;
inline constexpr std::size_t kMaxPatchBytes = std::size_t{1} << 20;  ///< as compact JSON

/// One scripted rule of a scenario. Immutable; a workspace counts beside it.
struct Rule {
  std::string name;
  RuleCondition when;
  std::optional<Respond> respond;
  std::optional<Json> patch;  ///< RFC 6902, on the genuine reply's body
  std::optional<Alteration> alter;
  std::optional<Distribution> delay;    ///< real time before the first byte
  std::optional<std::size_t> throttle;  ///< bytes a second
  std::optional<FaultAction> fault;
  std::optional<std::string> set_state;
  Json document;          ///< as read, for snapshots
  std::string written{};  ///< as it was written, "" when `document` says it too
};

using RulePtr = std::shared_ptr<const Rule>;

/// Whether everything but `state` and `occurrence` holds.
bool matches_request(const RuleCondition& when, const RequestFacts& facts);

/// `*` stands for any run of characters, also none; everything else for itself. Time is linear in both.
bool matches_wildcard(std::string_view text, std::string_view pattern);

/// Reads one rule. `fallback_name` names a rule that has no name of its own.
Rule read_rule(ReadErrors& errors, const Json& value, std::string pointer, std::string fallback_name);

/// Why a rule can never have an effect: an earlier one takes all its requests. One text a rule, with its index.
std::vector<std::pair<std::size_t, std::string>> shadowed_rules(const std::vector<RulePtr>& rules);

}  // namespace qamera::sim
