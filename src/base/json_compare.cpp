#include "base/json_compare.h"

#include <algorithm>
#include <cmath>
#include <compare>

namespace qamera {
namespace {

/// A number as it is: a whole one of at most 64 bits, or a double that is none.
struct Number {
  bool is_whole = true;
  bool is_negative = false;  ///< of a whole one; then `bits` are those of an int64
  std::uint64_t bits = 0;    ///< of a whole one
  double other = 0;          ///< of any other

  bool is_beyond() const { return !is_whole && std::floor(other) == other; }  ///< what is known of it
};

template <typename Value>
Number number_of(const Value& value) {
  if (value.is_number_unsigned()) return {true, false, value.template get<std::uint64_t>(), 0};
  if (value.is_number_integer()) {
    const auto integer = value.template get<std::int64_t>();
    return {true, integer < 0, static_cast<std::uint64_t>(integer), 0};
  }
  const auto number = value.template get<double>();
  // From 2^52 on a double does not tell whether there was a fraction: whole numbers of 64 bits are read as integers.
  const bool is_whole = std::floor(number) == number && std::abs(number) < 0x1p52;
  if (!is_whole) return {false, false, 0, number};
  if (number < 0) return {true, true, static_cast<std::uint64_t>(static_cast<std::int64_t>(number)), 0};
  return {true, false, static_cast<std::uint64_t>(number), 0};
}

bool equal_numbers(const Number& a, const Number& b) {
  if (a.is_whole != b.is_whole) return false;
  if (!a.is_whole) return a.other == b.other && !a.is_beyond();
  return a.is_negative == b.is_negative && a.bits == b.bits;
}

bool less_numbers(const Number& a, const Number& b) {
  if (a.is_whole && b.is_whole) {
    // Two's complement keeps the order among the negative.
    return a.is_negative == b.is_negative ? a.bits < b.bits : a.is_negative;
  }
  if (!a.is_whole && !b.is_whole) return a.other < b.other;
  if (!a.is_whole) return !less_numbers(b, a);
  // A whole number and a double that is none: it has a fraction, or one may be lost, or it is beyond all whole ones.
  if (b.other >= 0x1p64 || b.other < -0x1p63) return b.other > 0;
  if (b.other < 0)
    return a.is_negative && static_cast<std::int64_t>(a.bits) <= static_cast<std::int64_t>(std::floor(b.other));
  return a.is_negative || a.bits <= static_cast<std::uint64_t>(std::floor(b.other));
}

template <typename Value>
bool equal_values(const Value& a, const Json& b) {
  if (a.is_number()) return b.is_number() && equal_numbers(number_of(a), number_of(b));
  if (a.is_array()) return b.is_array() && std::equal(a.begin(), a.end(), b.begin(), b.end(), equal_values<Value>);
  if (a.is_object()) {
    if (!b.is_object() || a.size() != b.size()) return false;
    for (auto member = a.begin(); member != a.end(); ++member) {
      const auto other = b.find(member.key());
      if (other == b.end() || !equal_values(*member, *other)) return false;
    }
    return true;
  }
  if (a.is_string()) {
    return b.is_string() && a.template get_ref<const std::string&>() == b.get_ref<const std::string&>();
  }
  if (a.is_boolean()) return b.is_boolean() && a.template get<bool>() == b.get<bool>();
  return a.is_null() && b.is_null();
}

std::optional<std::string> inexact_number_at(const Json& value, const std::string& pointer) {
  if (value.is_number_float() && number_of(value).is_beyond()) return pointer;
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!value[i].is_structured() && !value[i].is_number_float()) continue;
      if (auto found = inexact_number_at(value[i], child_pointer(pointer, i))) return found;
    }
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      if (!member.is_structured() && !member.is_number_float()) continue;
      if (auto found = inexact_number_at(member, child_pointer(pointer, name))) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

bool equal_json(const Json& a, const Json& b) { return equal_values(a, b); }
bool equal_json(const OrderedJson& a, const Json& b) { return equal_values(a, b); }

bool less_json(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return less_numbers(number_of(a), number_of(b));
  if (a.is_number() || b.is_number() || a.type() != b.type()) {
    const auto rank = [](const Json& value) { return value.is_number() ? -1 : static_cast<int>(value.type()); };
    return rank(a) < rank(b);
  }
  if (a.is_array()) return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), less_json);
  if (!a.is_object()) return a < b;
  const auto& left = a.get_ref<const Json::object_t&>();
  const auto& right = b.get_ref<const Json::object_t&>();
  return std::lexicographical_compare(
      left.begin(), left.end(), right.begin(), right.end(), [](const auto& one, const auto& other) {
        return one.first == other.first ? less_json(one.second, other.second) : one.first < other.first;
      });
}

bool contains_json(const Json& value, const Json& pattern) {
  if (!pattern.is_object()) return equal_json(value, pattern);
  if (!value.is_object()) return false;
  for (const auto& [name, expected] : pattern.items()) {
    const auto member = value.find(name);
    if (member == value.end() || !contains_json(*member, expected)) return false;
  }
  return true;
}

std::optional<Error> refuse_inexact_numbers(const Json& value, const std::string& pointer) {
  auto at = inexact_number_at(value, pointer);
  if (!at) return std::nullopt;
  return Error{ErrorCode::kInvalid,
               "a number beyond 64 bits, or from 2^52 on with a fraction, cannot be told from its neighbours: expected "
               "one from -9223372036854775808 to 18446744073709551615",
               *std::move(at)};
}

}  // namespace qamera
