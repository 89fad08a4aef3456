#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "base/time.h"
#include "http/message.h"

namespace qamera::verify {

/// What was sent and what came, without the key.
struct Exchange {
  Request request;
  Response response;
  Instant at{};
};

/// One place where traffic leaves the contract. It names the page, since the question that follows is who is wrong: the
/// service, the client, the documents or we.
struct Departure {
  std::string place;      ///< "traffic.ndjson:17", "traffic.har entry 3", or the name of a check; "" until it is known
  std::string side;       ///< "request" or "response"
  std::string operation;  ///< operation id, "" when no documented endpoint was called
  std::string pointer;    ///< JSON Pointer into `{"status", "headers", "body"}`, for a request `{"query", ...}`
  std::string expected;
  std::string actual;
  std::string page;                                    ///< the documentation page: "models.txt", "public"
  std::shared_ptr<const Exchange> exchange = nullptr;  ///< that showed it, where it is kept
};

/// One line: place, operation, side and pointer, expected, actual, page. Control characters are shown as `?`.
std::string to_text(const Departure& departure);
OrderedJson to_json(const Departure& departure);

}  // namespace qamera::verify
