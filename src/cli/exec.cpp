#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/command.h"
#include "cli/command_process.h"
#include "cli/serve.h"
#include "system/file.h"
#include "system/junit.h"

namespace qamera::cli {
namespace {

struct ExecOptions {
  ServeOptions serve;
  std::string junit;  ///< a file; "" for none
};

/// The report for CI systems.
class JunitFile {
 public:
  JunitFile(const ExecOptions& options, const std::string& program) : path_(options.junit) {
    const auto& watched = options.serve.fail_on;
    findings_ = std::find(watched.begin(), watched.end(), "findings") != watched.end();
    unmatched_ = std::find(watched.begin(), watched.end(), "unmatched") != watched.end();
    suite_.name = "qamera-mock exec";
    suite_.classname = "qamera-mock";
    suite_.started = system_time().wall();
    suite_.properties = {{"command", program}};
  }

  /// Before the command runs: shows that it can be written, and leaves no report of an earlier run in its place.
  Result<void> begin() {
    return write({{.name = "run",
                   .outcome = JunitCase::Outcome::kError,
                   .type = "incomplete",
                   .message = "the run has not come to its end"}});
  }
  Result<void> finish(const journal::FindingsReport& found) {
    suite_.taken = system_time().wall() - suite_.started;
    return write(to_junit_cases(found, findings_, unmatched_));
  }

 private:
  Result<void> write(std::vector<JunitCase> cases) {
    if (path_.empty()) return {};
    suite_.cases = std::move(cases);
    return write_whole("JUnit report", path_, to_junit(suite_), FileAccess::kUmask);
  }

  const std::string path_;
  bool findings_ = false;
  bool unmatched_ = false;
  JunitSuite suite_;
};

int exec(ExecOptions& options, const std::vector<std::string>& command) {
  if (command.empty()) {
    return refuse("expected a command after `--`: qamera-mock exec [flags of serve] -- COMMAND ARGUMENT...");
  }
  if (!options.junit.empty() && options.serve.fail_on.empty()) options.serve.fail_on = {"findings", "unmatched"};
  auto process = CommandProcess::create(command);
  if (!process) return refuse(process.error());
  JunitFile junit(options, command[0]);
  if (auto begun = junit.begin(); !begun) return refuse(begun.error());
  int status = 0;
  const auto wait = [&](const std::string& url, const std::string&) -> Result<void> {
    (*process)->start(url);
    status = (*process)->wait();
    return {};
  };
  const auto finish = [&](const journal::FindingsReport& found, int code) {
    if (auto written = junit.finish(found); !written) code = refuse(written.error());
    return status == 0 ? code : status;
  };
  return run_server(options.serve, {.wait = wait, .finish = finish});
}

}  // namespace

std::function<int()> add_exec(CLI::App& app) {
  auto options = std::make_shared<ExecOptions>();
  options->serve.port = 0;
  options->serve.quiet = true;
  declare_serve_options(app, options->serve);
  app.remove_option(app.get_option("--stop-with-stdin"));  // standard input is the command's
  app.get_option("--port")->description("the port to listen on; 0, which it is here, picks a free one");
  app.get_option("--quiet")->description("log warnings and errors only, as is so here: --quiet=false logs requests");
  with_environment(app.add_option("--junit", options->junit,
                                  "write what was found as a JUnit report; --fail-on findings,unmatched unless given"))
      ->type_name("FILE");
  app.footer(
      "Usage: qamera-mock exec [OPTIONS] -- COMMAND ARGUMENT...\n\n"
      "COMMAND has QAMERA_BASE_URL and QAMERA_MOCK_URL set, and gets the signals. Exit codes: COMMAND's own, 128 and "
      "its number when a signal ended it, 127 when there is no COMMAND, 126 when it cannot be run; 1 when it passed "
      "and "
      "--fail-on or --junit found something; 2 wrong usage or set-up, and COMMAND is not run.");
  return [options] { return exec(*options, command_to_run()); };
}

}  // namespace qamera::cli
