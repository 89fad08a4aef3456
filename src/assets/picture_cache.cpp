#include "assets/picture_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace qamera::assets {
namespace {

constexpr std::size_t kMost = std::size_t{32} << 20;

}  // namespace

PictureCache::PictureCache(MemoryBudgetPtr budget)
    : budget_(std::move(budget)), limit_(std::min(kMost, budget_->limit() / 16)), share_(budget_) {}

std::optional<Asset> PictureCache::find(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) return std::nullopt;
  kept_.splice(kept_.begin(), kept_, known->second);
  return known->second->asset;
}

void PictureCache::keep(std::string key, Asset asset) {
  List gone, fresh;  // what goes is destroyed after the lock
  fresh.push_back({std::move(key), std::move(asset)});
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(fresh.front().key)) return;
  by_key_.emplace(fresh.front().key, fresh.begin());
  bytes_ += fresh.front().bytes();
  kept_.splice(kept_.begin(), fresh);
  share_.set(bytes_);
  const std::size_t bound = budget_->is_exceeded() ? 0 : limit_;
  while (bytes_ > bound) drop_last_locked(gone);
  share_.set(bytes_);
}

void PictureCache::drop_last_locked(List& gone) {
  by_key_.erase(kept_.back().key);
  bytes_ -= kept_.back().bytes();
  gone.splice(gone.begin(), kept_, std::prev(kept_.end()));
}

}  // namespace qamera::assets
