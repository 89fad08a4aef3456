#include "journal/recorder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace qamera::journal {
namespace {

/// CAN: "disregard the data before it". No JSON text holds it unescaped, so readers tell a closed torn line by
/// it.
constexpr std::string_view kCloseTornLine = "\x18\n";

std::string reason_of(int error) { return std::error_code(error, std::generic_category()).message(); }

/// Whether a regular file ends in the middle of a line.
bool ends_torn(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return false;
  char last = '\n';
  return ::pread(descriptor, &last, 1, status.st_size - 1) == 1 && last != '\n';
}

}  // namespace

Recorder::Recorder(std::string path, int descriptor, OnNews on_news)
    : path_(std::move(path)), descriptor_(descriptor), on_news_(std::move(on_news)) {}

Recorder::~Recorder() { ::close(descriptor_); }

Result<std::unique_ptr<Recorder>> Recorder::open(const std::string& path, OnNews on_news) {
  // Never waits: a pipe without a reader is refused, and one that nobody empties loses lines, which are counted.
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);
  if (descriptor < 0) {
    return Error{ErrorCode::kIo, "cannot open recording " + path + ": " + reason_of(errno), ""};
  }
  std::unique_ptr<Recorder> recorder(new Recorder(path, descriptor, std::move(on_news)));
  // Reading is wanted for the torn line only: a write-only file is a good recording too.
  const int reader = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (reader < 0) return recorder;
  if (ends_torn(reader)) recorder->unfinished_ = kCloseTornLine;
  ::close(reader);
  return recorder;
}

void Recorder::write(std::string_view line) {
  if (!unfinished_.empty()) {
    const std::string rest = std::exchange(unfinished_, {});
    const int error = write_all(rest);
    if (error != 0) {
      if (unfinished_.empty()) unfinished_ = rest;
      return report(error, 0, 1);
    }
    // It was counted as lost when it broke off.
    if (unfinished_is_line_) report(0, 1, -1);
  }
  const int error = write_all(line);
  unfinished_is_line_ = true;
  report(error, error == 0 ? 1 : 0, error == 0 ? 0 : 1);
}

int Recorder::write_all(std::string_view text) {
  const std::size_t whole = text.size();
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (text.size() < whole) unfinished_ = text;
      return written < 0 ? errno : EIO;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

void Recorder::report(int error, std::uint64_t written, std::int64_t lost) {
  bool changed = false;
  std::uint64_t lost_so_far = 0;
  {
    const std::lock_guard lock(mutex_);
    counters_.lines += written;
    counters_.lost += static_cast<std::uint64_t>(lost);
    changed = counters_.failing != (error != 0);
    counters_.failing = error != 0;
    counters_.unfinished = !unfinished_.empty() && unfinished_is_line_;
    lost_so_far = counters_.lost;
  }
  if (!changed || !on_news_) return;
  if (error != 0)
    on_news_({true, "cannot write recording " + path_ + ": " + reason_of(error), lost_so_far});
  else
    on_news_({false, "recording " + path_ + " works again", lost_so_far});
}

Recorder::Counters Recorder::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace qamera::journal
