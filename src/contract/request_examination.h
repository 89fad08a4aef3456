#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.h"
#include "http/content_coding.h"

namespace qamera::contract {

/// A request held against its documentation, in one place for all who ask: the simulation, the proxy, `check`.
struct ExaminedRequest {
  std::optional<Json> body{};  ///< the JSON, or the text fields of a form; nothing when there is none to read
  http::BodyState body_state = http::BodyState::kReadable;
  std::string body_problem{};            ///< why it cannot be read though it is there, "" when it can
  std::optional<Violation> violation{};  ///< of the body, against its schema
  std::vector<Finding> findings{};       ///< what the API tolerates
};

/// `request.body` is without content codings, and so are its `parts`; `body_state` says how far that succeeded.
/// `operation` is null for an undocumented path: then the body is read, and nothing is asked of it.
ExaminedRequest examine(const Request& request, const Operation* operation, const Contract& contract,
                        http::BodyState body_state = http::BodyState::kReadable);

/// All that the request does outside its documentation: the findings, and what a service that keeps its documentation
/// refuses (`invalid-request`).
std::vector<Finding> all_findings(const ExaminedRequest& examined, const Operation* operation);

/// What the body should have been where there is a `body_problem`: "JSON", "a form", "in its content coding".
std::string body_format(const ExaminedRequest& examined, const Operation* operation);

}  // namespace qamera::contract
