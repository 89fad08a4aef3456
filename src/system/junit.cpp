#include "system/junit.h"

#include <algorithm>
#include <cstdio>

namespace qamera {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // Nor has XML U+FFFE and U+FFFF.
    if (text.substr(i, 2) == "\xEF\xBF" && i + 2 < text.size() && static_cast<unsigned char>(text[i + 2]) >= 0xBE) {
      out.push_back('?');
      i += 2;
      continue;
    }
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      // XML 1.0 has no other control characters at all.
      default: out.push_back(static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c);
    }
  }
  return out;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escaped(value) + "\"";
}

std::string in_seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(duration.count()) / 1000);
  return text;
}

std::string number(const JunitSuite& suite, JunitCase::Outcome outcome) {
  return std::to_string(std::count_if(suite.cases.begin(), suite.cases.end(),
                                      [&](const JunitCase& one) { return one.outcome == outcome; }));
}

std::string to_junit(const JunitCase& one, const std::string& classname) {
  std::string out = "    <testcase" + attribute("classname", classname) + attribute("name", one.name) +
                    attribute("time", in_seconds(one.taken));
  if (one.outcome == JunitCase::Outcome::kPassed) return out + "/>\n";
  const bool is_skipped = one.outcome == JunitCase::Outcome::kSkipped;
  const std::string element = is_skipped ? "skipped" : one.outcome == JunitCase::Outcome::kFailed ? "failure" : "error";
  out += ">\n      <" + element + attribute("message", one.message);
  if (!is_skipped) out += attribute("type", one.type);
  out += one.details.empty() ? "/>\n" : ">" + escaped(one.details) + "</" + element + ">\n";
  return out + "    </testcase>\n";
}

}  // namespace

std::string to_junit(const JunitSuite& suite) {
  using Outcome = JunitCase::Outcome;
  const std::string totals =
      attribute("tests", std::to_string(suite.cases.size())) + attribute("failures", number(suite, Outcome::kFailed)) +
      attribute("errors", number(suite, Outcome::kError)) + attribute("skipped", number(suite, Outcome::kSkipped)) +
      attribute("time", in_seconds(suite.taken));
  // The schema has neither fraction nor zone.
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite" +
                    attribute("name", suite.name) + totals +
                    attribute("timestamp", format_instant(suite.started).substr(0, 19)) + ">\n    <properties>\n";
  for (const auto& [name, value] : suite.properties) {
    out += "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
  }
  out += "    </properties>\n";
  for (const JunitCase& one : suite.cases) out += to_junit(one, suite.classname);
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace qamera
