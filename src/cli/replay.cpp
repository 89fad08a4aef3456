#include "verify/replay.h"

#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/http_exchanger.h"
#include "cli/progress.h"
#include "http/field_syntax.h"
#include "journal/entry.h"

namespace qamera::cli {
namespace {

struct ReplayCommand {
  std::string file;
  TargetOptions target;
  verify::ReplayOptions replay;
  std::string format = "text";
  std::string timeout = "60s";
  bool dry_run = false;
  bool allow_empty = false;
};

void print(const verify::ReplayDifference& difference) {
  const std::string line = without_controls(difference.place + ": " + difference.request + " " + difference.pointer +
                                            ": recorded " + difference.recorded + "; replayed " + difference.replayed);
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

OrderedJson passed_over(const verify::Replay& replay) {
  OrderedJson counts = OrderedJson::object();
  for (const verify::PassedOver why : kAll<verify::PassedOver>) counts[name_of(why)] = replay.passed_over(why);
  return counts;
}

/// "3 skipped (2 not of the API, 1 without a reply)".
std::string skipped_text(const verify::Replay& replay) {
  std::string reasons;
  for (const verify::PassedOver why : kAll<verify::PassedOver>) {
    if (replay.passed_over(why) == 0) continue;
    reasons += (reasons.empty() ? " (" : ", ") + std::to_string(replay.passed_over(why)) + " " +
               std::string(verify::described(why));
  }
  return std::to_string(replay.passed_over()) + " skipped" + reasons + (reasons.empty() ? "" : ")");
}

/// The complaint about a recording of which nothing was sent: it has exchanges, or it has none.
std::string nothing_sent(const ReplayCommand& command, const verify::Replay& replay) {
  if (replay.passed_over() == 0) return nothing_to_judge(command.file);
  return command.file + ": nothing to send, " + skipped_text(replay) + " (--allow-empty takes that as fine)";
}

void print_json(const std::vector<verify::ReplayDifference>& differences, const verify::Replay& replay,
                const std::string& incomplete) {
  OrderedJson list = OrderedJson::array();
  for (const verify::ReplayDifference& one : differences) {
    list.push_back({{"place", one.place},
                    {"request", one.request},
                    {"pointer", one.pointer},
                    {"recorded", one.recorded},
                    {"replayed", one.replayed}});
  }
  OrderedJson report = OrderedJson::object();
  if (!incomplete.empty()) report["incomplete"] = incomplete;
  report.update({{"sent", replay.sent()},
                 {"skipped", replay.passed_over()},
                 {"passedOver", passed_over(replay)},
                 {"differences", list}});
  std::printf("%s", pretty_json(report).c_str());
}

/// `on_fraction` is told how much of the recording was read before each exchange; may be null.
Result<std::uint64_t> read(const ReplayCommand& command, const recordings::OnExchange& each,
                           const std::function<void(double)>& on_fraction = {}) {
  const auto in = open_recording(command.file);
  if (!in) return Error{ErrorCode::kIo, "cannot read " + command.file, ""};
  in->seekg(0, std::ios::end);
  const auto size = static_cast<double>(in->tellg());
  in->clear();
  in->seekg(0);
  const auto counted_each = [&](const recordings::RecordedExchange& exchange) {
    // Of the buffer: at its end the stream itself tells no place, and fails.
    const auto at = static_cast<double>(in->rdbuf()->pubseekoff(0, std::ios::cur, std::ios::in));
    if (on_fraction && at > 0 && size > 0) on_fraction(at / size);
    return each(exchange);
  };
  return recordings::read_recording(
      *in, command.file, counted_each, [](const std::string& warning) { complain(warning); },
      read_beside(command.file));
}

/// Where a rehearsal sends: no request gets that far.
class Nowhere final : public verify::Exchanger {
 public:
  Result<Response> send(const Request&) override { return Error{ErrorCode::kIo, "nothing is sent", ""}; }
};

/// Shows what would be sent, without a key, and sends nothing.
int rehearse(ReplayCommand& command) {
  // Whatever its form, the key cannot be shown when it is not there.
  if (!journal::redact_keys(command.replay.key)) command.replay.key = "***";
  Nowhere nowhere;
  const Interruption interruption;
  RealPace pace(interruption);
  verify::Replay replay(command.replay, nowhere, pace);
  const bool text = command.format == "text";
  OrderedJson list = OrderedJson::array();
  std::uint64_t requests = 0;
  const auto show = [&](const recordings::RecordedExchange& exchange) -> Result<void> {
    const auto prepared = replay.prepare(exchange);
    if (const auto* why = std::get_if<verify::PassedOver>(&prepared)) {
      if (text) std::printf("%s: skipped, %s\n", exchange.place.c_str(), std::string(verify::described(*why)).c_str());
      return {};
    }
    ++requests;
    const Request& request = std::get<Request>(prepared);
    OrderedJson headers = OrderedJson::array();
    std::string lines = exchange.place + ": " + without_controls(request.method + " " + request.target) + "\n";
    for (const Header& header : request.headers) {
      headers.push_back({{"name", header.name}, {"value", header.value}});
      lines += "  " + without_controls(header.name + ": " + header.value) + "\n";
    }
    if (!request.body.empty()) lines += "  " + printable(request.body) + "\n";
    if (text) {
      std::fwrite(lines.data(), 1, lines.size(), stdout);
    } else {
      list.push_back({{"place", exchange.place},
                      {"method", request.method},
                      {"target", request.target},
                      {"headers", std::move(headers)},
                      {"body", request.body}});
    }
    return {};
  };
  const auto reading = read(command, show);
  if (!reading) return refuse(reading.error());
  if (text) {
    std::printf("%llu requests would be sent, %s\n", static_cast<unsigned long long>(requests),
                skipped_text(replay).c_str());
  } else {
    std::printf("%s", pretty_json({{"requests", std::move(list)},
                                   {"skipped", replay.passed_over()},
                                   {"passedOver", passed_over(replay)}})
                          .c_str());
  }
  if (requests == 0 && !command.allow_empty) return refuse(nothing_sent(command, replay));
  return kFine;
}

int replay(ReplayCommand& command) {
  const auto timeout = parse_duration(command.timeout);
  if (!timeout) return refuse("--timeout: " + timeout.error().message);
  command.replay.timeout = *timeout;
  if (!http::is_field_value(command.replay.key)) return refuse("--api-key: it has a character that HTTP forbids");
  if (command.dry_run) return rehearse(command);
  if (command.target.url.empty()) return refuse("--target is required, without --dry-run");
  if (command.replay.key.empty()) {
    return refuse("--api-key is required, without --dry-run: a recorded key is never sent");
  }
  const Interruption interruption;
  auto exchanger = HttpExchanger::create(command.target, interruption);
  if (!exchanger) return refuse(exchanger.error());
  Progress progress;
  std::string stage = "beginning";
  double fraction = 0;
  const auto tell = [&] { progress.show(stage, fraction); };
  RealPace pace(interruption, tell);
  verify::Replay replay(command.replay, **exchanger, pace);
  std::vector<verify::ReplayDifference> differences;
  const bool text = command.format == "text";
  const auto each = [&](const recordings::RecordedExchange& exchange) -> Result<void> {
    const std::size_t before = differences.size();
    auto sent = replay.send(exchange, differences);
    if (interruption.requested()) {
      differences.resize(before);  // it was not waited for
      return Error{ErrorCode::kTimeout, "interrupted at " + exchange.place, ""};
    }
    progress.clear();
    for (std::size_t i = before; text && i < differences.size(); ++i) print(differences[i]);
    stage = counted(replay.sent(), "request") + " sent, " + counted(differences.size(), "difference");
    tell();
    return sent;
  };
  const auto reading = read(command, each, [&](double done) { fraction = done; });
  progress.clear();
  std::string incomplete = reading ? "" : reading.error().message;
  // What never began has nothing to tell.
  if (!reading && replay.sent() == 0 && !interruption.requested()) return refuse(reading.error());
  if (text) {
    if (!incomplete.empty()) std::printf("incomplete: %s\n", printable(incomplete).c_str());
    std::printf("%llu requests sent, %s, %zu differences\n", static_cast<unsigned long long>(replay.sent()),
                skipped_text(replay).c_str(), differences.size());
  } else {
    print_json(differences, replay, incomplete);
  }
  if (!incomplete.empty()) return refuse("the run is incomplete: " + incomplete);
  if (replay.sent() == 0 && !command.allow_empty) return refuse(nothing_sent(command, replay));
  return differences.empty() ? kFine : kCheckFailed;
}

}  // namespace

std::function<int()> add_replay(CLI::App& app) {
  auto command = std::make_shared<ReplayCommand>();
  app.add_option("FILE", command->file, "a recording: journal NDJSON or HAR; - for standard input")->required();
  add_target_options(app, command->target);
  app.get_option("--target")->required(false);
  with_environment(app.add_option("--api-key", command->replay.key, "the key to send in place of every recorded one"));
  with_environment(
      app.add_flag("--dry-run", command->dry_run, "show what would be sent, with the key redacted, and send nothing"));
  with_environment(app.add_option("--ignore", command->replay.ignore,
                                  "JSON Pointer into reply bodies that may differ; * is any token")
                       ->check([](const std::string& pointer) {
                         return pointer.starts_with('/') ? ""
                                                         : "expected a JSON Pointer such as /images, got " + pointer;
                       }));
  with_environment(app.add_flag("--exact", command->replay.exact, "ids, times and URLs must be equal, not only alike"));
  with_environment(
      app.add_option("--timeout", command->timeout, "the longest wait for a job that was DONE")->capture_default_str());
  with_environment(
      app.add_flag("--allow-empty", command->allow_empty, "a recording without a request to send is fine"));
  add_choice(app, "--format", command->format, "text or json", {"text", "json"});
  return [command] { return replay(*command); };
}

}  // namespace qamera::cli
