#include "base/log.h"

#include <unistd.h>

#include <cerrno>
#include <new>

#include "base/json.h"
#include "base/text.h"

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

std::string text_line(Instant at, LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = format_instant(at);
  line.append(" ").append(name_of(level)).append(" ");
  line += printable(message);
  for (const LogField& field : fields) {
    line.append(" ").append(field.name).append("=");
    line += printable(field.value);
  }
  return line + "\n";
}

}  // namespace

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
  try {
    put(options_.format == LogFormat::kJson ? json_line(at, level, message, fields)
                                            : text_line(at, level, message, fields));
  } catch (const std::bad_alloc&) {
    // What is logged has happened: those who log go on.
    put(options_.format == LogFormat::kJson ? R"({"level":"error","message":"out of memory: a line is missing here"})"
                                              "\n"
                                            : "error out of memory: a line is missing here\n");
  }
}

void Log::put(std::string_view line) const noexcept {
  const std::lock_guard lock(mutex_);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(options_.descriptor, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    // A log that cannot be written has nowhere to say so; serving goes on.
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace qamera
