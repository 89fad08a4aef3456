#include "verify/report.h"

#include <algorithm>
#include <cmath>

namespace qamera::verify {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
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

}  // namespace

std::string credits_text(double credits) {
  return std::floor(credits) == credits && std::abs(credits) < 1e15 ? std::to_string(static_cast<std::int64_t>(credits))
                                                                    : dump_json(Json(credits));
}

std::size_t ConformanceReport::count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(checks.begin(), checks.end(), [&](const CheckResult& check) { return check.outcome == outcome; }));
}

std::size_t ConformanceReport::departures() const {
  std::size_t total = 0;
  for (const CheckResult& check : checks) total += check.departures.size();
  return total;
}

std::string to_text(const CheckResult& check) {
  std::string text;
  if (check.outcome == Outcome::kSkipped) text += check.name + ": skipped, " + without_controls(check.reason) + "\n";
  for (const Departure& departure : check.departures) text += to_text(departure) + "\n";
  return text;
}

std::string to_text(const ConformanceReport& report) {
  std::string text;
  for (const CheckResult& check : report.checks) text += to_text(check);
  return text + summary(report);
}

std::string summary(const ConformanceReport& report) {
  std::string text;
  if (!report.incomplete.empty()) {
    text += "incomplete: " + without_controls(report.incomplete) + " after " + std::to_string(report.checks.size()) +
            " of " + counted(report.planned, "check") + "\n";
  }
  const bool undecided = report.conforms() && !report.incomplete.empty();
  text += report.target + (undecided           ? " conforms so far: "
                           : report.conforms() ? " conforms: "
                                               : " departs from the contract: ");
  return text + counted(report.checks.size(), "check") + ", " + counted(report.departures(), "departure") + ", " +
         std::to_string(report.count(Outcome::kSkipped)) + " skipped, " + counted(report.requests, "request") + ", " +
         credits_text(report.reserved) + " credits reserved\n";
}

OrderedJson to_json(const ConformanceReport& report) {
  OrderedJson checks = OrderedJson::array();
  OrderedJson departures = OrderedJson::array();
  for (const CheckResult& check : report.checks) {
    OrderedJson one = {{"name", check.name}, {"outcome", name_of(check.outcome)}};
    if (!check.reason.empty()) one["reason"] = check.reason;
    checks.push_back(std::move(one));
    for (const Departure& departure : check.departures) departures.push_back(to_json(departure));
  }
  OrderedJson json = {{"target", report.target}, {"conforms", report.conforms() && report.incomplete.empty()}};
  if (!report.incomplete.empty()) json["incomplete"] = report.incomplete;
  json["planned"] = report.planned;
  json["requests"] = report.requests;
  json["credits"] = {{"budget", report.max_credits}, {"reserved", report.reserved}};
  json["checks"] = std::move(checks);
  json["departures"] = std::move(departures);
  return json;
}

std::string to_junit(const ConformanceReport& report) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"qamera-mock verify " +
      escaped(report.target) + "\" tests=\"" +
      std::to_string(report.checks.size() + (report.incomplete.empty() ? 0 : 1)) + "\" failures=\"" +
      std::to_string(report.count(Outcome::kDeparts)) + "\" errors=\"" + (report.incomplete.empty() ? "0" : "1") +
      "\" skipped=\"" + std::to_string(report.count(Outcome::kSkipped)) + "\">\n";
  for (const CheckResult& check : report.checks) {
    out += "    <testcase classname=\"contract\" name=\"" + escaped(check.name) + "\"";
    if (check.outcome == Outcome::kConforms) {
      out += "/>\n";
      continue;
    }
    out += ">\n";
    if (check.outcome == Outcome::kSkipped) out += "      <skipped message=\"" + escaped(check.reason) + "\"/>\n";
    if (check.outcome == Outcome::kDeparts) {
      out += "      <failure message=\"" + counted(check.departures.size(), "departure") + "\">";
      for (const Departure& departure : check.departures) out += "\n" + escaped(to_text(departure));
      out += "\n      </failure>\n";
    }
    out += "    </testcase>\n";
  }
  if (!report.incomplete.empty()) {
    out += "    <testcase classname=\"contract\" name=\"the run\">\n      <error message=\"" +
           escaped("incomplete: " + report.incomplete + " after " + std::to_string(report.checks.size()) + " of " +
                   counted(report.planned, "check")) +
           "\"/>\n    </testcase>\n";
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace qamera::verify
