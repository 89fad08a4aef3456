#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace qamera::cli {

/// Exit codes, the same for every subcommand.
enum ExitCode : int {
  kFine = 0,
  kCheckFailed = 1,
  kWrongUsage = 2,  ///< or set-up: a file, port or address that cannot be used
};

/// A subcommand: what it is called, and how it adds its options to the parser. What `add` returns runs it.
struct Command {
  std::string_view name;
  std::string_view description;
  std::function<int()> (*add)(CLI::App& app);
};

/// Every subcommand, in the order of the help text.
std::span<const Command> commands();

/// Declares the whole command line on `app`. Once that has parsed, `chosen` runs the command; it must outlive `app`.
void declare_commands(CLI::App& app, std::function<int()>& chosen);

/// What stands behind the `--` of `exec`: a program and its arguments. Empty when there is none.
const std::vector<std::string>& command_to_run();

/// Gives an option its environment variable: `--max-workspaces` is `QAMERA_MOCK_MAX_WORKSPACES`. Flags win. What
/// Kubernetes sets for a service of that name (`QAMERA_MOCK_PORT=tcp://10.0.0.1:4010`) is no value; the command warns.
CLI::Option* with_environment(CLI::Option* option);
/// The value of an option's variable; null when it is not set.
const char* environment_of(const CLI::Option& option);

/// Adds an option that is one of the words, with its environment variable. `target` holds the default.
void add_choice(CLI::App& app, const std::string& name, std::string& target, const std::string& description,
                const std::vector<std::string>& words);

/// A number within the bounds, these included. CLI11's own range lets "nan" pass.
CLI::Validator finite_range(double min, double max);

/// Prints `qamera-mock: <message>` to stderr: no key in it, and control characters escaped.
void complain(std::string_view message);
/// The same, for a command that ends with it: `kWrongUsage`.
int refuse(std::string_view message);
inline int refuse(const Error& error) { return refuse(error.message); }

/// A recording to read: a file, or standard input for "-"; what is no regular file is held in memory. Null when it
/// cannot be opened.
std::unique_ptr<std::istream> open_recording(const std::string& file);

/// Reads files that a recording names, which lie beside it. The function gives nothing for a name that leads elsewhere,
/// or for what is no file of at most 64 MiB.
std::function<std::optional<std::string>(const std::string& name)> read_beside(const std::string& recording);

/// What to say of a recording without an exchange of the API.
std::string nothing_to_judge(const std::string& recording);

std::function<int()> add_serve(CLI::App& app);
std::function<int()> add_exec(CLI::App& app);
std::function<int()> add_health(CLI::App& app);
std::function<int()> add_lint(CLI::App& app);
std::function<int()> add_tail(CLI::App& app);
std::function<int()> add_verify(CLI::App& app);
std::function<int()> add_check(CLI::App& app);
std::function<int()> add_replay(CLI::App& app);
std::function<int()> add_openapi(CLI::App& app);
std::function<int()> add_scenarios(CLI::App& app);

}  // namespace qamera::cli
