#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace qamera::http {

/// The parts of a multipart/form-data request (RFC 7578) in the order sent; none for any other request, and
/// none for a body that breaks the rules: no boundary, no closing delimiter, a part without a name. Throws
/// only std::bad_alloc. Thread-safe.
std::vector<Part> parse_multipart(const Request& request);

/// The value of a parameter of a field such as Content-Type or Content-Disposition: `name=token` or
/// `name="quoted"`.
std::optional<std::string> field_parameter(std::string_view field, std::string_view name);

}  // namespace qamera::http
