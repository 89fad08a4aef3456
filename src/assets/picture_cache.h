#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/memory_budget.h"

namespace qamera::assets {

/// Bytes to be served, and the strong ETag that tells them from others.
struct Asset {
  std::shared_ptr<const std::string> bytes;
  std::string etag;
};

/// Pictures that were asked for lately, since one takes thousands of times longer to draw than to send. Holds at most
/// 32 MiB or a sixteenth of the memory budget, counts in that, and lets go of all where it is exceeded. Thread-safe.
class PictureCache {
 public:
  explicit PictureCache(MemoryBudgetPtr budget);

  std::optional<Asset> find(std::string_view key);
  void keep(std::string key, Asset asset);

 private:
  struct Kept {
    std::string key;
    Asset asset;
    std::size_t bytes() const { return kOverhead + key.size() + asset.bytes->size(); }
  };
  using List = std::list<Kept>;
  static constexpr std::size_t kOverhead = 256;
  void drop_last_locked(List& gone);

  const MemoryBudgetPtr budget_;
  const std::size_t limit_;
  std::mutex mutex_;
  List kept_;                                                    // guarded by mutex_; the latest first
  std::unordered_map<std::string_view, List::iterator> by_key_;  // guarded by mutex_; views into Kept::key
  std::size_t bytes_ = 0;                                        // guarded by mutex_
  MemoryShare share_;
};

}  // namespace qamera::assets
