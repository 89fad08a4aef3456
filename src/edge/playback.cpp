#include "edge/playback.h"

#include <algorithm>
#include <utility>

namespace qamera::edge {

Playback::Playback(Transmission transmission, MonotonicTime now)
    : transmission_(std::move(transmission)),
      delayed_(transmission_.delay > Duration::zero()),
      due_(now + transmission_.delay) {}

void Playback::release(MonotonicTime now, Output& out) {
  if (now < due_) return;
  delayed_ = false;
  while (segment_ < transmission_.segments.size()) {
    Segment& segment = transmission_.segments[segment_];
    if (segment.pace.immediate()) {
      if (segment.shared)
        out.append(std::move(segment.shared));
      else
        out.append(std::move(segment.bytes));
    } else {
      if (now < due_) return;
      const std::string_view bytes = segment.view();
      const std::size_t size = std::min(segment.pace.step, bytes.size() - offset_);
      out.append(bytes.substr(offset_, size));
      offset_ += size;
      due_ += segment.pace.every;
      if (offset_ < bytes.size()) continue;
    }
    ++segment_;
    offset_ = 0;
  }
}

std::optional<MonotonicTime> Playback::next_due() const {
  if (!delayed_ && segment_ == transmission_.segments.size()) return std::nullopt;
  return due_;
}

void Playback::resume(MonotonicTime now) { due_ = std::max(due_, now); }

void Playback::append_stream(std::string bytes, MonotonicTime now) {
  append(transmission_.stream_chunked ? encode_chunk(std::move(bytes)) : std::move(bytes), now);
}

void Playback::finish_stream(MonotonicTime now) {
  transmission_.stream_follows = false;
  if (transmission_.stream_chunked) append(std::string(kLastChunk), now);
}

void Playback::break_stream() {
  transmission_.stream_follows = false;
  // Without chunks the connection's end is the body's: only a reset tells the two apart.
  transmission_.end = transmission_.stream_chunked ? End::kClose : End::kReset;
}

void Playback::append(std::string bytes, MonotonicTime now) {
  if (bytes.empty()) return;
  if (finished()) {
    transmission_.segments.clear();
    segment_ = 0;
    // A stream that was idle does not save up its rate.
    resume(now);
  }
  transmission_.segments.push_back({std::move(bytes), transmission_.stream_pace});
}

}  // namespace qamera::edge
