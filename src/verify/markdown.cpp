#include "verify/markdown.h"

#include <algorithm>

#include "base/text.h"

namespace qamera::verify {
namespace {

constexpr std::size_t kLongestExcerpt = 600;

/// Text that Markdown shows as it is: in code, with a fence longer than any in it.
std::string fenced(const std::string& text, const std::string& language) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + language + "\n" + text + "\n" + fence + "\n";
}

/// The same within a line.
std::string code(std::string text) {
  text = without_controls(std::move(text));
  std::string fence = "`";
  while (text.find(fence) != std::string::npos) fence += '`';
  const bool touches = text.starts_with('`') || text.ends_with('`');
  return touches ? fence + " " + text + " " + fence : fence + text + fence;
}

/// A word of a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string curl(const Exchange& exchange, const std::string& target) {
  std::string out = "curl -i -X " + exchange.request.method + " " + quoted(target + exchange.request.target);
  for (const Header& header : exchange.request.headers) out += " \\\n  -H " + quoted(header.name + ": " + header.value);
  if (!exchange.request.body.empty()) out += " \\\n  --data-binary " + quoted(exchange.request.body);
  return out;
}

std::string to_markdown(const Fact& fact, const ConformanceReport& report) {
  const Departure& departure = fact.departure;
  std::string out = "### " + code(departure.operation.empty() ? "undocumented" : departure.operation) + ": " +
                    code(departure.pointer.empty() ? "the reply" : departure.pointer) + "\n\n";
  out += "- expected: " + code(departure.expected) + "\n- seen: " + code(departure.actual) + "\n";
  out += "- stated in: " + code(departure.page) + "\n- found by: " + code(fact.checks.front());
  if (fact.checks.size() > 1) out += " and " + counted(fact.checks.size() - 1, "other check");
  out += fact.times > 1 ? ", " + std::to_string(fact.times) + " times\n" : "\n";
  if (!departure.exchange) return out + "\n";
  const Exchange& exchange = *departure.exchange;
  out += "- when: " + format_instant(exchange.at) + "\n\n" + fenced(curl(exchange, report.target), "sh") + "\n";
  const std::string type(exchange.response.headers.value_or("Content-Type", ""));
  out += fenced("HTTP " + std::to_string(exchange.response.status) + (type.empty() ? "" : "\nContent-Type: " + type) +
                    "\n\n" + printable(shortened(exchange.response.body, kLongestExcerpt)),
                "");
  return out + "\n";
}

}  // namespace

std::string to_markdown(const ConformanceReport& report) {
  std::string out = "# Contract run against " + code(report.target) + "\n\n" + format_instant(report.started) +
                    "\n\n```\n" + summary(report) + "```\n\n";
  const auto facts = facts_of(report);
  if (!facts.empty()) out += "## Departures\n\n";
  for (const Fact& fact : facts) out += to_markdown(fact, report);
  if (report.count(Outcome::kSkipped) > 0) out += "## Not verified\n\n";
  for (const CheckResult& check : report.checks) {
    if (check.outcome == Outcome::kSkipped) out += "- " + code(check.name) + ": " + code(check.reason) + "\n";
  }
  return out;
}

}  // namespace qamera::verify
