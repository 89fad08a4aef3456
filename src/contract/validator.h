#pragma once

#include <memory>
#include <string>

#include "base/json.h"

namespace qamera::contract {

/// A compiled JSON Schema. Thread-safe once built. The validating library is seen by `validator.cpp` alone.
class Validator {
 public:
  /// `schema` is one of ours: one that does not compile is a bug and stops the process.
  explicit Validator(const Json& schema);
  ~Validator();
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  bool accepts(const Json& document) const;

  /// JSON Pointer to the deepest value that the library complains about, "" for the root. Slow: for refusals only.
  std::string fault_pointer(const Json& document) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace qamera::contract
