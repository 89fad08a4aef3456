#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/hash.h"

namespace qamera::api {

/// Why a workspace had to go for others.
enum class DropCause : std::uint8_t { kNothing, kNumber, kMemory };

/// For `X-Qamera-Mock-Reason`: that the key's earlier workspace went, and why. "" for nothing.
constexpr std::string_view described(DropCause cause) {
  if (cause == DropCause::kNothing) return "";
  return cause == DropCause::kMemory ? "this key's earlier workspace was dropped for memory (--max-memory)"
                                     : "this key's earlier workspace was dropped for number (--max-workspaces)";
}

/// The keys whose workspaces were dropped, so that the next request of one can be told why its records are gone. As
/// hashes, and the latest only: a key is a client's text, and there is no end of them. Not thread-safe.
class DroppedKeys {
 public:
  static constexpr std::size_t kMost = 10'000;

  /// REQUIRES: `cause` is something.
  void add(std::string_view key, DropCause cause) {
    const std::uint64_t hash = fnv1a(key);
    if (causes_.insert_or_assign(hash, cause).second) order_.push_back(hash);
    if (order_.size() <= kMost) return;
    causes_.erase(order_.front());
    order_.pop_front();
  }
  /// Why the key's workspace was dropped; told once.
  DropCause take(std::string_view key) {
    const auto found = causes_.find(fnv1a(key));
    if (found == causes_.end()) return DropCause::kNothing;
    return std::exchange(found->second, DropCause::kNothing);
  }

 private:
  std::unordered_map<std::uint64_t, DropCause> causes_;
  std::deque<std::uint64_t> order_;  ///< of `causes_`, oldest first
};

}  // namespace qamera::api
