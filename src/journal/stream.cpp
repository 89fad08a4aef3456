#include "journal/stream.h"

#include <algorithm>

namespace qamera::journal {

ReplyStream::State PieceStream::read(std::string& out, std::size_t limit) {
  std::size_t room = std::max<std::size_t>(limit, 1);
  bool gave = false;
  while (room > 0) {
    if (sent_ == pending_.size()) {
      pending_.clear();
      sent_ = 0;
      const State state = next_piece(pending_);
      // Bytes first: an idle or ended stream says so when asked again.
      if (state != State::kMore) return gave ? State::kMore : state;
    }
    const std::size_t count = std::min(room, pending_.size() - sent_);
    out.append(pending_, sent_, count);
    sent_ += count;
    room -= count;
    gave = gave || count > 0;
  }
  return State::kMore;
}

}  // namespace qamera::journal
