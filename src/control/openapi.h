#pragma once

#include <string_view>

#include "base/json.h"

namespace qamera::control {

/// The control API as an OpenAPI 3.1 document, made from the table of routes and from what `schemas/control/api.json`
/// says of each call: its name, its own parameters, its bodies. The same bytes every time. `version` is that of this
/// program.
OrderedJson openapi_document(std::string_view version);

}  // namespace qamera::control
