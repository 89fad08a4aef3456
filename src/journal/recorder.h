#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qamera::journal {

/// A recording that started or stopped failing. Told once per change, from the thread that wrote.
struct RecorderNews {
  bool failing = false;
  std::string message;           ///< "cannot write recording out.ndjson: No space left on device"
  std::uint64_t lines_lost = 0;  ///< so far
};

/// The journal on disk, for when the process is gone or the journal too small. Appends NDJSON lines to a file, one
/// write(2) each (O_APPEND), so that killing the process loses no line whose `write` has returned. Errors never stop
/// the caller: they are counted, told once per change, and the next line tries again. A line that was written in part
/// is completed first; lines in between are lost and counted. Not thread-safe by itself but for the counters: the
/// journal orders the writes.
class Recorder {
 public:
  using OnNews = std::function<void(const RecorderNews&)>;

  /// Opens the file, or creates it for its owner alone (0600). kIo names the file and the reason. A torn last line left
  /// by an earlier process is closed with CAN (0x18) and a newline, which readers skip with a warning.
  static Result<std::unique_ptr<Recorder>> open(const std::string& path, OnNews on_news);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// `line` ends in a newline and has no other.
  void write(std::string_view line);
  /// Counts a line that could not be made, for `error` (an errno).
  void lose(int error) { report(error, 0, 1); }

  struct Counters {
    std::uint64_t lines = 0;  ///< written whole
    std::uint64_t lost = 0;   ///< not written, or not to the end
    bool failing = false;
    bool unfinished = false;  ///< the latest of the lost was written in part, and may be completed yet
    /// Unlike `lost` this never falls.
    std::uint64_t lost_for_good() const { return lost - (unfinished ? 1 : 0); }
  };
  Counters counters() const;
  const std::string& path() const { return path_; }

 private:
  Recorder(std::string path, int descriptor, OnNews on_news);
  /// Writes all of `text`; what could not be written of it goes to `unfinished_`. 0 or errno.
  int write_all(std::string_view text);
  void report(int error, std::uint64_t written, std::int64_t lost);

  std::string path_;
  int descriptor_;
  OnNews on_news_;
  std::string unfinished_;           ///< the rest of a line that was written in part, at most one line
  bool unfinished_is_line_ = false;  ///< not the closing of an earlier process's line
  mutable std::mutex mutex_;
  Counters counters_;  ///< guarded by mutex_
};

}  // namespace qamera::journal
