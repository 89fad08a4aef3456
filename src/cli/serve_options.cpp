#include "cli/serve_options.h"

#include <algorithm>
#include <type_traits>

#include "access/allowed_hosts.h"
#include "access/cors.h"
#include "assets/asset_urls.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/memory_limit.h"
#include "sim/scenario.h"

namespace qamera::cli {

namespace {

template <typename Target>
constexpr bool is_integer(const Target&) {
  return (std::is_integral_v<Target> && !std::is_same_v<Target, bool>) ||
         std::is_same_v<Target, std::optional<std::uint64_t>>;
}

/// The parser takes 010 for eight and 0x10 for sixteen.
CLI::Validator decimal_only() {
  const auto check = [](std::string& text) -> std::string {
    const bool is_other = text.size() > 1 && text[0] == '0';
    return is_other ? "expected a decimal number without a zero in front, got " + text : "";
  };
  return {check, ""};
}

/// Why no client could send the token in a header field; "" when one can. Does not quote it.
std::string token_problem(const std::string& token) {
  if (token.empty()) return "the token is empty: leave the flag out, or say `none`";
  const auto plain = [](char c) { return c >= ' ' && c <= '~'; };
  const bool fits = std::all_of(token.begin(), token.end(), plain) && token.front() != ' ' && token.back() != ' ';
  return fits ? "" : "no header can carry the token: expected printable ASCII without a blank at either end";
}

void declare_max_memory(CLI::App& app, ServeOptions& o) {
  with_environment(app.add_option_function<std::string>(
                       "--max-memory", [&o](const std::string& size) { o.max_memory = *parse_size(size); },
                       "memory of all workspaces; the least recently used go first"))
      ->check(CLI::Validator(
          [](const std::string& text) { return parse_size(text) ? "" : parse_size(text).error().message; }, ""))
      ->type_name("SIZE")
      ->default_str("1GiB, or half of the control group's limit");
}

void declare_log(CLI::App& app, ServeOptions& o) {
  add_choice(app, "--log", o.log, "the form of log lines on stderr", {"text", "json"});
  add_choice(app, "--color", o.color, "colour them; auto: on a terminal, unless NO_COLOR is set",
             {"auto", "always", "never"});
  with_environment(app.add_flag("--log-control", o.log_control, "log calls of the control API too"));
  with_environment(app.add_flag("--quiet", o.quiet, "log warnings and errors only"));
}

void declare_assets(CLI::App& app, ServeOptions& o, CLI::Option* upstream) {
  // A proxy shows what the server behind it shows.
  with_environment(
      app.add_option("--assets", o.assets,
                     "where the URLs of pictures lead, in every scenario: to this server, or as documented"))
      ->check(CLI::IsMember({"served", "documented"}))
      ->excludes(upstream);
  with_environment(
      app.add_option("--public-url", o.public_url, "what they begin with, in place of the host that the client asked"))
      ->type_name("URL")
      ->excludes(upstream);
}

/// What makes the server a proxy, and what a proxy has no use for.
void declare_upstream(CLI::App& app, ServeOptions& o) {
  const auto add = [&](std::string& target, const char* name, const char* description) {
    return with_environment(app.add_option(name, target, description));
  };
  auto* upstream =
      add(o.upstream, "--upstream", "send requests on to this server and judge both sides")->type_name("URL");
  add(o.upstream_timeout, "--upstream-timeout", "the longest wait for a reply of the upstream")
      ->needs(upstream)
      ->type_name("DURATION")
      ->capture_default_str();
  add(o.ca_file, "--ca-file", "certificate authorities to trust with the upstream, PEM")
      ->needs(upstream)
      ->type_name("FILE");
  with_environment(app.add_flag("--insecure", o.insecure, "do not check the upstream's certificate"))->needs(upstream);
  add(o.save_scenario, "--save-scenario", "write what the upstream showed as a scenario that replays it offline")
      ->needs(upstream)
      ->type_name("FILE");
  add(o.state, "--state", "where all workspaces are kept: loaded at the start, written at the end")
      ->excludes(upstream)
      ->type_name("FILE");
  declare_assets(app, o, upstream);
}

}  // namespace

void declare_serve_options(CLI::App& app, ServeOptions& o) {
  const auto add = [&](auto& target, const char* name, const char* description) {
    CLI::Option* const option = with_environment(app.add_option(name, target, description));
    return is_integer(target) ? option->check(decimal_only()) : option;
  };
  add(o.port, "--port", "the port to listen on; 0 picks a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  add(o.host, "--host", "the address to listen on")->capture_default_str();
  add(o.scenario, "--scenario", "the scenario of keys that name none: a name or a file")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  add(o.scenarios_directory, "--scenarios", "a directory of scenario files (and fixtures in its folder `fixtures`)")
      ->type_name("DIR");
  add(o.speed, "--speed", "virtual seconds a real second, for every scenario")
      ->check(finite_range(0.001, sim::kMaxSpeed));
  add(o.clock, "--clock", "the clock of every scenario")->check(CLI::IsMember({"real", "manual"}));
  add_choice(app, "--auth", o.auth, "any: unknown well-formed keys get a workspace; listed: only declared keys",
             {"any", "listed"});
  with_environment(app.add_flag("--strict", o.strict, "answer 400 to requests outside the documentation"));
  add(o.seed, "--seed", "the seed of every scenario")->check(CLI::Range(std::uint64_t{0}, std::uint64_t{INT64_MAX}));
  add(o.max_workspaces, "--max-workspaces", "workspaces kept; the least recently used goes first")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  declare_max_memory(app, o);
  add(o.record, "--record", "append the journal to a file, one JSON object a line")->type_name("FILE");
  declare_upstream(app, o);
  add(o.journal_entries, "--journal-entries", "requests the journal keeps")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000'000}))
      ->capture_default_str();
  add(o.journal_bytes, "--journal-bytes", "memory the journal keeps, in bytes")
      ->check(CLI::Range(std::size_t{1024}, std::size_t{1} << 40))
      ->capture_default_str();
  auto* token =
      add(o.admin_token, "--admin-token", "what the control API asks for; `none` for none on a public address");
  token->type_name("T|none")->check(token_problem);
  // The parser takes a variable without a value for one that is not set.
  const char* variable = environment_of(*token);
  o.has_empty_token = variable && !*variable;
  add(o.allow_hosts, "--allow-host", "further Host that may drive the control API: mock, *.svc, 10.0.0.0/8")
      ->type_name("H")
      ->delimiter(',');
  add(o.allow_origins, "--allow-origin", "Origin whose pages may call the API (CORS); `*` for all")
      ->type_name("O")
      ->delimiter(',');
  add(o.ready_file, "--ready-file", "write the server's URL to a file when it listens")->type_name("F");
  add(o.fail_on, "--fail-on", "exit 1 at the end if any occurred: findings, unmatched")
      ->delimiter(',')
      ->check(CLI::IsMember({"findings", "unmatched"}));
  add(o.grace, "--grace", "the longest that the end takes, once the server is told to stop")
      ->type_name("DURATION")
      ->capture_default_str();
  with_environment(app.add_flag("--stop-with-stdin", o.stop_with_stdin,
                                "stop when standard input ends, hence with the program that holds its other end"));
  with_environment(app.add_flag("--no-ui", o.no_ui, "leave out the dashboard at /__admin/ui/"));
  declare_log(app, o);
}

bool is_loopback(const std::string& host) {
  // Digits only: "127.0.0.1.example.com" is a name, and may be any machine's.
  const bool loopback4 = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" || host == "[::1]" || loopback4;
}

Result<void> check_serve_options(const ServeOptions& options) {
  if (options.admin_token.empty() && options.has_empty_token) {
    return Error{ErrorCode::kInvalid, "QAMERA_MOCK_ADMIN_TOKEN: " + token_problem(""), ""};
  }
  if (auto hosts = access::AllowedHosts::parse(options.allow_hosts); !hosts) {
    return Error{ErrorCode::kInvalid, "--allow-host: " + hosts.error().message, ""};
  }
  for (const std::string& origin : options.allow_origins) {
    if (auto checked = access::Cors::check_origin(origin); !checked) {
      return Error{ErrorCode::kInvalid, "--allow-origin: " + checked.error().message, ""};
    }
  }
  if (!options.public_url.empty()) {
    if (auto url = assets::AssetUrls::read_public_url(options.public_url); !url) {
      return Error{ErrorCode::kInvalid, "--public-url: " + url.error().message, ""};
    }
  }
  if (!is_loopback(options.host) && options.admin_token.empty()) {
    return Error{ErrorCode::kInvalid,
                 "--host " + options.host +
                     " lets other machines reach the control API: give it a token with --admin-token TOKEN, or say "
                     "--admin-token none on a private network such as a compose file",
                 ""};
  }
  if (auto grace = parse_duration(options.grace); !grace) {
    return Error{ErrorCode::kInvalid, "--grace: " + grace.error().message, ""};
  }
  return {};
}

}  // namespace qamera::cli
