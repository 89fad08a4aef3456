#include "verify/replay.h"

#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/http_exchanger.h"

namespace qamera::cli {
namespace {

struct ReplayCommand {
  std::string file;
  TargetOptions target;
  verify::ReplayOptions replay;
  std::string format = "text";
  std::string timeout = "60s";
};

void print(const verify::ReplayDifference& difference) {
  const std::string line = without_controls(difference.place + ": " + difference.request + " " + difference.pointer +
                                            ": recorded " + difference.recorded + "; replayed " + difference.replayed);
  std::printf("%s\n", line.c_str());
}

void print_json(const std::vector<verify::ReplayDifference>& differences, const verify::Replay& replay) {
  OrderedJson list = OrderedJson::array();
  for (const verify::ReplayDifference& one : differences) {
    list.push_back({{"place", one.place},
                    {"request", one.request},
                    {"pointer", one.pointer},
                    {"recorded", one.recorded},
                    {"replayed", one.replayed}});
  }
  std::printf("%s",
              pretty_json({{"sent", replay.sent()}, {"skipped", replay.skipped()}, {"differences", list}}).c_str());
}

int replay(ReplayCommand& command) {
  const auto timeout = parse_duration(command.timeout);
  if (!timeout) return refuse("--timeout: " + timeout.error().message);
  command.replay.timeout = *timeout;
  const auto in = open_recording(command.file);
  if (!in) return refuse("cannot read " + command.file);
  auto exchanger = HttpExchanger::create(command.target);
  if (!exchanger) return refuse(exchanger.error());
  RealPace pace;
  verify::Replay replay(command.replay, **exchanger, pace);
  std::vector<verify::ReplayDifference> differences;
  const bool text = command.format == "text";
  const auto read = verify::read_recording(
      *in, command.file,
      [&](const verify::RecordedExchange& exchange) -> Result<void> {
        const std::size_t before = differences.size();
        auto sent = replay.send(exchange, differences);
        for (std::size_t i = before; text && i < differences.size(); ++i) print(differences[i]);
        return sent;
      },
      [](const std::string& warning) { complain(warning); });
  if (!read) return refuse(read.error());
  if (text) {
    std::printf("%llu requests sent, %llu skipped, %zu differences\n", static_cast<unsigned long long>(replay.sent()),
                static_cast<unsigned long long>(replay.skipped()), differences.size());
  } else {
    print_json(differences, replay);
  }
  if (*read == 0) return refuse("there is no exchange in " + command.file + ": nothing was replayed");
  return differences.empty() ? kFine : kCheckFailed;
}

}  // namespace

std::function<int()> add_replay(CLI::App& app) {
  auto command = std::make_shared<ReplayCommand>();
  app.add_option("FILE", command->file, "a recording: journal NDJSON or HAR; - for standard input")->required();
  add_target_options(app, command->target);
  with_environment(
      app.add_option("--api-key", command->replay.key, "the key to send where the recording has one")->required());
  with_environment(app.add_option("--ignore", command->replay.ignore,
                                  "JSON Pointer into reply bodies that may differ; * is any token")
                       ->check([](const std::string& pointer) {
                         return pointer.starts_with('/') ? ""
                                                         : "expected a JSON Pointer such as /images, got " + pointer;
                       }));
  with_environment(app.add_flag("--exact", command->replay.exact, "ids, times and URLs must be equal, not only alike"));
  with_environment(
      app.add_option("--timeout", command->timeout, "the longest wait for a job that was DONE")->capture_default_str());
  add_choice(app, "--format", command->format, "text or json", {"text", "json"});
  return [command] { return replay(*command); };
}

}  // namespace qamera::cli
