#pragma once

// Calls of the control API.

#include <httplib.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "process.h"

namespace qamera::mock::detail {

struct Reply {
  int status;
  std::string text;
};

/// What the server says of a call that it refused.
inline Error refusal(const Reply& reply, const std::string& what) {
  std::string told = lasting(reply.text);
  const Json body = Json::parse(told, nullptr, false);
  if (body.is_object() && body.contains("error") && body["error"].is_string()) {
    const bool is_placed = body.contains("pointer") && body["pointer"].is_string() && body["pointer"] != "";
    told = (is_placed ? body["pointer"].get<std::string>() + ": " : "") + body["error"].get<std::string>();
  }
  return Error(what + ": " + std::to_string(reply.status) + " " + told, reply.status);
}

/// The control API of one server. Each call has a connection of its own, so threads may share it.
class Client {
 public:
  /// `process` is the server's where it was started here, and lives as long as somebody may call it.
  Client(std::string address, std::string token, std::shared_ptr<Process> process)
      : url(std::move(address)), token_(std::move(token)), process_(std::move(process)) {
    while (!url.empty() && url.back() == '/') url.pop_back();
    if (token_.empty()) token_ = setting("QAMERA_MOCK_ADMIN_TOKEN");
    const auto scheme = url.find("://");
    const bool is_http =
        scheme != std::string::npos && (url.compare(0, scheme, "http") == 0 || url.compare(0, scheme, "https") == 0);
    if (!is_http || scheme + 3 == url.size()) {
      throw Error("\"" + url + "\" is no URL of a server: expected such as http://127.0.0.1:4010");
    }
    const auto path = std::min(url.find('/', scheme + 3), url.size());
    origin_ = url.substr(0, path);
    prefix_ = url.substr(path) + "/__admin";
  }

  /// A control call, whatever its status. An empty `key` or `accept` is not sent, nor is a discarded `body`.
  Reply send(const std::string& method, const std::string& path, const std::string& key, const Json& body,
             const std::string& accept = "") const {
    httplib::Request request;
    request.method = method;
    request.path = prefix_ + path;
    const bool has_token = !token_.empty() && token_ != "none";
    add(request, "Content-Type", "application/json");
    add(request, "X-Api-Key", key);
    add(request, "Accept", accept);
    add(request, "Authorization", has_token ? "Bearer " + token_ : "");
    const std::string what = method + " " + url + "/__admin" + path;
    try {
      if (!body.is_discarded()) request.body = body.dump();
      httplib::Client client(origin_);
      client.set_read_timeout(kSeconds);
      const httplib::Result result = client.send(request);
      if (result) return {result->status, result->body};
      std::string why = process_ ? process_->explain(result.error() == httplib::Error::Connection) : "";
      if (why.empty()) why = httplib::to_string(result.error());
      throw Error(what + ": " + why);
    } catch (const Json::exception& error) {
      throw Error(what + ": no JSON: " + error.what());
    } catch (const std::invalid_argument& error) {  // cpp-httplib: https without OpenSSL
      throw Error(what + ": " + error.what());
    }
  }

  /// A control call that must succeed: its JSON.
  Json call(const std::string& method, const std::string& path, const std::string& key = "",
            const Json& body = Json(Json::value_t::discarded)) const {
    const Reply reply = send(method, path, key, body);
    if (reply.status >= 300) throw refusal(reply, method + " /__admin" + path);
    Json given = Json::parse(reply.text, nullptr, false);
    if (given.is_discarded()) {
      throw Error(method + " /__admin" + path + ": the reply is no JSON: " + reply.text, reply.status);
    }
    return given;
  }

  void stop() const {
    if (process_) process_->stop();
  }

  std::string url;

 private:
  static constexpr int kSeconds = 700;  // longer than any `within`; only keeps a hung server from hanging a run

  static void add(httplib::Request& request, const char* name, const std::string& value) {
    if (value.find_first_of("\r\n") != std::string::npos) {
      throw Error(std::string("the value of ") + name + " holds a line break");
    }
    if (!value.empty()) request.headers.emplace(name, value);
  }

  std::string token_;
  std::shared_ptr<Process> process_;
  std::string origin_;
  std::string prefix_;
};

inline Json without_null(const Json& members) {
  Json kept = Json::object();
  for (const auto& [name, value] : members.items()) {
    if (!value.is_null()) kept[name] = value;
  }
  return kept;
}

/// Whose calls go to one workspace.
struct Caller {
  std::shared_ptr<const Client> client;
  std::string key;

  Json call(const std::string& method, const std::string& path,
            const Json& body = Json(Json::value_t::discarded)) const {
    return client->call(method, path, key, body);
  }
};

}  // namespace qamera::mock::detail
