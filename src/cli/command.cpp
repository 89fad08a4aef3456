#include "cli/command.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <sstream>
#include <utility>

#include "base/json.h"
#include "base/spelling.h"
#include "base/text.h"
#include "cli/run.h"
#include "cli/version.h"
#include "journal/entry.h"
#include "system/output.h"

namespace qamera::cli {
namespace {

constexpr std::array kCommands = {
    Command{"serve", "run the server (the default)", &add_serve},
    Command{"exec", "run a command with a server for as long as it lives", &add_exec},
    Command{"lint", "validate scenario and fixture files", &add_lint},
    Command{"health", "say whether a server serves", &add_health},
    Command{"tail", "print a server's requests as they come", &add_tail},
    Command{"verify", "run the contract against a live or self-hosted API", &add_verify},
    Command{"check", "judge recorded traffic by the contract", &add_check},
    Command{"replay", "send a recording again and compare", &add_replay},
    Command{"openapi", "print the OpenAPI 3.1 document of the contract", &add_openapi},
    Command{"scenarios", "list the scenarios with a line each", &add_scenarios},
};

/// The arguments with `serve` put in front when they name no subcommand.
std::vector<std::string> with_default_command(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const bool bare = arguments.empty() || (arguments[0].starts_with("-") && arguments[0] != "--help" &&
                                          arguments[0] != "-h" && arguments[0] != "--version");
  if (bare) arguments.insert(arguments.begin(), "serve");
  return arguments;
}

/// What `exec` is to run. Taken off before the parser, which has ideas of its own about a second `--`, brackets and
/// empty words.
std::vector<std::string> take_command(std::vector<std::string>& arguments) {
  const auto mark = arguments[0] == "exec" ? std::find(arguments.begin(), arguments.end(), "--") : arguments.end();
  if (mark == arguments.end()) return {};
  std::vector<std::string> command(std::make_move_iterator(mark + 1), std::make_move_iterator(arguments.end()));
  arguments.erase(mark, arguments.end());
  return command;
}

std::vector<std::string>& taken_command() {
  static std::vector<std::string> command;
  return command;
}

std::string variable_of(const CLI::Option& option) {
  std::string name = "QAMERA_MOCK_" + option.get_lnames().at(0);
  for (char& c : name) {
    if (c == '-') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return name;
}

/// What Kubernetes (and links of Docker) put into `<SERVICE>_PORT`: "tcp://10.0.0.1:4010".
bool is_service_address(std::string_view value) {
  const auto scheme = value.substr(0, value.find("://"));
  return scheme.size() < value.size() && (scheme == "tcp" || scheme == "udp" || scheme == "sctp");
}

/// Those of the command whose options are being declared.
std::vector<std::string>& ignored_variables() {
  static std::vector<std::string> names;
  return names;
}

void warn_of_ignored(const std::vector<std::string>& variables) {
  for (const std::string& name : variables) {
    complain("warning: " + name + "=" + std::getenv(name.c_str()) +
             " is ignored: it is what Kubernetes sets for a service of this name, not the value of a flag");
  }
}

int refuse_unknown(const std::string& name) {
  std::vector<std::string_view> names;
  names.reserve(std::size(kCommands));
  for (const Command& command : kCommands) names.push_back(command.name);
  return refuse("there is no command \"" + name + "\"" + suggestion_or_choices(name, names));
}

/// What is wrong with the arguments of the command that was found, and where its help is.
int refuse_arguments(const CLI::App& app, const CLI::ParseError& error) {
  const auto found = app.get_subcommands();
  const CLI::App& command = found.empty() ? app : *found.front();
  const std::string name = found.empty() ? "" : command.get_name();
  const std::string before = name.empty() ? "" : name + ": ";
  const std::vector<std::string> unknown = command.remaining();
  if (unknown.empty()) {
    complain(before + error.what());
  } else if (const std::string& first = unknown.front(); first.starts_with("-")) {
    std::vector<std::string> flags;
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& flag : option->get_lnames()) flags.push_back("--" + flag);
    }
    const std::string flag = first.substr(0, first.find('='));
    const std::vector<std::string_view> names(flags.begin(), flags.end());
    complain(before + "there is no option \"" + shortened(flag) + "\"" + suggestion(flag, names));
  } else {
    complain(before + "unexpected argument \"" + shortened(first) + "\"");
  }
  std::fprintf(stderr, "`qamera-mock %s--help` tells what there is.\n", name.empty() ? "" : (name + " ").c_str());
  return kWrongUsage;
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

const std::vector<std::string>& command_to_run() { return taken_command(); }

void complain(std::string_view message) {
  std::string shown(message);
  journal::redact_keys(shown);
  constexpr int kPatience = 200;  // the end of a server must not wait for whoever does not read
  write_within(STDERR_FILENO, "qamera-mock: " + printable(shown) + "\n", kPatience);
}

int refuse(std::string_view message) {
  complain(message);
  return kWrongUsage;
}

CLI::Validator finite_range(double min, double max) {
  const auto text_of = [](double number) { return dump_json(Json(number)); };
  const std::string range = text_of(min) + " to " + text_of(max);
  const auto check = [=](std::string& text) -> std::string {
    double number = 0;
    const bool fits = CLI::detail::lexical_cast(text, number) && number >= min && number <= max;
    return fits ? std::string() : "expected a number from " + range + ", got " + text;
  };
  return {check, "FLOAT in [" + range + "]"};
}

std::unique_ptr<std::istream> open_recording(const std::string& file) {
  // Reading it takes going back to the start, which a pipe cannot.
  const auto whole = [](std::istream& pipe) {
    auto held = std::make_unique<std::stringstream>();
    *held << pipe.rdbuf();
    held->clear();
    return held;
  };
  if (file == "-") return whole(std::cin);
  auto in = std::make_unique<std::ifstream>(file, std::ios::binary);
  // A directory opens, and then reads as empty.
  if (!*in || std::filesystem::is_directory(file)) return nullptr;
  if (!std::filesystem::is_regular_file(file)) return whole(*in);
  return in;
}

std::function<std::optional<std::string>(const std::string& name)> read_beside(const std::string& recording) {
  constexpr std::uintmax_t kMaxSize = 64u << 20;
  if (recording == "-") return {};
  const auto folder = std::filesystem::path(recording).parent_path();
  return [folder](const std::string& name) -> std::optional<std::string> {
    const std::filesystem::path relative(name);
    if (relative.is_absolute() || std::find(relative.begin(), relative.end(), "..") != relative.end())
      return std::nullopt;
    const auto path = folder / relative;
    std::error_code failed;
    if (!std::filesystem::is_regular_file(path, failed)) return std::nullopt;
    if (const auto size = std::filesystem::file_size(path, failed); failed || size > kMaxSize) return std::nullopt;
    std::ifstream in(path, std::ios::binary);
    std::ostringstream contents;
    contents << in.rdbuf();
    return in.bad() ? std::nullopt : std::optional(std::move(contents).str());
  };
}

std::string nothing_to_judge(const std::string& recording) {
  return recording + ": no exchange with the API, so there is nothing to judge (--allow-empty takes that as fine)";
}

const char* environment_of(const CLI::Option& option) { return std::getenv(variable_of(option).c_str()); }

CLI::Option* with_environment(CLI::Option* option) {
  std::string name = variable_of(*option);
  const char* value = std::getenv(name.c_str());
  if (!value || !name.ends_with("_PORT") || !is_service_address(value)) return option->envname(std::move(name));
  ignored_variables().push_back(std::move(name));
  return option;
}

void add_choice(CLI::App& app, const std::string& name, std::string& target, const std::string& description,
                const std::vector<std::string>& words) {
  with_environment(app.add_option(name, target, description)->check(CLI::IsMember(words))->capture_default_str());
}

void declare_commands(CLI::App& app, std::function<int()>& chosen) {
  app.name("qamera-mock");
  app.description("A test double for the Qamera AI external API.");
  app.set_version_flag("--version", &version_text);
  app.require_subcommand(1);
  app.footer(
      "`qamera-mock COMMAND --help` shows a command's options. Exit codes: 0 fine, 1 a check failed, 2 wrong "
      "usage or set-up.");
  for (const Command& command : kCommands) {
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.description));
    std::function<int()> action = command.add(*sub);
    sub->callback([&chosen, action, ignored = std::exchange(ignored_variables(), {})] {
      warn_of_ignored(ignored);
      chosen = action;
    });
  }
}

int run(int argc, const char* const* argv) {
  std::vector<std::string> arguments = with_default_command(argc, argv);
  const auto named = [&](const Command& command) { return command.name == arguments[0]; };
  if (!arguments[0].starts_with("-") && std::none_of(kCommands.begin(), kCommands.end(), named)) {
    return refuse_unknown(arguments[0]);
  }
  taken_command() = take_command(arguments);
  CLI::App app;
  std::function<int()> chosen;
  declare_commands(app, chosen);
  try {
    // CLI11 takes its arguments last first.
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return refuse_arguments(app, error);
  }
  try {
    return chosen();
  } catch (const std::bad_alloc&) {
    return refuse("there is not enough memory");
  }
}

}  // namespace qamera::cli
