#pragma once

#include <string>
#include <string_view>

#include "http/handler.h"

namespace qamera::control {

/// How an exchange with the control API departs from its OpenAPI document; "" when it does not, or is about no row of
/// the table. The body of a request is judged when the call took it.
std::string departure_from_document(std::string_view method, std::string_view path, std::string_view body,
                                    const Reply& reply);

}  // namespace qamera::control
