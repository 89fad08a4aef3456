#pragma once

#include <memory>

#include "base/json.h"

namespace qamera::contract {

/// valijson's verdict on documents, to hold ours against. Its numbers end at 2^63.
class Oracle {
 public:
  explicit Oracle(const Json& schema);
  ~Oracle();

  bool accepts(const Json& document) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace qamera::contract
