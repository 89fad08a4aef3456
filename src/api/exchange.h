#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/workspaces.h"
#include "base/finding.h"
#include "base/json.h"
#include "contract/contract.h"
#include "contract/operation.h"
#include "http/delivery.h"
#include "http/message.h"
#include "journal/journal.h"

namespace qamera::api {

/// The outcome of a step: status, body text and why.
struct Answer {
  int status = 200;
  std::string body;
  std::string reason = "ok";
  sim::ListingPtr listing{};  ///< in place of `body`

  std::string_view content() const { return listing ? std::string_view(*listing) : std::string_view(body); }
};

/// One product request on its way through the pipeline: what each step learned, for the reply, headers and journal.
struct Exchange {
  Request request;
  const contract::Operation* operation = nullptr;  ///< null when unmatched
  MonotonicTime started{0};
  Instant received_at;     ///< wall
  Instant at;              ///< virtual, once a workspace is known; wall before
  WorkspaceHandle handle;  ///< null until a key led to a workspace
  std::string key_id;
  Json body;                 ///< the JSON body, or the text fields of a multipart one
  bool has_body = false;     ///< `body` could be read
  std::string body_problem;  ///< why it could not, "" when there was none to read
  Response response;
  Delivery delivery;
  std::string reason;  ///< for X-Qamera-Mock-Reason
  std::string rule;    ///< name of the scripted rule that answered or altered, "" when none
  std::string fault;   ///< kind of the wire fault, "" when none
  Json draws;          ///< random draws made for this request, null when none
  std::vector<Finding> findings;
  std::vector<Finding> tolerated;  ///< of the request, against its documentation; findings once it is performed
  std::optional<contract::Violation> violation;  ///< of the body, against its schema
  std::string upstream;                          ///< the server whose reply `response` is, "" when it is our own
  std::optional<std::string> readable_body;      ///< of a relayed reply in a content coding: what the journal keeps
  /// From the journal, once it is recorded. An entry that had to go leaves with the exchange, when no lock is held.
  journal::EntryIds entry_ids;
  std::chrono::microseconds took{0};
};

/// `{"error": "<message>"}`, the only shape an error body has.
std::string error_body(std::string_view message);
Answer error_answer(int status, std::string_view message, std::string reason);

/// Printable ASCII only, bounded: what may stand in a header. Clients' text can reach reasons.
std::string header_text(std::string_view text);

}  // namespace qamera::api
