#pragma once

#include <string>

#include "base/json.h"

namespace qamera::contract {

/// Follows a local `$ref` (`#/definitions/duration`) of `schema` inside `root`; any other schema is returned as it is.
const OrderedJson& resolve(const OrderedJson& root, const OrderedJson& schema);

/// Whether `value` is a number without a fraction, however it is spelt: 5, 5.0, 5e0. A floating number of 2^53 and more
/// has no known fraction and is not whole.
bool is_whole_number(const Json& value);

/// Whether `value` meets the keywords of this node alone: type, enum, const and bounds. Members, items and
/// alternatives are not looked at.
bool meets_own_keywords(const OrderedJson& schema, const Json& value);

/// Whether the node's `type`, when it has one, admits the type of `value`.
bool admits_type(const OrderedJson& schema, const Json& value);

/// What the node asks for, to follow "must be": "a whole number from 1 to 20", "'APPROVED' or 'REJECTED'". A node with
/// alternatives names them all. "" when the node asks for nothing in particular.
std::string expectation(const OrderedJson& root, const OrderedJson& node);

/// What a value is, to follow "not": `"5"`, `2.5`, `an object`. Long strings are cut.
std::string described_value(const Json& value);

}  // namespace qamera::contract
