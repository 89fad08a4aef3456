#pragma once

#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/json.h"
#include "contract/operation.h"
#include "contract/schema.h"
#include "http/message.h"

namespace qamera::contract {

/// Each adds what it finds and leaves `findings` alone, without allocating, when there is nothing to say.

/// Query parameters that the operation does not have, and values that are not documented for those it has.
void add_query_findings(const Operation& operation, const Request& request, std::vector<Finding>& findings);

/// What is given twice though it may not be repeated: query parameters, the headers that name a key or the body's type,
/// and fields of a form.
void add_repetition_findings(const Request& request, std::vector<Finding>& findings);

/// Members that an object of the JSON text `body` has already, each place once, the first hundred.
void add_repeated_members(std::string_view body, std::vector<Finding>& findings);

/// The content type, a body where there should be none, and the file fields of a multipart body.
void add_body_findings(const Operation& operation, const Request& request, std::vector<Finding>& findings);

/// Members of `body`, at any depth, that the request's schema does not describe.
void add_unknown_fields(const SchemaNode& schema, const Json& body, std::vector<Finding>& findings);

}  // namespace qamera::contract
