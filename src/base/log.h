#pragma once

#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>

#include "base/names.h"
#include "base/time.h"

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
  };
  explicit Log(Options options, const TimeSource& time = system_time()) : options_(options), time_(time) {}

  bool writes(LogLevel level) const { return level >= options_.min_level; }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const;

 private:
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const;
  void put(std::string_view line) const noexcept;

  Options options_;
  const TimeSource& time_;
  mutable std::mutex mutex_;
};

}  // namespace qamera
