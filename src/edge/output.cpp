#include "edge/output.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace qamera::edge {
namespace {

constexpr std::size_t kJoined = 16 * 1024;
constexpr std::size_t kKeptCapacity = 4 * 1024;  // an idle connection holds no more than this
constexpr std::size_t kBlocksAtOnce = 16;

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // SO_NOSIGPIPE is set on the socket instead
#endif

}  // namespace

void Output::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (blocks_.size() == first_ || blocks_.back().size() + bytes.size() > kJoined) blocks_.emplace_back();
  blocks_.back().append(bytes);
  size_ += bytes.size();
}

void Output::append(std::string&& bytes) {
  if (bytes.empty()) return;
  if (blocks_.size() > first_ && blocks_.back().size() + bytes.size() <= kJoined) {
    append(std::string_view(bytes));
    return;
  }
  size_ += bytes.size();
  blocks_.push_back(std::move(bytes));
}

Output::Flush Output::flush(int descriptor, std::size_t& sent) {
  sent = 0;
  while (size_ > 0) {
    std::array<iovec, kBlocksAtOnce> pieces;
    std::size_t count = 0;
    for (std::size_t i = first_; i < blocks_.size() && count < pieces.size(); ++i, ++count) {
      const std::size_t skip = i == first_ ? offset_ : 0;
      pieces[count] = {blocks_[i].data() + skip, blocks_[i].size() - skip};
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
    blocks_.resize(std::min<std::size_t>(blocks_.size(), 1));
    blocks_.front().clear();
    if (blocks_.front().capacity() > kKeptCapacity) blocks_.clear();
    first_ = offset_ = 0;
    return;
  }
  offset_ += count;
  while (offset_ >= blocks_[first_].size()) {
    offset_ -= blocks_[first_].size();
    std::string().swap(blocks_[first_]);
    ++first_;
  }
}

}  // namespace qamera::edge
