#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/time.h"
#include "cli/command.h"
#include "contract/operation.h"
#include "recordings/recording.h"
#include "system/junit.h"
#include "verify/judge.h"

namespace qamera::cli {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  std::string format = "text";
  std::string only = "both";
  bool allow_empty = false;
};

/// What one run over the files came to. Departures are printed as they are found, so memory does not grow with them.
struct Tally {
  std::size_t exchanges = 0;
  std::size_t judged = 0;  ///< those with the API
  std::size_t preflights = 0;
  std::size_t departures = 0;
  std::size_t bodies_not_judged = 0;
  std::size_t unnamed_codings = 0;  ///< bodies that were judged once unpacked, though no header says in what they were
  std::map<std::string, std::size_t> not_judged;  ///< such bodies by reason
};

class Checker {
 public:
  Checker(std::string format, std::string only) : format_(std::move(format)), only_(std::move(only)) {}

  /// Of one file: departures are its failure, `unreadable` its error, `skipped` why nothing of it was judged.
  void end_file(const std::string& file, Duration taken, const std::string& unreadable, const std::string& skipped) {
    using Outcome = JunitCase::Outcome;
    JunitCase one{.name = file, .taken = taken};
    const std::size_t found = tally_.departures - departures_before_;
    if (!unreadable.empty() || !skipped.empty()) {
      one.outcome = unreadable.empty() ? Outcome::kSkipped : Outcome::kError;
      one.type = "unreadable";
      one.message = unreadable.empty() ? skipped : unreadable;
    } else if (found > 0) {
      one.outcome = Outcome::kFailed;
      one.type = "departure";
      one.message = counted(found, "departure");
    }
    one.details = std::move(lines_);
    if (found > kMostLines) one.details += std::to_string(found - kMostLines) + " more\n";
    lines_.clear();
    departures_before_ = tally_.departures;
    cases_.push_back(std::move(one));
  }
  std::vector<JunitCase> take_cases() { return std::move(cases_); }

  Result<void> take(const recordings::RecordedExchange& exchange) {
    ++tally_.exchanges;
    if (exchange.is_preflight && contract::is_api_path(exchange.request.path)) ++tally_.preflights;
    if (!recordings::is_of_api(exchange)) return {};
    ++tally_.judged;
    if (exchange.request.method.empty()) {
      count_not_judged("request without a method");
      return {};
    }
    const contract::Operation* operation = contract::route(exchange.request.method, exchange.request.path).operation;
    if (only_ != "response") {
      report(exchange, judge_.request(exchange.request, exchange.request_known));
      const bool takes_body = operation && operation->body != contract::BodyFormat::kNone;
      tally_.unnamed_codings += exchange.request_known.unnamed_coding ? 1U : 0U;
      if (takes_body) count_not_judged(verify::why_not_judged(exchange.request_known.body, exchange.request.headers));
    }
    // A lost connection is no reply to judge.
    if (only_ != "request" && exchange.response.status != 0) {
      report(exchange, judge_.response(exchange.request, exchange.response, exchange.response_known));
      tally_.unnamed_codings += exchange.response_known.unnamed_coding ? 1U : 0U;
      const int status = exchange.response.status;
      const bool has_body = operation && exchange.request.method != "HEAD" && status != 204 && status != 304;
      if (has_body) count_not_judged(verify::why_not_judged(exchange.response_known.body, exchange.response.headers));
    } else if (only_ != "request" && exchange.response_known.body == http::BodyState::kNotRecorded) {
      count_not_judged("reply without a status");
    }
    return {};
  }
  const Tally& tally() const { return tally_; }

 private:
  void count_not_judged(const std::string& why) {
    if (why.empty()) return;
    ++tally_.bodies_not_judged;
    constexpr std::size_t kMaxReasons = 20;
    ++tally_.not_judged[tally_.not_judged.size() < kMaxReasons ? why : "other reasons"];
  }

  void report(const recordings::RecordedExchange& exchange, std::vector<verify::Departure> departures) {
    for (verify::Departure& departure : departures) {
      departure.place = exchange.place;
      if (format_ == "junit") {
        if (tally_.departures++ - departures_before_ < kMostLines) lines_ += "\n" + verify::to_text(departure);
        continue;
      }
      if (format_ == "json") std::printf("%s", tally_.departures > 0 ? ",\n" : "");
      const std::string text =
          format_ == "json" ? dump_json(verify::to_json(departure)) : verify::to_text(departure) + "\n";
      std::fwrite(text.data(), 1, text.size(), stdout);
      ++tally_.departures;
    }
  }

  static constexpr std::size_t kMostLines = 1000;  ///< of one file in a JUnit report, which is held in memory

  std::string format_;
  std::string only_;
  std::string lines_;
  std::size_t departures_before_ = 0;
  std::vector<JunitCase> cases_;
  contract::Contract contract_;
  verify::Judge judge_{contract_};
  Tally tally_;
};

void print_junit(const Tally& tally, std::vector<JunitCase> cases, Instant started) {
  JunitSuite suite{.name = "qamera-mock check", .classname = "recording", .started = started};
  suite.properties = {{"version", QAMERA_MOCK_VERSION},
                      {"exchanges", std::to_string(tally.exchanges)},
                      {"judged", std::to_string(tally.judged)},
                      {"bodiesNotJudged", std::to_string(tally.bodies_not_judged)},
                      {"unnamedCodings", std::to_string(tally.unnamed_codings)},
                      {"preflights", std::to_string(tally.preflights)},
                      {"departures", std::to_string(tally.departures)}};
  for (const auto& [why, count] : tally.not_judged) {
    suite.properties.emplace_back("notJudged." + why, std::to_string(count));
  }
  suite.cases = std::move(cases);
  for (const JunitCase& one : suite.cases) suite.taken += one.taken;
  const std::string text = to_junit(suite);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_summary(const Tally& tally, bool json) {
  if (json) {
    const std::string reasons = dump_json(Json(tally.not_judged));
    std::printf(
        "],\n\"exchanges\": %zu, \"judged\": %zu, \"bodiesNotJudged\": %zu, \"notJudged\": %s, \"unnamedCodings\": "
        "%zu, "
        "\"preflights\": %zu, \"count\": %zu}\n",
        tally.exchanges, tally.judged, tally.bodies_not_judged, reasons.c_str(), tally.unnamed_codings,
        tally.preflights, tally.departures);
    return;
  }
  std::printf("%zu exchanges, %zu of the API, %zu bodies not judged, %zu departures\n", tally.exchanges, tally.judged,
              tally.bodies_not_judged, tally.departures);
  for (const auto& [why, count] : tally.not_judged) {
    std::printf("  not judged: %s (%zu)\n", without_controls(why).c_str(), count);
  }
  if (tally.unnamed_codings > 0) {
    std::printf("  unpacked: compressed, which no Content-Encoding says (%zu)\n", tally.unnamed_codings);
  }
  if (tally.preflights > 0) std::printf("  passed over: preflights of a browser (%zu)\n", tally.preflights);
}

int check(const CheckOptions& options) {
  const bool json = options.format == "json";
  const Instant started = system_time().wall();
  Checker checker(options.format, options.only);
  if (json) std::printf("{\"departures\": [\n");
  bool readable = true;
  std::vector<std::string> empty;
  for (const std::string& file : options.files) {
    const MonotonicTime began = system_time().monotonic();
    const auto in = open_recording(file);
    const auto end = [&](const std::string& unreadable, const std::string& skipped = {}) {
      const auto taken = std::chrono::duration_cast<Duration>(system_time().monotonic() - began);
      checker.end_file(file, taken, unreadable, skipped);
    };
    if (!in) {
      complain("cannot read " + file);
      end("cannot read " + file);
      readable = false;
      continue;
    }
    const std::size_t judged_before = checker.tally().judged;
    const auto read = recordings::read_recording(
        *in, file, [&](const recordings::RecordedExchange& exchange) { return checker.take(exchange); },
        [](const std::string& warning) { complain(warning); }, read_beside(file));
    if (!read) {
      complain(read.error().message);
      readable = false;
      end(read.error().message);
    } else if (checker.tally().judged == judged_before) {
      empty.push_back(file);
      options.allow_empty ? end("", nothing_to_judge(file)) : end(nothing_to_judge(file));
    } else {
      end("");
    }
  }
  if (options.format == "junit") {
    print_junit(checker.tally(), checker.take_cases(), started);
  } else {
    print_summary(checker.tally(), json);
  }
  if (!options.allow_empty) {
    for (const std::string& file : empty) complain(nothing_to_judge(file));
    readable = readable && empty.empty();
  }
  if (!readable) return kWrongUsage;
  return checker.tally().departures == 0 ? kFine : kCheckFailed;
}

}  // namespace

std::function<int()> add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  app.add_option("FILE", options->files, "recordings: journal NDJSON or HAR; - for standard input")->required();
  add_choice(app, "--format", options->format, "text, json or junit", {"text", "json", "junit"});
  add_choice(app, "--only", options->only, "judge one side: request, response or both",
             {"request", "response", "both"});
  with_environment(
      app.add_flag("--allow-empty", options->allow_empty, "a recording without an exchange of the API is fine"));
  return [options] { return check(*options); };
}

}  // namespace qamera::cli
