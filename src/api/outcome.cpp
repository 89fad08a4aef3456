#include "api/outcome.h"

#include "base/json.h"

namespace qamera::api {

Outcome error_outcome(int status, std::string_view message, std::string reason) {
  Outcome outcome;
  outcome.response.status = status;
  outcome.response.body = "{\"error\":";
  append_json_string(outcome.response.body, message);
  outcome.response.body.push_back('}');
  outcome.reason = std::move(reason);
  return outcome;
}

}  // namespace qamera::api
