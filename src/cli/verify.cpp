#include <cstdio>
#include <fstream>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/http_exchanger.h"
#include "cli/progress.h"
#include "journal/export.h"
#include "verify/conformance.h"
#include "verify/markdown.h"

namespace qamera::cli {
namespace {

struct VerifyCommand {
  TargetOptions target;
  verify::ConformanceOptions run;
  std::string format = "text";
  std::string har;
  std::string timeout = "600s";
  std::vector<std::string> prices;
  double requests_per_second = 0.9;  // docs: 60 requests a minute
};

/// The evidence as HAR, keys redacted, written exchange by exchange.
class Evidence {
 public:
  Evidence(const std::string& file, std::string base_url)
      : out_(file, std::ios::binary), options_{std::move(base_url), QAMERA_MOCK_VERSION} {
    out_ << R"({"log":{"version":"1.2","creator":{"name":"qamera-mock","version":")" << QAMERA_MOCK_VERSION
         << "\"},\"entries\":[\n";
  }

  void keep(const Request& request, const Response& response, const HttpExchanger& exchanger) {
    journal::Entry entry;
    entry.sequence = ++sequence_;
    entry.at = entry.received_at = exchanger.sent_at();
    entry.duration = exchanger.duration();
    entry.upstream = options_.base_url;  // so that no field is added to those that came
    entry.method = request.method;
    entry.target = request.target;
    entry.request_headers = request.headers;
    entry.request_body = {request.body, request.body.size(), ""};
    entry.status = response.status;
    entry.response_headers = response.headers;
    entry.response_body = {response.body, response.body.size(), ""};
    journal::redact(entry);
    OrderedJson shown = journal::har_entry(entry, options_);
    shown["request"]["url"] = options_.base_url + entry.target;
    shown["request"]["_target"] = entry.target;  // the base may have a path of its own
    out_ << (sequence_ > 1 ? ",\n" : "") << dump_json(shown);
  }

  bool close() {
    out_ << "\n]}}\n";
    out_.close();
    return !out_.fail();
  }

 private:
  std::ofstream out_;
  journal::HarOptions options_;
  std::uint64_t sequence_ = 0;
};

/// Reads `--price KIND=N`.
Result<void> read_prices(const std::vector<std::string>& texts, verify::ConformanceOptions& run) {
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    const auto kind = from_name<RecordKind>(text.substr(0, equals));
    const auto number = equals == std::string::npos ? Result<Json>(Error{}) : parse_json(text.substr(equals + 1));
    if (!kind || !number || !number->is_number() || number->get<double>() <= 0) {
      return Error{ErrorCode::kInvalid, "--price: expected KIND=CREDITS such as image=25, got \"" + text + "\"", ""};
    }
    run.prices[*kind] = number->get<double>();
  }
  return {};
}

/// Says beforehand what the run may spend.
void announce(const verify::ConformanceOptions& run) {
  if (run.max_credits <= 0) {
    std::fprintf(stderr, "reads only: no credits will be spent (--max-credits allows generation)\n");
    return;
  }
  double total = 0;
  std::string jobs;
  std::string refused;
  for (const verify::PlannedJob& job : spending_plan(run)) {
    std::string shown(job.operation->name);
    if (job.records > 1) shown += " (" + std::to_string(job.records) + " records)";
    shown += " " + verify::credits_text(job.max_credits);
    const bool is_refused = job.asked == verify::Asked::kTooMany;
    total += is_refused ? 0 : job.max_credits;
    std::string& list = is_refused ? refused : jobs;
    list += (list.empty() ? "" : ", ") + shown;
  }
  std::fprintf(stderr, "will reserve at most %s of %s credits: %s\n", verify::credits_text(total).c_str(),
               verify::credits_text(run.max_credits).c_str(), jobs.empty() ? "no job fits" : jobs.c_str());
  if (!refused.empty()) {
    std::fprintf(stderr, "and asks for what must be refused, which takes nothing unless it is not: %s\n",
                 refused.c_str());
  }
}

/// At once: a pipe's reader sees departures as they are found.
void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int verify_command(VerifyCommand& command) {
  const auto timeout = parse_duration(command.timeout);
  if (!timeout) return refuse("--timeout: " + timeout.error().message);
  command.run.timeout = *timeout;
  if (auto read = read_prices(command.prices, command.run); !read) return refuse(read.error());
  const Interruption interruption;
  auto exchanger = HttpExchanger::create(command.target, interruption);
  if (!exchanger) return refuse(exchanger.error());
  std::unique_ptr<Evidence> evidence;
  if (!command.har.empty()) evidence = std::make_unique<Evidence>(command.har, command.target.url);
  Progress progress;
  std::string stage = "beginning";
  double fraction = 0;
  const auto tell = [&] { progress.show(stage, fraction); };
  command.run.session.on_exchange = [&](const Request& request, const Response& response) {
    if (evidence) evidence->keep(request, response, **exchanger);
    tell();
  };
  command.run.session.interrupted = [&] { return interruption.requested(); };
  command.run.session.requests_per_second = command.requests_per_second;
  announce(command.run);
  const contract::Contract contract;
  RealPace pace(interruption, tell);
  const bool is_text = command.format == "text";
  verify::FactFinder told;
  auto report = verify::verify_target(command.run, contract, **exchanger, pace,
                                      [&](std::size_t done, std::size_t all, const verify::CheckResult& last) {
                                        progress.clear();
                                        if (is_text) print(to_text(last, told));
                                        stage = std::to_string(done) + " of " + counted(all, "check") + " done, " +
                                                std::to_string(all - done) + " left; last: " + last.name;
                                        fraction = static_cast<double>(done) / static_cast<double>(all);
                                        tell();
                                      });
  progress.clear();
  if (evidence && !evidence->close()) return refuse("cannot write " + command.har);
  if (!report) return refuse(report.error());
  report->target = command.target.url;
  report->version = QAMERA_MOCK_VERSION;
  print(command.format == "json"       ? pretty_json(to_json(*report))
        : command.format == "junit"    ? to_junit(*report)
        : command.format == "markdown" ? to_markdown(*report)
                                       : summary(*report));
  if (!report->incomplete.empty()) return refuse("the run is incomplete: " + report->incomplete);
  return report->conforms() ? kFine : kCheckFailed;
}

}  // namespace

std::function<int()> add_verify(CLI::App& app) {
  auto command = std::make_shared<VerifyCommand>();
  add_target_options(app, command->target);
  with_environment(app.add_option("--api-key", command->run.session.key, "the key to verify with")->required());
  with_environment(app.add_option("--max-credits", command->run.max_credits,
                                  "generate, never reserving more credits than this; 0: read only")
                       ->check(finite_range(0, 1e9))
                       ->capture_default_str());
  with_environment(app.add_option("--price", command->prices,
                                  "KIND=CREDITS of one record where the documented price does not hold"));
  with_environment(app.add_flag("--create-preset", command->run.create_preset,
                                "create a preset too; presets are shared by all accounts and cannot be deleted"));
  with_environment(app.add_option("--rps", command->requests_per_second, "requests a second; 0: no limit")
                       ->check(finite_range(0, 1e6))
                       ->capture_default_str());
  with_environment(
      app.add_option("--timeout", command->timeout, "the longest wait for one job")->capture_default_str());
  add_choice(app, "--format", command->format, "text, json, junit or markdown", {"text", "json", "junit", "markdown"});
  with_environment(app.add_option("--har", command->har, "keep every exchange in this file, keys redacted"));
  return [command] { return verify_command(*command); };
}

}  // namespace qamera::cli
