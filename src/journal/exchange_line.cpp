#include "journal/exchange_line.h"

#include <algorithm>

#include "base/text.h"

namespace qamera::journal {
namespace {

// The columns, as wide as their usual texts: POST, register-videos' path, registerPackshots.
constexpr std::size_t kMethod = 4, kTarget = 42, kOperation = 17;
/// What a narrow terminal leaves of a target at least, and a wide one at most.
constexpr std::size_t kLeastTarget = 28, kMostTarget = 80;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

void append_column(std::string& line, std::string_view text, std::size_t width) {
  line.append(text);
  const auto inner = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_continuation));
  line.append(text.size() - inner < width ? width - (text.size() - inner) : 0, ' ').push_back(' ');
}

/// `/api/external/...ister-ideas`.
std::string cut_in_the_middle(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  const std::size_t kept = width - 3;
  std::string_view end = text.substr(text.size() - kept / 2);
  while (!end.empty() && is_continuation(end.front())) end.remove_prefix(1);
  return std::string(text.substr(0, whole_characters(text, kept - kept / 2))).append("...").append(end);
}

std::string_view color_of(int status, const Colors& colors) {
  return status < 300 ? colors.good : status < 500 ? colors.odd : colors.bad;
}

Json reply_of(const Entry& entry) {
  if (entry.response_body.truncated()) return Json::object();
  auto body = parse_json(entry.response_body.content());
  return body && body->is_object() ? *std::move(body) : Json::object();
}

/// Whether the error's text says what the reason does: "credits: required: 30" in "... Required: 30 ...".
bool tells(std::string_view error, std::string_view reason) {
  const auto colon = reason.find(": ");
  const std::string_view why = colon == std::string_view::npos ? reason : reason.substr(colon + 2);
  return std::search(error.begin(), error.end(), why.begin(), why.end(), [](char a, char b) {
           return equal_ignoring_case({&a, 1}, {&b, 1});
         }) != error.end();
}

/// The error's text, or what was reserved; and the reason, where it adds something.
void append_note(std::string& line, const Entry& entry, const Colors& colors) {
  // What the reply says was not read by the client, and may not have come about either.
  std::string note = entry.fault.empty() ? error_of(entry) : "fault " + entry.fault;
  const bool is_registration = entry.operation.starts_with("register") && entry.status < 300;
  if (is_registration && entry.fault.empty()) {
    const Json reserved = reply_of(entry).value("creditsReserved", Json());
    if (reserved.is_number_integer()) note = counted(reserved.get<std::uint64_t>(), "credit") + " reserved";
  }
  const std::string_view color =
      note.empty() || entry.status < 300 ? std::string_view() : color_of(entry.status, colors);
  line.append(color).append(printable(note)).append(color.empty() ? "" : colors.off);
  if (entry.reason.empty() || entry.reason == "ok" || tells(note, entry.reason)) return;
  const std::string why = printable(entry.reason);
  line.append(colors.faint).append(note.empty() ? why : " (" + why + ")").append(colors.off);
}

void append_findings(std::string& line, const Entry& entry, const LineParts& parts, const Colors& colors) {
  std::size_t told = 0;
  for (const Finding& finding : entry.findings) {
    if (!parts.excess && finding.kind == finding_kind::kRateLimitExceeded) continue;
    if (++told > kMostFindingsTold) continue;
    line.append("\n  ").append(colors.odd).append("finding ").append(printable(finding.kind)).append(colors.off);
    if (!finding.pointer.empty()) line.append(" ").append(printable(finding.pointer));
    line.append(": ").append(printable(finding.message));
  }
  if (told > kMostFindingsTold) {
    line.append("\n  and ").append(counted(told - kMostFindingsTold, "finding")).append(" more");
  }
}

}  // namespace

std::string error_of(const Entry& entry) {
  if (entry.status < 300) return {};
  const Json reply = reply_of(entry);
  const auto error = reply.find("error");
  return error != reply.end() && error->is_string() ? error->get<std::string>() : std::string();
}

std::string exchange_line(const Entry& entry, const LineParts& parts, const LineStyle& style) {
  const Colors& colors = style.colors;
  std::string line;
  line.append(colors.faint).append(parts.time).append(colors.off).append(" ");
  append_column(line, printable(entry.method), kMethod);
  std::string target = printable(entry.target);
  std::size_t width = kTarget;
  if (style.columns > 0) {
    constexpr std::size_t kStatus = 3, kBlanks = 6, kNote = 30;
    const std::size_t others =
        parts.time.size() + kMethod + kStatus + kOperation + parts.account.size() + kBlanks + kNote;
    const std::size_t room = style.columns - std::min(style.columns, others);
    width = std::clamp(room, kLeastTarget, kMostTarget);
    target = cut_in_the_middle(target, width);
  }
  append_column(line, target, width);
  line.append(color_of(entry.status, colors)).append(std::to_string(entry.status)).append(colors.off).append(" ");
  append_column(line, entry.operation.empty() ? "-" : printable(entry.operation), kOperation);
  line.append(colors.faint).append(parts.account).append(colors.off).append("  ");
  append_note(line, entry, colors);
  while (line.ends_with(' ')) line.pop_back();
  append_findings(line, entry, parts, colors);
  return line;
}

}  // namespace qamera::journal
