#pragma once

#include <utility>

namespace qamera {

/// A member that copies of its owner begin without: what the original has counted is not theirs. Moves take it along.
template <typename T>
struct Uncopied {
  Uncopied() = default;
  Uncopied(const Uncopied&) {}
  Uncopied(Uncopied&& other) noexcept : value(std::exchange(other.value, T{})) {}
  Uncopied& operator=(const Uncopied& other) {
    if (this != &other) value = T{};
    return *this;
  }
  Uncopied& operator=(Uncopied&& other) noexcept {
    value = std::exchange(other.value, T{});
    return *this;
  }
  ~Uncopied() = default;

  T value{};
};

}  // namespace qamera
