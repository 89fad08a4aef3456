#pragma once

#include <atomic>
#include <memory>

namespace qamera {

/// A value that is made when first asked for. Thread-safe without a lock: of several that make it at once, one's is
/// kept.
template <typename T>
class Lazy {
 public:
  Lazy() = default;
  Lazy(const Lazy&) = delete;
  Lazy& operator=(const Lazy&) = delete;
  ~Lazy() { delete made_.load(std::memory_order_acquire); }

  /// Null while nobody has asked for it.
  const T* peek() const { return made_.load(std::memory_order_acquire); }

  template <typename Make>
  const T& get(const Make& make) const {
    if (const T* made = made_.load(std::memory_order_acquire)) return *made;
    auto fresh = std::make_unique<const T>(make());
    const T* earlier = nullptr;
    if (made_.compare_exchange_strong(earlier, fresh.get(), std::memory_order_acq_rel)) return *fresh.release();
    return *earlier;
  }

 private:
  mutable std::atomic<const T*> made_{nullptr};
};

}  // namespace qamera
