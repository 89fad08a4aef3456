#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qamera::edge {

/// Bytes on their way to a socket that may be full. Small pieces are joined, so that a head and a small body leave in
/// one segment; a listing that many replies share is sent from where it stands, since copying megabytes for each reply
/// would cost more than all the rest of it. Unbounded: whoever appends looks at `size` first. Not thread-safe.
class Output {
 public:
  enum class Flush {
    kDone,     ///< everything was taken by the socket
    kBlocked,  ///< the socket is full
    kFailed,   ///< the connection is gone
  };

  void append(std::string_view bytes);
  void append(std::string&& bytes);
  /// Sent from where it stands; not null.
  void append(std::shared_ptr<const std::string> bytes);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Sends as much as the socket takes, without waiting and without SIGPIPE. `sent` counts the bytes.
  Flush flush(int descriptor, std::size_t& sent);

 private:
  struct Block {
    std::string own;
    std::shared_ptr<const std::string> shared{};  ///< in place of `own`
    std::string_view view() const { return shared ? std::string_view(*shared) : std::string_view(own); }
  };

  /// Whether so many bytes more may join the last block.
  bool joins_last(std::size_t size) const;
  void drop(std::size_t count);

  std::vector<Block> blocks_;
  std::size_t first_ = 0;   ///< blocks before this one are sent
  std::size_t offset_ = 0;  ///< bytes of the first one that are sent
  std::size_t size_ = 0;
};

}  // namespace qamera::edge
