#pragma once

#include <optional>
#include <string>

#include "base/json.h"

namespace qamera {

// The JSON library compares numbers by converting one to the type of the other, so that to it -1 is 2^64-1, and
// 9007199254740993 is 9007199254740992.0. What decides whether a test passes is compared here, by value: 1, 1.0 and 1e0
// are equal, and nothing else is equal to them. A number beyond 64 bits, or one from 2^52 on with a fraction, is read
// as the nearest double, so that it cannot be told from its neighbours: it equals nothing, itself included. Smaller
// ones with a fraction are compared as doubles, which tell 15 digits apart.

bool equal_json(const Json& a, const Json& b);
bool equal_json(const OrderedJson& a, const Json& b);

/// A strict order of all values in which equal ones are neighbours. For sorting; it means nothing otherwise.
bool less_json(const Json& a, const Json& b);

/// `true` when every member of `pattern` is in `value` with an equal value, recursively; arrays and scalars must be
/// equal. This is the "partial JSON" match of scenario rules and outcomes.
bool contains_json(const Json& value, const Json& pattern);

/// The error of the first such number in `value`, with its pointer below `pointer`: for patterns and rules,
/// which it would leave without a match for ever.
std::optional<Error> refuse_inexact_numbers(const Json& value, const std::string& pointer);

}  // namespace qamera
