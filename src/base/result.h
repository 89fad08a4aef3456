#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace qamera {

/// The kinds of error. `control/call.cpp` maps each to one HTTP status.
enum class ErrorCode {
  kInvalid,       ///< the input breaks a rule (400)
  kUnauthorized,  ///< no usable key (401)
  kPayment,       ///< not enough credits (402)
  kForbidden,     ///< a key without the scope, or a guarded call (403)
  kNotFound,      ///< the thing named does not exist (404)
  kConflict,      ///< the thing named exists already, or is in another state (409)
  kUnsupported,   ///< well-formed, but a feature we do not have (422)
  kIo,            ///< a file or socket refused (set-up errors, exit code 2)
  kUnavailable,   ///< no room for it now (503)
  kTimeout,       ///< another server did not answer in time, or we stop before it does (504)
  kBusy,          ///< as much of it as there may be is under way already (429)
};

/// A caller's mistake: what is wrong, where, and what was expected.
struct Error {
  ErrorCode code = ErrorCode::kInvalid;
  std::string message;
  std::string pointer;  ///< RFC 6901 JSON Pointer into the input, "" when the whole input is meant
};

/// Either a value or an `Error`. Accessing the wrong side is a bug and aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(*-explicit-*)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(*-explicit-*)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& { QM_CHECK(ok(), "Result holds an error"); return std::get<0>(state_); }
  T& value() & { QM_CHECK(ok(), "Result holds an error"); return std::get<0>(state_); }
  T&& value() && { QM_CHECK(ok(), "Result holds an error"); return std::get<0>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const Error& error() const& { QM_CHECK(!ok(), "Result holds a value"); return std::get<1>(state_); }
  Error&& error() && { QM_CHECK(!ok(), "Result holds a value"); return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

/// The outcome of an action without a value.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(*-explicit-*)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { QM_CHECK(!ok(), "Result holds no error"); return *error_; }
  Error&& error() && { QM_CHECK(!ok(), "Result holds no error"); return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace qamera
