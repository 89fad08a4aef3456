#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "journal/exchange_line.h"
#include "journal/journal.h"
#include "system/terminal.h"
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
  bool bodies = false;
};

/// A body as it is shown below its request, with its own line breaks.
std::string shown_body(std::string_view mark, const journal::KeptBody& body) {
  constexpr std::size_t kMostShown = 4096;
  std::string out;
  const std::string text = shortened(body.content(), kMostShown);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    out.append("\n  ").append(mark).append(" ").append(printable(line));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return out;
}

class Printer {
 public:
  Printer(bool color, bool bodies) : style_{colors(color)}, bodies_(bodies) {}

  void print(const Json& json) const {
    const auto read = journal::entry_from_json(json);
    if (!read) {
      std::printf("... an entry that cannot be read: %s ...\n", printable(read.error().message).c_str());
      return;
    }
    const journal::Entry& entry = *read;
    const std::string wall = format_instant(entry.received_at);
    const std::string times = wall.substr(wall.find('T') + 1) + " " + format_instant(entry.at);
    const std::string took = std::to_string(entry.duration.count()) + "us";
    const std::string account = (entry.workspace.empty() ? "-" : printable(entry.workspace)) + " " +
                                printable(entry.id) + std::string(took.size() < 8 ? 8 - took.size() : 1, ' ') + took;
    std::string text =
        journal::exchange_line(entry, {times, account}, {style_.colors, terminal_columns(STDOUT_FILENO)});
    if (bodies_) text += shown_body(">", entry.request_body) + shown_body("<", entry.response_body);
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
  }

 private:
  const journal::LineStyle style_;
  const bool bodies_;
};

/// An entry keeps 64 KiB of each body, which escapes in JSON may make six times as long, and heads.
constexpr std::size_t kMaxEvent = std::size_t{16} << 20;

/// Takes a stream of server-sent events apart.
class EventReader {
 public:
  explicit EventReader(Printer printer) : printer_(printer) {}

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
      printer_.print(*json);
    }
    event_.clear();
    data_.clear();
  }

  Printer printer_;
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
  request.target = "/__admin/events?bodies=all";  // that of an error says what went wrong
  if (!options.workspace.empty()) request.target += "&workspace=" + percent_encode(options.workspace);
  if (!options.since.empty()) request.target += "&since=" + percent_encode(options.since);
  request.headers.add("Accept", "text/event-stream");
  if (!options.api_key.empty()) request.headers.add("X-Api-Key", options.api_key);
  if (!options.admin_token.empty()) request.headers.add("Authorization", "Bearer " + options.admin_token);
  EventReader reader({uses_color(options.color, STDOUT_FILENO), options.bodies});
  bool fits = true;
  const auto response = (*client)->stream(request, [&](std::string_view data) { return fits = reader.feed(data); });
  if (!response) return refuse(response.error());
  if (!fits) return refuse(options.url + " sent an event that is too long");
  if (response->status == 200) {
    const bool is_stream = response->headers.value_or("Content-Type", "").starts_with("text/event-stream");
    return is_stream ? kFine : refuse(options.url + " answers, but not as a qamera-mock does");
  }
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
  app.add_option("--since", options->since, "begin after this event; 0: with everything the journal holds")
      ->check(CLI::Validator(
          [](const std::string& text) { return journal::is_event_id(text) ? "" : journal::expected_event_id(text); },
          ""))
      ->type_name("N");
  app.add_flag("--bodies", options->bodies, "show the bodies of request and reply, 4 KiB of each");
  add_choice(app, "--color", options->color, "colour the lines; auto: on a terminal, unless NO_COLOR is set",
             {"auto", "always", "never"});
  return [options] { return tail(*options); };
}

}  // namespace qamera::cli
