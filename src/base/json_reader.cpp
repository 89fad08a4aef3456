#include "base/json_reader.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/spelling.h"
#include "base/text.h"

namespace qamera {
namespace {

std::string number_text(double value) {
  std::ostringstream out;
  out.precision(15);
  out << value;
  return out.str();
}

}  // namespace

std::string expected_got(std::string_view expected, const Json& value) {
  const std::string shown = dump_json(value);
  return "expected " + std::string(expected) + ", got " + (shown.size() > 60 ? shortened(shown, 57) : shown);
}

void ReadErrors::fail(std::string pointer, std::string message) {
  fail(Error{ErrorCode::kInvalid, std::move(message), std::move(pointer)});
}

void ReadErrors::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

const Error& ReadErrors::error() const {
  QM_CHECK(error_.has_value(), "no error was recorded");
  return *error_;
}

Result<void> ReadErrors::result() const {
  if (error_) return *error_;
  return {};
}

ObjectReader::ObjectReader(ReadErrors& errors, const Json& value, std::string pointer)
    : errors_(errors), pointer_(std::move(pointer)) {
  if (value.is_object()) {
    value_ = &value;
  } else {
    errors_.fail(pointer_, expected_got("an object", value));
  }
}

std::string ObjectReader::pointer_to(std::string_view name) const { return child_pointer(pointer_, name); }

const Json* ObjectReader::member(std::string_view name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.push_back(name);
  if (!value_) return nullptr;
  const auto found = value_->find(name);
  return found == value_->end() ? nullptr : &*found;
}

void ObjectReader::fail_expected(std::string_view name, std::string_view expected, const Json& value) {
  fail(name, expected_got(expected, value));
}

bool ObjectReader::has(std::string_view name) { return member(name) != nullptr; }

std::optional<std::string> ObjectReader::string(std::string_view name) {
  const Json* value = member(name);
  if (!value) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  fail_expected(name, "a string", *value);
  return std::nullopt;
}

std::optional<std::string> ObjectReader::nonempty_string(std::string_view name) {
  auto text = string(name);
  if (text && text->empty()) {
    fail(name, "expected a non-empty string, got \"\"");
    return std::nullopt;
  }
  return text;
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const Json* value = member(name);
  if (!value) return std::nullopt;
  const std::string expected = "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  const bool whole = std::isfinite(number) && std::floor(number) == number;
  if (whole && number >= static_cast<double>(min) && number <= static_cast<double>(max)) {
    // INT64_MAX as a double is 2^63, which no int64 holds.
    if (value->is_number_float() && number < 0x1p63) return static_cast<std::int64_t>(number);
    const bool fits = !value->is_number_unsigned() || value->get<std::uint64_t>() <= static_cast<std::uint64_t>(max);
    if (fits && value->is_number_integer()) return value->get<std::int64_t>();
  }
  fail_expected(name, expected, *value);
  return std::nullopt;
}

std::optional<double> ObjectReader::number(std::string_view name, double min, double max) {
  const Json* value = member(name);
  if (!value) return std::nullopt;
  if (value->is_number()) {
    const double number = value->get<double>();
    if (number >= min && number <= max) return number;
  }
  fail_expected(name, "a number from " + number_text(min) + " to " + number_text(max), *value);
  return std::nullopt;
}

std::optional<bool> ObjectReader::boolean(std::string_view name) {
  const Json* value = member(name);
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  fail_expected(name, "true or false", *value);
  return std::nullopt;
}

template <typename Value>
std::optional<Value> ObjectReader::parsed(std::string_view name, std::string_view expected,
                                          Result<Value> (*parse)(std::string_view)) {
  const Json* value = member(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    fail_expected(name, expected, *value);
    return std::nullopt;
  }
  auto read = parse(value->get_ref<const std::string&>());
  if (read.ok()) return *read;
  fail(name, read.error().message);
  return std::nullopt;
}

std::optional<Duration> ObjectReader::duration(std::string_view name) {
  return parsed(name, "a duration such as \"30s\", \"1500ms\" or \"2m\"", parse_duration);
}

std::optional<Instant> ObjectReader::instant(std::string_view name) {
  return parsed(name, "an ISO 8601 time such as \"2026-03-27T12:00:00.000Z\"", parse_zoned_instant);
}

std::optional<std::size_t> ObjectReader::choice(std::string_view name, std::span<const std::string_view> choices) {
  const Json* value = member(name);
  if (!value) return std::nullopt;
  const std::string text = value->is_string() ? value->get<std::string>() : std::string();
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (value->is_string() && found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  fail(name, expected_got(quoted_list(choices), *value) + (value->is_string() ? suggestion(text, choices) : ""));
  return std::nullopt;
}

std::optional<std::uint64_t> ObjectReader::count(std::string_view name, std::int64_t min) {
  const auto number = integer(name, min, INT64_MAX);
  return number ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

std::optional<std::vector<std::string>> ObjectReader::strings(std::string_view name, std::string_view expected,
                                                              std::size_t min_size) {
  std::vector<std::string> out;
  const bool there = each(name, [&](const Json& item, const std::string& pointer) {
    if (item.is_string() && item.get_ref<const std::string&>().size() >= min_size)
      out.push_back(item.get<std::string>());
    else
      errors_.fail(pointer, expected_got(expected, item));
  });
  return there ? std::optional(std::move(out)) : std::nullopt;
}

const Json* ObjectReader::object(std::string_view name) {
  const Json* value = member(name);
  if (!value || value->is_object()) return value;
  fail_expected(name, "an object", *value);
  return nullptr;
}

const Json* ObjectReader::array(std::string_view name) {
  const Json* value = member(name);
  if (!value || value->is_array()) return value;
  fail_expected(name, "an array", *value);
  return nullptr;
}

const Json* ObjectReader::any(std::string_view name) { return member(name); }

std::string ObjectReader::written(std::string_view name) {
  const Json* value = member(name);
  return value ? errors_.written().text_of(pointer_to(name), *value) : std::string();
}

void ObjectReader::require(std::string_view name) {
  if (value_ && !member(name)) fail(name, "\"" + std::string(name) + "\" is required");
}

void ObjectReader::require(std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) require(name);
}

void ObjectReader::finish() {
  if (!value_ || !errors_.ok()) return;
  for (const auto& [name, value] : value_->items()) {
    if (name == "$schema" || name == "$comment") continue;
    if (std::find(known_.begin(), known_.end(), std::string_view(name)) != known_.end()) continue;
    return fail(name, "unknown member \"" + name + "\"" + suggestion_or_choices(name, known_));
  }
}

}  // namespace qamera
