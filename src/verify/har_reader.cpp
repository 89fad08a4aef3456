#include <algorithm>
#include <vector>

#include "base/json.h"
#include "journal/encoding.h"
#include "verify/judge.h"
#include "verify/recording.h"

namespace qamera::verify {
namespace {

/// Some libraries write the method as their caller spelt it. What they send is in capitals, as the Fetch standard has
/// it for these names.
std::string sent_method(std::string method) {
  for (std::string_view known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (equal_ignoring_case(method, known)) return std::string(known);
  }
  return method;
}

/// The target of an absolute URL, from `/api/external` on when the URL leads there (a self-hosted base URL may have a
/// path of its own).
std::string target_of(const std::string& url) {
  const auto scheme = url.find("://");
  const auto authority = scheme == std::string::npos ? 0 : scheme + 3;
  const auto path = url.find('/', authority);
  if (path == std::string::npos) return "/";
  std::string target = url.substr(path, url.find('#') - path);
  const auto api = target.find("/api/external/");
  const auto query = target.find('?');
  return api != std::string::npos && api < query ? target.substr(api) : target;
}

const Json& member(const Json& object, const char* name) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

Headers headers_of(const Json& list) {
  Headers headers;
  if (!list.is_array()) return headers;
  for (const Json& header : list) {
    const std::string name = text_of(header, "name");
    // Browsers list the pseudo-headers of HTTP/2.
    if (!name.empty() && name[0] != ':') headers.add(name, text_of(header, "value"));
  }
  return headers;
}

/// Text as bytes: HAR keeps binary bodies in base64. False when it cannot be read, or is a prefix.
bool read_body(const Json& holder, const char* encoding, std::string& body) {
  body = text_of(holder, "text");
  if (text_of(holder, encoding) == "base64") {
    auto bytes = journal::base64_decode(body);
    if (!bytes) return false;
    body = *std::move(bytes);
  }
  return member(holder, "_truncated").is_null();
}

Result<RecordedExchange> exchange_of(const Json& entry, std::string place) {
  const Json& request = member(entry, "request");
  const Json& response = member(entry, "response");
  RecordedExchange exchange;
  exchange.place = std::move(place);
  exchange.request.method = sent_method(text_of(request, "method"));
  const std::string url = text_of(request, "url");
  if (exchange.request.method.empty() || url.empty() || !member(response, "status").is_number_integer()) {
    return Error{ErrorCode::kInvalid, exchange.place + ": expected request.method, request.url and response.status",
                 ""};
  }
  exchange.request.target = target_of(url);
  parse_target(exchange.request);
  exchange.request.headers = headers_of(member(request, "headers"));
  const Json& post = member(request, "postData");
  exchange.request_whole = post.is_null() || read_body(post, "_encoding", exchange.request.body);
  if (post.is_object() && !exchange.request.headers.find("Content-Type")) {
    exchange.request.headers.add("Content-Type", text_of(post, "mimeType"));
  }
  // Browsers may keep the fields of a form in place of its text.
  if (exchange.request.body.empty() && !member(post, "params").empty()) exchange.request_whole = false;
  exchange.response.status = static_cast<int>(std::clamp<std::int64_t>(response["status"].get<std::int64_t>(), 0, 999));
  exchange.response.headers = headers_of(member(response, "headers"));
  const Json& content = member(response, "content");
  exchange.response_whole =
      content.is_object() && content.contains("text") && read_body(content, "encoding", exchange.response.body);
  return exchange;
}

/// Walks a HAR document, keeping no more than the one element of `log.entries` that it is in.
class HarWalk final : public nlohmann::json_sax<Json> {
 public:
  HarWalk(std::string_view name, const OnExchange& each) : name_(name), each_(each) {}

  bool null() override { return value(nullptr); }
  bool boolean(bool v) override { return value(v); }
  bool number_integer(number_integer_t v) override { return value(v); }
  bool number_unsigned(number_unsigned_t v) override { return value(v); }
  bool number_float(number_float_t v, const string_t&) override { return value(v); }
  bool string(string_t& v) override { return value(std::move(v)); }
  bool binary(binary_t&) override { return false; }
  bool key(string_t& name) override {
    key_ = std::move(name);
    if (open_.empty() && path_.size() <= 2) names_[path_.size() - 1] = key_;
    return true;
  }
  bool start_object(std::size_t) override { return open('{'); }
  bool start_array(std::size_t) override { return open('['); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) override {
    error_ = Error{ErrorCode::kInvalid, name_ + ": " + error.what(), ""};
    return false;
  }

  std::uint64_t entries() const { return entries_; }
  bool saw_entries() const { return saw_entries_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  bool in_entries() const { return path_ == "{{[" && names_[0] == "log" && names_[1] == "entries"; }

  bool open(char kind) {
    if (path_.size() + open_.size() >= kMaxJsonDepth) {
      error_ = Error{ErrorCode::kInvalid, name_ + ": nested too deeply", ""};
      return false;
    }
    if (!open_.empty()) {
      place(kind == '{' ? Json::object() : Json::array(), true);
    } else if (in_entries() && kind == '[') {
      return refuse_entry();
    } else if (in_entries()) {
      entry_ = Json::object();
      open_.push_back(&entry_);
    } else {
      path_.push_back(kind);
      saw_entries_ = saw_entries_ || in_entries();
    }
    return true;
  }

  bool close() {
    if (open_.empty()) {
      path_.pop_back();
      return true;
    }
    open_.pop_back();
    return open_.empty() ? hand_over() : true;
  }

  bool value(Json v) {
    if (open_.empty()) return !in_entries() || refuse_entry();
    place(std::move(v), false);
    return true;
  }

  bool refuse_entry() {
    error_ = Error{ErrorCode::kInvalid, name_ + " entry " + std::to_string(entries_ + 1) + ": expected an object", ""};
    return false;
  }

  void place(Json v, bool enter) {
    Json& parent = *open_.back();
    Json* child = nullptr;
    if (parent.is_array()) {
      parent.push_back(std::move(v));
      child = &parent.back();
    } else {
      child = &(parent[key_] = std::move(v));
    }
    if (enter) open_.push_back(child);
  }

  bool hand_over() {
    ++entries_;
    std::string place = name_ + " entry " + std::to_string(entries_);
    if (const std::string id = text_of(entry_, "_id"); !id.empty()) place += " (" + id + ")";
    auto exchange = exchange_of(entry_, std::move(place));
    auto result = exchange.ok() ? each_(*std::move(exchange)) : Result<void>(exchange.error());
    entry_ = nullptr;
    if (!result.ok()) error_ = result.error();
    return result.ok();
  }

  std::string name_;
  const OnExchange& each_;
  std::string path_;      ///< the brackets open outside the entry
  std::string names_[2];  ///< the members that lead there
  std::string key_;
  Json entry_;
  std::vector<Json*> open_;  ///< inside `entry_`, outermost first
  std::uint64_t entries_ = 0;
  bool saw_entries_ = false;
  std::optional<Error> error_;
};

}  // namespace

Result<std::uint64_t> read_har(std::istream& in, std::string_view name, const OnExchange& each) {
  HarWalk walk(name, each);
  const bool whole = Json::sax_parse(in, &walk);
  if (walk.error()) return *walk.error();
  if (!whole || !walk.saw_entries()) {
    return Error{ErrorCode::kInvalid, std::string(name) + ": expected a HAR document with log.entries", ""};
  }
  return walk.entries();
}

}  // namespace qamera::verify
