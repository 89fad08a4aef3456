#pragma once

// An unofficial test double of the Qamera AI external API, for C++ tests: starts the server and steers it.
//
// C++17 and POSIX, on cpp-httplib's client and nlohmann/json. Objects may be used from several threads, but each
// Server is stopped by one. Whatever cannot be done throws an Error. Options, expectations and rules are JSON, and the
// server judges them: server.workspace("happy-path", {{"credits", 100}, {"clock", "manual"}}).

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "detail/client.h"

namespace qamera::mock {

/// The clock of a workspace.
class Clock {
 public:
  explicit Clock(detail::Caller caller) : caller_(std::move(caller)) {}

  /// Stops the clock, at `now` (ISO 8601) if given.
  Json manual(const std::string& now = "") const {
    Json body = {{"mode", "manual"}};
    if (!now.empty()) body["now"] = now;
    return caller_.call("PUT", "/clock", body);
  }
  /// Lets time pass: "90s", {{"by", "90s"}} or {{"to", TIME}}. `fired` says what happened.
  Json advance(const Json& target) const {
    return caller_.call("POST", "/clock/advance", target.is_string() ? Json{{"by", target}} : target);
  }
  /// Until no job runs any more.
  Json until_idle() const { return advance({{"until", "idle"}}); }
  /// Until the next thing happens.
  Json until_next() const { return advance({{"until", "next"}}); }

 private:
  detail::Caller caller_;
};

/// The scripted rules of a workspace.
class Rules {
 public:
  explicit Rules(detail::Caller caller) : caller_(std::move(caller)) {}

  /// Adds rules as in a scenario file, asked before the scenario's; their ids and names.
  template <typename... Rule>
  Json add(const Rule&... rules) const {
    return caller_.call("POST", "/rules", {{"rules", Json::array({Json(rules)...})}}).at("added");
  }

 private:
  detail::Caller caller_;
};

/// One API key's sandbox: its own records, credits, clock and journal. It keeps its server alive.
class Workspace {
 public:
  Workspace(std::shared_ptr<const detail::Client> client, const Json& made)
      : url(client->url),
        id(made.at("id")),
        key(made.at("key")),
        clock(detail::Caller{client, key}),
        rules(detail::Caller{client, key}),
        caller_{std::move(client), key} {}

  /// The ledger, after a change if one is given: {{"available", n}} or {{"grant", n}}.
  Json credits() const { return caller_.call("GET", "/credits"); }
  Json credits(const Json& change) const { return caller_.call("PATCH", "/credits", change); }

  /// Ends a pending job now: "DONE" or "FAILED".
  Json settle(const std::string& record, const std::string& status = "DONE") const {
    return caller_.call("POST", "/records/" + detail::percent_encoded(record), {{"status", status}});
  }

  /// The journal, oldest first; filters are operation, status, path, since, limit, unmatched, findings.
  Json requests(const Json& filters = Json::object()) const {
    std::string query;
    for (const auto& [name, value] : filters.items()) {
      if (value.is_null()) continue;
      const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
      query += (query.empty() ? "?" : "&") + detail::percent_encoded(name) + "=" + detail::percent_encoded(text);
    }
    return caller_.call("GET", "/requests" + query).at("requests");
  }

  /// Throws a VerificationError unless all of it holds, or comes to hold `within` that real time ("5s"). One
  /// expectation, or an array of them.
  void verify(const Json& expectations, const std::string& within = "") const {
    Json body = {{"expect", expectations.is_array() ? expectations : Json::array({expectations})}};
    if (!within.empty()) body["within"] = within;
    const detail::Reply reply = caller_.client->send("POST", "/verify", key, body, "text/plain");
    if (reply.status == 200) return;
    // A refused call answers 422 too, but in JSON.
    const bool is_verdict = (reply.status == 409 || reply.status == 422) && reply.text.compare(0, 1, "{") != 0;
    if (is_verdict) throw VerificationError(detail::lasting(reply.text), reply.status);
    throw detail::refusal(reply, "verify");
  }

  /// What its requests did that nobody documented, and those that reached no operation, as text for people.
  std::string findings() const {
    const Json none(Json::value_t::discarded);
    const detail::Reply reply = caller_.client->send("GET", "/findings", key, none, "text/plain");
    if (reply.status != 200) throw detail::refusal(reply, "findings");
    return detail::lasting(reply.text);
  }

  /// Back to the scenario's start, with an empty journal.
  void reset() const { caller_.call("POST", "/reset"); }

  /// A copy of its state under another key.
  Workspace fork(const std::string& other_key = "") const {
    Json body = Json::object();
    if (!other_key.empty()) body["key"] = other_key;
    const std::string path = "/workspaces/" + detail::percent_encoded(id) + "/fork";
    return Workspace(caller_.client, caller_.client->call("POST", path, "", body));
  }

  /// The server's, without a path: what a client takes as its base URL.
  std::string url;
  std::string id;
  /// What a client sends as X-Api-Key.
  std::string key;
  Clock clock;
  Rules rules;

 private:
  detail::Caller caller_;
};

/// A server: one that `start` started, or that of QAMERA_MOCK_URL.
class Server {
 public:
  /// Starts a server on a free port of 127.0.0.1; it ends with `stop`, when nobody holds it or a workspace of it any
  /// more, or with this process, however that ends. The options are the flags of `qamera-mock serve` with underscores:
  /// {{"fail_on", {"findings"}}}. Where QAMERA_MOCK_URL names a server, that is taken.
  static Server start(const Json& options = Json::object()) {
    if (!options.is_object()) throw Error("start: expected an object of options, was " + options.dump());
    const std::string named = detail::setting("QAMERA_MOCK_URL");
    if (!named.empty()) return connect(named, detail::without_null(options));
    auto process = std::make_shared<detail::Process>(options);
    const std::string url = process->ready();
    return Server(std::make_shared<detail::Client>(url, token_of(options), process), Json::object());
  }

  /// Makes a workspace; without a scenario (nullptr) it has the server's. The scenario is a name, or one as in a file;
  /// options are key, clock ("manual", "real" or an object), credits and seed.
  Workspace workspace(const Json& scenario = nullptr, const Json& options = Json::object()) const {
    if (!options.is_object()) throw Error("workspace: expected an object of options, was " + options.dump());
    Json body = defaults_;
    if (!scenario.is_null()) body["scenario"] = scenario;
    body.update(detail::without_null(options));
    if (body.contains("clock") && body["clock"].is_string()) body["clock"] = Json{{"mode", body["clock"]}};
    return Workspace(client_, client_->call("POST", "/workspaces", "", body));
  }

  /// Stops the server, unless QAMERA_MOCK_URL named it. Throws if it did not end well, as with `fail_on`.
  void stop() const { client_->stop(); }

  std::string url;

 private:
  Server(std::shared_ptr<const detail::Client> client, Json defaults)
      : url(client->url), client_(std::move(client)), defaults_(std::move(defaults)) {}

  static std::string token_of(const Json& options) {
    const auto token = options.find("admin_token");
    return token != options.end() && token->is_string() ? token->get<std::string>() : "";
  }

  static Server connect(const std::string& url, Json options) {
    auto client = std::make_shared<detail::Client>(url, token_of(options), nullptr);
    options.erase("admin_token");
    options.erase("quiet");
    for (const auto& [name, value] : options.items()) {
      // All that a workspace can have too.
      if (name == "scenario" || name == "clock" || name == "speed" || name == "seed") continue;
      throw Error("QAMERA_MOCK_URL names a server that runs already: it cannot be given \"" + name + "\"");
    }
    client->call("GET", "/health");
    if (options.contains("speed")) {
      options["clock"] = {{"mode", options.value("clock", "real")}, {"speed", options["speed"]}};
      options.erase("speed");
    }
    return Server(std::move(client), std::move(options));
  }

  std::shared_ptr<const detail::Client> client_;
  Json defaults_;
};

}  // namespace qamera::mock
