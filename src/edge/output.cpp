#include "edge/output.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <utility>

namespace qamera::edge {
namespace {

constexpr std::size_t kJoined = 16u << 10;
constexpr std::size_t kBlocksAtOnce = 16;

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // SO_NOSIGPIPE is set on the socket instead
#endif

}  // namespace

bool Output::joins_last(std::size_t size) const {
  return blocks_.size() > first_ && !blocks_.back().shared && blocks_.back().own.size() + size <= kJoined;
}

void Output::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (!joins_last(bytes.size())) blocks_.emplace_back();
  blocks_.back().own.append(bytes);
  size_ += bytes.size();
}

void Output::append(std::string&& bytes) {
  if (bytes.empty()) return;
  if (joins_last(bytes.size())) return append(std::string_view(bytes));
  size_ += bytes.size();
  blocks_.push_back({std::move(bytes)});
}

void Output::append(std::shared_ptr<const std::string> bytes) {
  if (bytes->empty()) return;
  size_ += bytes->size();
  blocks_.push_back({{}, std::move(bytes)});
}

Output::Flush Output::flush(int descriptor, std::size_t& sent) {
  sent = 0;
  while (size_ > 0) {
    std::array<iovec, kBlocksAtOnce> pieces;
    std::size_t count = 0;
    for (std::size_t i = first_; i < blocks_.size() && count < pieces.size(); ++i, ++count) {
      const std::size_t skip = i == first_ ? offset_ : 0;
      const std::string_view bytes = blocks_[i].view().substr(skip);
      // sendmsg only reads.
      pieces[count] = {const_cast<char*>(bytes.data()), bytes.size()};
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
    const ssize_t written = ::sendmsg(descriptor, &message, kNoSignal);
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Flush::kBlocked : Flush::kFailed;
    }
    sent += static_cast<std::size_t>(written);
    drop(static_cast<std::size_t>(written));
  }
  return Flush::kDone;
}

void Output::drop(std::size_t count) {
  size_ -= count;
  if (size_ == 0) {
    // An idle connection holds no buffer: a fresh one is more likely in the processor's cache.
    blocks_.clear();
    first_ = offset_ = 0;
    return;
  }
  offset_ += count;
  while (offset_ >= blocks_[first_].view().size()) {
    offset_ -= blocks_[first_].view().size();
    blocks_[first_] = Block();
    ++first_;
  }
}

}  // namespace qamera::edge
