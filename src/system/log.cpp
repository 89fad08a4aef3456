#include "system/log.h"

#include <cstdio>
#include <new>

#include "base/json.h"
#include "base/text.h"
#include "system/output.h"

namespace qamera {
namespace {

std::string json_line(Instant at, LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = "{\"time\":\"" + format_instant(at) + "\",\"level\":\"";
  line.append(name_of(level)).append("\",\"message\":");
  append_json_string(line, message);
  for (const LogField& field : fields) {
    line.push_back(',');
    append_json_string(line, field.name);
    line.push_back(':');
    append_json_string(line, field.value);
  }
  return line + "}\n";
}

}  // namespace

std::string Log::text_line(Instant at, LogLevel level, std::string_view message,
                           std::initializer_list<LogField> fields) const {
  const Colors shown = colors();
  std::string line;
  line.append(shown.faint).append(shown_time(at)).append(shown.off).append(" ");
  line.append(level == LogLevel::kInfo ? std::string_view() : level == LogLevel::kWarning ? shown.odd : shown.bad);
  line.append(name_of(level)).append(level == LogLevel::kInfo ? std::string_view() : shown.off).append(" ");
  line += printable(message);
  for (const LogField& field : fields) {
    line.append(" ").append(shown.faint).append(field.name).append("=").append(shown.off);
    line += printable(field.value);
  }
  return line + "\n";
}

std::string Log::shown_time(Instant wall) const {
  std::string shown = format_instant(wall);
  if (is_terminal_) shown.erase(0, shown.find('T') + 1);
  return shown;
}

void Log::warning_once(std::string about, std::string_view message, std::initializer_list<LogField> fields) const {
  constexpr std::size_t kMostTold = 1000;
  {
    const std::lock_guard lock(told_mutex_);
    if (told_.size() >= kMostTold || !told_.insert(std::move(about)).second) return;
  }
  warning(message, fields);
}

void Log::info(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kInfo, message, fields);
}
void Log::warning(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kWarning, message, fields);
}
void Log::error(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kError, message, fields);
}

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const {
  if (!writes(level)) return;
  const Instant at = time_.wall();
  write_line([&] {
    return options_.format == LogFormat::kJson ? json_line(at, level, message, fields)
                                               : text_line(at, level, message, fields);
  });
}

void Log::put_missing() const noexcept {
  // What is logged has happened: those who log go on.
  put(options_.format == LogFormat::kJson ? R"({"level":"error","message":"out of memory: a line is missing here"})"
                                            "\n"
                                          : "error out of memory: a line is missing here\n");
}

void Log::put(std::string_view line) const noexcept {
  // Those who log serve thousands of others: what nobody reads now is lost, and counted.
  constexpr int kNoWait = 0;
  const std::lock_guard lock(mutex_);
  if (lost_ > 0) {
    char told[128];
    const int length =
        std::snprintf(told, sizeof told,
                      options_.format == LogFormat::kJson
                          ? "%s{\"level\":\"warning\",\"message\":\"%zu lines lost: nobody read the log\"}\n"
                          : "%swarning %zu lines lost: nobody read the log\n",
                      is_cut_ ? "\n" : "", lost_);
    const std::string_view text(told, static_cast<std::size_t>(length));
    if (write_within(options_.descriptor, text, kNoWait) < text.size()) {
      ++lost_;
      return;
    }
    lost_ = 0;
  }
  const std::size_t written = write_within(options_.descriptor, line, kNoWait);
  is_cut_ = written > 0 && written < line.size();
  if (written < line.size()) ++lost_;
}

}  // namespace qamera
