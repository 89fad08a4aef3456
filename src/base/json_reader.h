#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/json_written.h"
#include "base/names.h"
#include "base/time.h"

namespace qamera {

/// Collects the first mistake found while reading a document. Readers that share it go quiet after that, so parsing
/// code reads straight through and asks once, at the end.
class ReadErrors {
 public:
  ReadErrors() = default;
  /// Of a document that was read from a text, where it stands in it.
  explicit ReadErrors(WrittenPlace written) : written_(std::move(written)) {}

  bool ok() const { return !error_.has_value(); }
  void fail(std::string pointer, std::string message);
  /// One found by other means, whose pointer is whole.
  void fail(Error error);
  const Error& error() const;
  /// The error, if any, as a `Result`.
  Result<void> result() const;
  const WrittenPlace& written() const { return written_; }

 private:
  std::optional<Error> error_;
  WrittenPlace written_;
};

/// Reads the members of one JSON object: the one way by which scenarios, fixtures and control calls are read, so that
/// all of them refuse what they do not know and say where it stands. The JSON library's own conversions throw, ignore
/// unknown members and name no place. Every accessor answers nothing when the member is absent or at fault (then the
/// error is recorded with its JSON Pointer, what was expected and what stands there). `finish` refuses members that
/// nobody asked for, naming the nearest known one.
class ObjectReader {
 public:
  /// `value` must outlive the reader.
  ObjectReader(ReadErrors& errors, const Json& value, std::string pointer);

  bool has(std::string_view name);  ///< also marks the member as known
  std::optional<std::string> string(std::string_view name);
  std::optional<std::string> nonempty_string(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<double> number(std::string_view name, double min, double max);
  std::optional<bool> boolean(std::string_view name);
  std::optional<Duration> duration(std::string_view name);
  std::optional<Instant> instant(std::string_view name);
  /// The index in `choices` of a string member.
  std::optional<std::size_t> choice(std::string_view name, std::span<const std::string_view> choices);
  /// The value of an enum that a string member names.
  template <typename Enum>
  std::optional<Enum> enumeration(std::string_view name) {
    const auto index = choice(name, kNames<Enum>);
    return index ? std::optional(static_cast<Enum>(*index)) : std::nullopt;
  }
  /// A whole number that counts something, from `min` on.
  std::optional<std::uint64_t> count(std::string_view name, std::int64_t min = 0);
  const Json* object(std::string_view name);
  const Json* array(std::string_view name);
  const Json* any(std::string_view name);  ///< of whatever type; null when absent
  /// A member as compact text, in the order written where the text it was read from is known.
  std::string written(std::string_view name);

  /// Has `read(ObjectReader&)` read the members of an object, refusing those it does not ask for. Whether it is there.
  template <typename Read>
  bool nested(std::string_view name, const Read& read) {
    const Json* value = object(name);
    if (!value) return false;
    ObjectReader reader(errors_, *value, pointer_to(name));
    read(reader);
    reader.finish();
    return true;
  }
  /// Calls `read(element, pointer)` for each element of an array until there is an error. Whether the array is there.
  template <typename Read>
  bool each(std::string_view name, const Read& read) {
    const Json* elements = array(name);
    for (std::size_t i = 0; elements && i < elements->size() && errors_.ok(); ++i) {
      read((*elements)[i], child_pointer(pointer_to(name), i));
    }
    return elements != nullptr;
  }
  /// An array of strings, each of them `expected` ("a non-empty string" where empty ones are refused).
  std::optional<std::vector<std::string>> strings(std::string_view name, std::string_view expected,
                                                  std::size_t min_size = 0);

  /// Records an error when the member is absent.
  void require(std::string_view name);
  void require(std::initializer_list<std::string_view> names);
  /// Refuses unknown members. `$schema` and `$comment` are always allowed.
  void finish();
  /// The same, and the first error of all who share the errors.
  Result<void> finished() {
    finish();
    return errors_.result();
  }

  ReadErrors& errors() { return errors_; }
  const std::string& pointer() const { return pointer_; }
  std::string pointer_to(std::string_view name) const;
  void fail(std::string_view name, std::string message) { errors_.fail(pointer_to(name), std::move(message)); }
  /// Records `expected X, got <value>` at the member.
  void fail_expected(std::string_view name, std::string_view expected, const Json& value);

 private:
  const Json* member(std::string_view name);
  template <typename Value>
  std::optional<Value> parsed(std::string_view name, std::string_view expected,
                              Result<Value> (*parse)(std::string_view));

  ReadErrors& errors_;
  const Json* value_ = nullptr;  ///< null when the value is no object
  std::string pointer_;
  std::vector<std::string_view> known_;
};

/// `expected <expected>, got <short rendering of value>`.
std::string expected_got(std::string_view expected, const Json& value);

}  // namespace qamera
