#pragma once

#include <initializer_list>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/names.h"
#include "base/time.h"
#include "system/terminal.h"

namespace qamera {

enum class LogFormat { kText, kJson };
enum class LogLevel { kInfo, kWarning, kError };
constexpr auto names_of(LogLevel) { return enum_names("info", "warning", "error"); }

struct LogField {
  std::string_view name;
  std::string_view value;
};

/// One line an event on stderr. Thread-safe: each line is written whole. Never given an API key. Never fails: a line
/// that there is no memory for is replaced by one that says so.
class Log {
 public:
  struct Options {
    LogFormat format = LogFormat::kText;
    LogLevel min_level = LogLevel::kInfo;
    int descriptor = 2;
    bool color = false;
  };
  explicit Log(Options options, const TimeSource& time = system_time())
      : options_(options), is_terminal_(is_terminal(options.descriptor)), time_(time) {}

  bool writes(LogLevel level) const { return level >= options_.min_level; }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  /// A warning that may be due again and again: the first about a thing. Silent once it has told of a thousand.
  void warning_once(std::string about, std::string_view message, std::initializer_list<LogField> fields = {}) const;

  // For lines of another shape than `text key=value`.

  LogFormat format() const { return options_.format; }
  Colors colors() const { return qamera::colors(options_.color); }
  std::size_t columns() const { return is_terminal_ ? terminal_columns(options_.descriptor) : 0; }
  /// `12:00:00.000Z` on a terminal, else with the date.
  std::string shown_time(Instant wall) const;
  /// Writes what `make` returns, which ends in a newline.
  template <typename Make>
  void write_line(Make make) const {
    try {
      put(make());
    } catch (const std::bad_alloc&) {
      put_missing();
    }
  }

 private:
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const;
  std::string text_line(Instant at, LogLevel level, std::string_view message,
                        std::initializer_list<LogField> fields) const;
  void put(std::string_view line) const noexcept;
  void put_missing() const noexcept;

  Options options_;
  const bool is_terminal_;
  const TimeSource& time_;
  mutable std::mutex mutex_;
  mutable std::size_t lost_ = 0;  // guarded by mutex_; lines that nobody read, since it was last said
  mutable bool is_cut_ = false;   // guarded by mutex_; the last line written lacks its end
  mutable std::mutex told_mutex_;
  mutable std::unordered_set<std::string> told_;  // guarded by told_mutex_
};

}  // namespace qamera
