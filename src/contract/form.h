#pragma once

#include <vector>

#include "base/json.h"
#include "http/message.h"

namespace qamera::contract {

/// The fields of a form as one object, so that one schema judges both body formats, wherever it is asked: of texts
/// their contents, of the documented files (`cover`, the list `gallery`) their names. Of repeated fields the first
/// counts. Any other file is an object, which no text field's schema takes.
Json form_fields(const std::vector<Part>& parts);

}  // namespace qamera::contract
