#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/time.h"
#include "cli/interruption.h"
#include "upstream/http_client.h"
#include "verify/exchanger.h"

namespace qamera::cli {

/// How the commands that talk to a target reach it.
struct TargetOptions {
  std::string url;
  std::string ca_file;
  bool insecure = false;
};

/// Adds `--target`, `--ca-file` and `--insecure`.
void add_target_options(CLI::App& app, TargetOptions& options);

/// Real HTTP over one connection. An interruption ends what is under way.
class HttpExchanger final : public verify::Exchanger {
 public:
  static Result<std::unique_ptr<HttpExchanger>> create(const TargetOptions& options, const Interruption& interruption);
  Result<Response> send(const Request& request) override;

  /// When the latest request was sent, and how long its reply took.
  Instant sent_at() const { return sent_at_; }
  std::chrono::microseconds duration() const { return duration_; }

 private:
  explicit HttpExchanger(std::unique_ptr<upstream::HttpClient> client) : client_(std::move(client)) {}
  std::unique_ptr<upstream::HttpClient> client_;
  Instant sent_at_{};
  std::chrono::microseconds duration_{0};
};

/// The machine's clock. Interrupted, it waits no more; `on_second` is called about each second of a wait.
class RealPace final : public verify::Pace {
 public:
  explicit RealPace(const Interruption& interruption, std::function<void()> on_second = {})
      : interruption_(interruption), on_second_(std::move(on_second)) {}
  Duration now() override;
  void wait(Duration duration) override;

 private:
  const Interruption& interruption_;
  std::function<void()> on_second_;
};

}  // namespace qamera::cli
