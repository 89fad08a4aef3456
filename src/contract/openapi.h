#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "contract/operation.h"

namespace qamera::contract {

/// The statuses that the documents give an operation, ascending: 200, those of its own page, and those of the general
/// error page (403, 404, 429), which applies to every endpoint.
std::vector<int> documented_statuses(const Operation& operation);

/// The contract as an OpenAPI 3.1 document, made from the operation table, `schemas/` and the example fixture. The same
/// bytes every time. `version` is that of this program. https://spec.openapis.org/oas/v3.1.0
OrderedJson openapi_document(std::string_view version);

/// Any JSON value as YAML 1.2 in block style, ending in a newline.
std::string to_yaml(const OrderedJson& value);

}  // namespace qamera::contract
