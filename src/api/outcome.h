#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "http/content_coding.h"
#include "http/message.h"
#include "sim/script.h"

namespace qamera::api {

/// What a product request gets and why: what each check of the documented order gives when it decides, and what is kept
/// of the exchange beside the request.
struct Outcome {
  Response response{};
  std::string reason = "ok";  ///< for X-Qamera-Mock-Reason; may quote the client, keys included
  std::vector<Finding> findings{};
  sim::ScriptDecision script{};                ///< what rules did to the reply and its delivery
  std::optional<std::string> readable_body{};  ///< of a relayed reply in a content coding: what the journal keeps
  http::BodyState body_state = http::BodyState::kReadable;  ///< of such a reply: whether the coding could be undone
};

/// A reply whose body is `{"error": "<message>"}`, the only shape that an error has.
Outcome error_outcome(int status, std::string_view message, std::string reason);

}  // namespace qamera::api
