#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "upstream/http_client.h"

namespace qamera::cli {
namespace {

struct TailOptions {
  std::string url = "http://127.0.0.1:4010";
  std::string api_key;
  std::string workspace;
  std::string admin_token;
  std::string since;
  std::string color = "auto";
};

/// Escape sequences of a terminal, all empty when colours are off.
struct Colors {
  std::string_view good, odd, bad, faint, off;
};
Colors colors_for(const std::string& choice) {
  const bool on = choice == "always" || (choice == "auto" && isatty(STDOUT_FILENO) == 1);
  return on ? Colors{"\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[2m", "\x1b[0m"} : Colors{};
}

std::string_view color_of(int status, const Colors& colors) {
  return status < 300 ? colors.good : status < 500 ? colors.odd : colors.bad;
}

void print_entry(const Json& entry, const Colors& colors) {
  const Json request = entry.value("request", Json::object());
  const Json response = entry.value("response", Json::object());
  const int status = response.value("status", 0);
  std::string line;
  line.append(colors.faint).append(entry.value("at", "")).append(colors.off).append(" ");
  line.append(color_of(status, colors)).append(std::to_string(status)).append(colors.off).append(" ");
  line.append(without_controls(request.value("method", "") + " " + request.value("url", "")));
  line.append(colors.faint).append("  ").append(entry.value("id", ""));
  const std::string reason = entry.value("reason", "");
  if (reason != "ok") line.append("  ").append(without_controls(reason));
  line.append(colors.off);
  for (const Json& finding : entry.value("findings", Json::array())) {
    line.append("\n  ").append(colors.odd).append("finding ").append(finding.value("kind", "")).append(colors.off);
    line.append(" ").append(without_controls(finding.value("pointer", "") + ": " + finding.value("message", "")));
  }
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

/// An entry keeps 64 KiB of each body, which escapes in JSON may make six times as long, and heads.
constexpr std::size_t kMaxEvent = std::size_t{16} << 20;

/// Takes a stream of server-sent events apart.
class EventReader {
 public:
  explicit EventReader(Colors colors) : colors_(colors) {}

  /// False when an event is longer than any of this server's.
  bool feed(std::string_view data) {
    for (auto end = data.find('\n'); end != std::string_view::npos; end = data.find('\n')) {
      take_line(pending_.append(data.substr(0, end)));
      pending_.clear();
      data.remove_prefix(end + 1);
    }
    pending_.append(data);
    return pending_.size() + data_.size() + event_.size() <= kMaxEvent;
  }

 private:
  void take_line(std::string_view line) {
    if (line.empty()) return dispatch();
    if (line.starts_with("event:")) event_ = value_of(line, 6);
    if (line.starts_with("data:")) data_ += value_of(line, 5);
  }
  static std::string_view value_of(std::string_view line, std::size_t from) {
    return line.substr(line.size() > from && line[from] == ' ' ? from + 1 : from);
  }
  void dispatch() {
    const auto json = parse_json(data_);
    if (event_ == "missed" && json) {
      const std::string missed = dump_json(json->value("missed", Json()));
      std::printf("... %s requests were missed ...\n", missed.c_str());
    } else if (json && json->is_object() && json->contains("request")) {
      print_entry(*json, colors_);
    }
    event_.clear();
    data_.clear();
  }

  Colors colors_;
  std::string pending_;
  std::string event_;
  std::string data_;
};

int tail(const TailOptions& options) {
  auto url = upstream::parse_server_url(options.url);
  if (!url) return refuse(url.error());
  auto client = upstream::HttpClient::create(*std::move(url), {.read_timeout = std::chrono::hours(24 * 365)});
  if (!client) return refuse(client.error());
  Request request;
  request.method = "GET";
  request.target = "/__admin/events";
  if (!options.workspace.empty()) request.target += "?workspace=" + options.workspace;
  request.headers.add("Accept", "text/event-stream");
  if (!options.api_key.empty()) request.headers.add("X-Api-Key", options.api_key);
  if (!options.admin_token.empty()) request.headers.add("Authorization", "Bearer " + options.admin_token);
  if (!options.since.empty()) request.headers.add("Last-Event-ID", options.since);
  EventReader reader(colors_for(options.color));
  bool fits = true;
  const auto response = (*client)->stream(request, [&](std::string_view data) { return fits = reader.feed(data); });
  if (!response) return refuse(response.error());
  if (!fits) return refuse(options.url + " sent an event that is too long");
  if (response->status == 200) return kFine;
  const auto body = parse_json(response->body);
  return refuse(options.url + " answered " + std::to_string(response->status) + ": " +
                (body ? dump_json(*body) : response->body).substr(0, 4096));
}

}  // namespace

std::function<int()> add_tail(CLI::App& app) {
  auto options = std::make_shared<TailOptions>();
  with_environment(app.add_option("--url", options->url, "the server to follow")->capture_default_str());
  with_environment(app.add_option("--api-key", options->api_key, "only the workspace of this key"));
  with_environment(app.add_option("--workspace", options->workspace, "only the workspace of this id"));
  with_environment(app.add_option("--admin-token", options->admin_token, "the server's admin token"));
  app.add_option("--since", options->since, "begin after this event; 0: with everything the journal holds");
  app.add_option("--color", options->color, "colour the lines: auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  return [options] { return tail(*options); };
}

}  // namespace qamera::cli
