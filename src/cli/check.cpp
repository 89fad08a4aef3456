#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "verify/judge.h"
#include "verify/recording.h"

namespace qamera::cli {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  std::string format = "text";
  std::string only = "both";
};

/// What one run over the files came to. Departures are printed as they are found, so memory does not grow with them.
struct Tally {
  std::size_t exchanges = 0;
  std::size_t judged = 0;  ///< those of documented endpoints, or under the API's path
  std::size_t departures = 0;
};

class Checker {
 public:
  Checker(bool json, std::string only) : json_(json), only_(std::move(only)) {}

  Result<void> take(const verify::RecordedExchange& exchange) {
    ++tally_.exchanges;
    if (!exchange.request.path.starts_with("/api/external")) return {};
    ++tally_.judged;
    if (only_ != "response") report(exchange, judge_.request(exchange.request, exchange.request_whole));
    // A lost connection is no reply to judge.
    if (only_ != "request" && exchange.response.status != 0) {
      report(exchange, judge_.response(exchange.request, exchange.response, exchange.response_whole));
    }
    return {};
  }
  const Tally& tally() const { return tally_; }

 private:
  void report(const verify::RecordedExchange& exchange, std::vector<verify::Departure> departures) {
    for (verify::Departure& departure : departures) {
      departure.place = exchange.place;
      if (json_) std::printf("%s", tally_.departures > 0 ? ",\n" : "");
      const std::string text = json_ ? dump_json(verify::to_json(departure)) : verify::to_text(departure) + "\n";
      std::fwrite(text.data(), 1, text.size(), stdout);
      ++tally_.departures;
    }
  }

  bool json_;
  std::string only_;
  contract::Contract contract_;
  verify::Judge judge_{contract_};
  Tally tally_;
};

int check(const CheckOptions& options) {
  const bool json = options.format == "json";
  Checker checker(json, options.only);
  if (json) std::printf("{\"departures\": [\n");
  bool readable = true;
  for (const std::string& file : options.files) {
    const auto in = open_recording(file);
    if (!in) {
      complain("cannot read " + file);
      readable = false;
      continue;
    }
    const auto read = verify::read_recording(
        *in, file, [&](const verify::RecordedExchange& exchange) { return checker.take(exchange); },
        [](const std::string& warning) { complain(warning); });
    if (!read) {
      complain(read.error().message);
      readable = false;
    }
  }
  const Tally& tally = checker.tally();
  if (json) {
    std::printf("],\n\"exchanges\": %zu, \"judged\": %zu, \"count\": %zu}\n", tally.exchanges, tally.judged,
                tally.departures);
  } else {
    std::printf("%zu exchanges, %zu of the API, %zu departures\n", tally.exchanges, tally.judged, tally.departures);
  }
  if (!readable) return kWrongUsage;
  if (tally.exchanges == 0) return refuse("there is no exchange in what was given: nothing was judged");
  return tally.departures == 0 ? kFine : kCheckFailed;
}

}  // namespace

std::function<int()> add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  app.add_option("FILE", options->files, "recordings: journal NDJSON or HAR; - for standard input")->required();
  add_choice(app, "--format", options->format, "text or json", {"text", "json"});
  add_choice(app, "--only", options->only, "judge one side: request, response or both",
             {"request", "response", "both"});
  return [options] { return check(*options); };
}

}  // namespace qamera::cli
