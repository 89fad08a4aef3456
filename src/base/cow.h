#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace qamera {

/// A value that its copies share until one of them changes it: a copy costs a count, and the change one copy of the
/// value. A standard shared pointer will not do, since what it tells of its owners orders no memory: the last owner
/// could write while another thread still reads. One object is for one thread at a time, as a standard container is;
/// copies may be in different threads.
template <typename T>
class Cow {
 public:
  Cow() = default;
  explicit Cow(T value) : node_(new Node{std::move(value)}) {}
  Cow(const Cow& other) noexcept : node_(other.node_) {
    if (node_) node_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  Cow(Cow&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Cow& operator=(Cow other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Cow() {
    if (node_ && node_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete node_;
  }

  /// Whether there is a value.
  explicit operator bool() const { return node_ != nullptr; }
  /// REQUIRES: there is a value.
  const T& operator*() const { return node_->value; }
  const T* operator->() const { return &node_->value; }
  /// The value for changing, no longer shared; a new one when there is none. Valid until this is copied.
  T& edit() {
    if (!node_)
      node_ = new Node{T()};
    else if (node_->owners.load(std::memory_order_acquire) != 1)
      *this = Cow(T(node_->value));
    return node_->value;
  }
  bool shares_with(const Cow& other) const { return node_ == other.node_; }

 private:
  struct Node {
    T value;
    std::atomic<std::size_t> owners{1};
  };
  Node* node_ = nullptr;
};

/// A vector whose copies share elements, in chunks of about 2 KiB: a copy costs a count whatever its size, a change
/// copies a chunk where that is shared. It never moves its elements as it grows, so no call takes long.
template <typename T>
class CowVector {
 public:
  static constexpr std::size_t kChunk = std::bit_floor(std::max<std::size_t>(1, 2048 / sizeof(T)));

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    Iterator() = default;
    Iterator(const CowVector* list, std::size_t index) : list_(list), index_(index) {}
    const T& operator*() const { return (*list_)[index_]; }
    const T* operator->() const { return &(*list_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) { return {list_, index_++}; }
    bool operator==(const Iterator&) const = default;

   private:
    const CowVector* list_ = nullptr;
    std::size_t index_ = 0;
  };

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](std::size_t index) const { return (*(*chunks_)[index / kChunk])[index % kChunk]; }
  const T& front() const { return (*this)[0]; }
  const T& back() const { return (*this)[size_ - 1]; }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size_}; }

  /// The element for changing. Valid until this is copied, or the next change.
  T& edit(std::size_t index) { return chunks_.edit()[index / kChunk].edit()[index % kChunk]; }
  void push_back(T value) {
    auto& chunks = chunks_.edit();
    if (chunks.size() * kChunk == size_) chunks.emplace_back();  // made where it is first edited
    chunks.back().edit()[size_ % kChunk] = std::move(value);
    ++size_;
  }
  void pop_back() {
    edit(size_ - 1) = T();
    if (--size_ % kChunk == 0) chunks_.edit().pop_back();
  }
  /// Grows to `size` elements; those added are `T()`, and share one chunk until they change.
  void grow(std::size_t size) {
    if (size <= size_) return;
    auto& chunks = chunks_.edit();
    const std::size_t needed = (size + kChunk - 1) / kChunk;
    if (chunks.size() < needed) chunks.resize(needed, Cow<Chunk>(Chunk{}));
    size_ = size;
  }

  /// How many chunks there are, and whether one is that of `other`.
  std::size_t chunks() const { return chunks_ ? chunks_->size() : 0; }
  bool shares_chunk(std::size_t chunk, const CowVector& other) const {
    return chunk < other.chunks() && (*chunks_)[chunk].shares_with((*other.chunks_)[chunk]);
  }
  bool shares_all(const CowVector& other) const { return chunks_.shares_with(other.chunks_); }

 private:
  using Chunk = std::array<T, kChunk>;

  Cow<std::vector<Cow<Chunk>>> chunks_;  ///< the last may have room, in which all is `T()`
  std::size_t size_ = 0;
};

}  // namespace qamera
