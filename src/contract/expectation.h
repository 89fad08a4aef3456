#pragma once

#include <string>

#include "base/json.h"
#include "base/spelling.h"
#include "contract/schema.h"

namespace qamera::contract {

/// How texts of this room suggest a name.
inline constexpr SuggestionWording kSuggestion{"; did you mean '", "'?"};

/// What a schema's own keywords ask for, to follow "must be": "a whole number from 1 to 20", "'APPROVED' or
/// 'REJECTED'". "" when they ask for nothing in particular.
std::string expectation(const OrderedJson& schema);

/// What the alternatives ask for, each once: "a string or an object".
std::string expectation(const SchemaNode::Alternatives& alternatives);

/// What a value is, to follow "not": `"5"`, `2.5`, `an object`. Long strings are cut.
std::string described_value(const Json& value);

}  // namespace qamera::contract
