#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace qamera::cli {

/// The options of `serve`, as given. (`qamera-mock serve --help` tells them.)
struct ServeOptions {
  int port = 4010;
  std::string host = "127.0.0.1";
  std::string scenario = "happy-path";
  std::string scenarios_directory;
  std::optional<double> speed;
  std::optional<std::string> clock;
  std::string auth = "any";
  bool strict = false;
  std::optional<std::uint64_t> seed;
  std::size_t max_workspaces = 10'000;
  std::size_t max_memory = 0;  ///< bytes; 0 until `default_max_memory` says
  std::string record;
  std::string upstream;  ///< "" for the simulation
  std::string upstream_timeout = "30s";
  std::string ca_file;
  bool insecure = false;
  std::string save_scenario;
  std::string state;
  std::size_t journal_entries = 10'000;
  std::size_t journal_bytes = 16u << 20;
  std::string admin_token;
  bool has_empty_token = false;  ///< its variable is set, to nothing
  std::vector<std::string> allow_hosts;
  std::vector<std::string> allow_origins;
  std::string ready_file;
  std::vector<std::string> fail_on;
  bool stop_with_stdin = false;
  std::optional<std::string> assets;
  std::string public_url;
  bool no_ui = false;
  std::string log = "text";
  std::string color = "auto";
  bool log_control = false;
  bool quiet = false;
  std::string grace = "5s";
};

/// Declares the options on the parser; they end up in `options`, which must outlive it.
void declare_serve_options(CLI::App& app, ServeOptions& options);

/// Whether only this machine can reach the address.
bool is_loopback(const std::string& host);

/// Refuses combinations that are not safe or make no sense.
Result<void> check_serve_options(const ServeOptions& options);

}  // namespace qamera::cli
