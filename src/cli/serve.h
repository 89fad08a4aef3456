#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "cli/serve_options.h"
#include "journal/findings_report.h"

namespace qamera::cli {

/// What a server lives for: `serve` for a signal, `exec` for a command.
struct ServerLife {
  /// Told the URL, and the scenario of keys that name none, once the server listens; returns when it is to end. Signals
  /// that end `serve` are blocked by then.
  std::function<Result<void>(const std::string& url, const std::string& scenario)> wait;
  /// The exit code of the process, given what was found and the server's own code. May be called by another thread
  /// while work still runs; null for the server's own.
  std::function<int(const journal::FindingsReport& found, int code)> finish{};
};

/// Serves as the options say. The exit code; what failed has been said on stderr. Once a process, by its first thread.
int run_server(const ServeOptions& options, const ServerLife& life);

}  // namespace qamera::cli
