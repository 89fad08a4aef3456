#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "edge/output.h"
#include "edge/transmission.h"

namespace qamera::edge {

/// A transmission under way: says which bytes are due and when the next ones are. It stands between what a reply should
/// look like in time and the socket that takes what it likes, and knows neither socket nor clock: its tests are tables
/// of instants and bytes. Not thread-safe.
class Playback {
 public:
  Playback(Transmission transmission, MonotonicTime now);

  /// Moves what is due at `now` to `out`.
  void release(MonotonicTime now, Output& out);
  /// When `release` has more to give, or nothing once all segments are released and the delay is over.
  std::optional<MonotonicTime> next_due() const;
  bool finished() const { return !next_due().has_value(); }

  /// After the socket was full: what could not leave meanwhile is not made up for in a burst.
  void resume(MonotonicTime now);

  /// Appends a piece of the stream, in chunked coding where that was chosen.
  void append_stream(std::string bytes, MonotonicTime now);
  /// Appends what ends the stream's body.
  void finish_stream(MonotonicTime now);
  /// No more comes, and the client shall see that something is missing: the connection ends in place of the body.
  void break_stream();

  bool stream_follows() const { return transmission_.stream_follows; }
  End end() const { return transmission_.end; }

 private:
  void append(std::string bytes, MonotonicTime now);

  Transmission transmission_;
  std::size_t segment_ = 0;
  std::size_t offset_ = 0;  ///< released bytes of the present segment
  bool delayed_;
  MonotonicTime due_;
};

}  // namespace qamera::edge
