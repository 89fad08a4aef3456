#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/json.h"
#include "contract/operation.h"
#include "http/message.h"

namespace qamera::contract {

/// How a document breaks its schema: the most specific fault, once.
struct Violation {
  std::string pointer;  ///< JSON Pointer to the value at fault (for a missing member: to where it should stand)
  std::string message;  ///< names the field in dotted form and the rule: "'config.product.id' is required."
};

/// The JSON Schemas of `schemas/`, compiled. Thread-safe; each schema is compiled on first use.
class Contract {
 public:
  Contract();
  ~Contract();
  Contract(const Contract&) = delete;
  Contract& operator=(const Contract&) = delete;

  /// Checks a request body (for multipart: an object of the text fields) against `<operation>.request.json`.
  /// Operations without a body accept everything.
  std::optional<Violation> check_request(const Operation& operation, const Json& body) const;

  /// Checks a reply: 200 against `<operation>.response.json`, every other status against `error.response.json`.
  std::optional<Violation> check_response(const Operation& operation, int status, const Json& body) const;

  /// Checks one record as its listing shows it, against the item schema of the listing's response.
  std::optional<Violation> check_record(Collection collection, const Json& record) const;

  /// The same of a text, which also has to be JSON.
  std::optional<Violation> check_response_text(const Operation& operation, int status, std::string_view body) const;
  std::optional<Violation> check_record_text(Collection collection, std::string_view record) const;

  /// Checks any document against an embedded schema, by file name: "scenario.schema.json".
  std::optional<Violation> check_document(std::string_view schema, const Json& document) const;

  /// What the request does outside the documentation, short of breaking a schema: unknown query parameters and body
  /// fields, undocumented values, wrong content type, a body on a GET, what is given twice. `body` is null when it was
  /// absent or unparsable; `repeats` is what `parse_json` said of it.
  std::vector<Finding> request_findings(const Operation& operation, const Request& request, const Json* body,
                                        bool repeats = false) const;

  /// `default` of a property of the request schema: the documented default of `count`. -1 when it has none.
  int default_count(const Operation& operation) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace qamera::contract
