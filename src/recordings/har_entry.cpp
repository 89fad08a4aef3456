#include "recordings/har_entry.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "contract/operation.h"
#include "http/content_coding.h"
#include "http/field_syntax.h"
#include "journal/encoding.h"
#include "recordings/har_reader.h"

namespace qamera::recordings {
namespace {

using http::BodyState;

constexpr std::string_view kBoundary = "qamera-mock-recorded-fields";

const Json& member(const Json& object, std::string_view name) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

/// A value as text; "" for none.
std::string as_text(const Json& value) { return value.is_null() ? std::string() : plain_text(value); }

/// Some libraries write the method as their caller spelt it. What they send is in capitals, as the Fetch standard has
/// it for these names.
std::string sent_method(std::string method) {
  for (std::string_view known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (equal_ignoring_case(method, known)) return std::string(known);
  }
  return method;
}

/// A whole number, also where it is written as text; nothing for anything else.
std::optional<std::int64_t> whole_number(const Json& value) {
  if (value.is_number_integer() && value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)
    return INT64_MAX;
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::abs(number) < 1e15 && std::floor(number) == number) return static_cast<std::int64_t>(number);
  }
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = http::trim(value.get_ref<const std::string&>());
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// HAR's list of names and values, or the object that some write in its place.
Headers fields_of(const Json& list) {
  Headers fields;
  const auto add = [&](const std::string& name, const Json& value) {
    // Browsers list the pseudo-headers of HTTP/2.
    if (!name.empty() && name[0] != ':') fields.add(name, as_text(value));
  };
  if (list.is_object()) {
    for (const auto& [name, value] : list.items()) {
      for (const Json& one : value.is_array() ? value : Json::array({value})) add(name, one);
    }
  } else if (list.is_array()) {
    for (const Json& field : list) add(text_of(field, "name"), member(field, "value"));
  }
  return fields;
}

/// What stands beside a body's text about whether there was one.
enum class Said { kNothing, kBody, kNoBody };

Said said_of(std::initializer_list<const Json*> sizes, const Headers& headers) {
  Said said = Said::kNothing;
  const auto take = [&](std::optional<std::int64_t> size) {
    if (size && *size > 0) said = Said::kBody;
    if (size && *size == 0 && said == Said::kNothing) said = Said::kNoBody;
  };
  for (const Json* size : sizes) take(whole_number(*size));
  take(whole_number(Json(headers.value_or("Content-Length", ""))));
  if (headers.find("Transfer-Encoding") && said == Said::kNothing) said = Said::kBody;
  return said;
}

/// The body of one side, as far as the entry has it.
class BodyReader {
 public:
  /// `holder`: `postData` or `content`.
  BodyReader(const Json& holder, const Headers& headers, bool is_ours)
      : holder_(holder), headers_(headers), is_ours_(is_ours) {}

  void read(const ReadFile& read_file, bool is_damaged, Said said, bool may_be_bare, std::string& body, Known& known) {
    // Even where the beginning that is there has no bytes.
    if (!member(holder_, "_truncated").is_null()) known.body = BodyState::kCut;
    const Json& text = member(holder_, "text");
    body = text.is_structured() ? dump_json(text) : as_text(text);
    bool is_bytes = false;
    const std::string file = text_of(holder_, "_file");
    if (body.empty() && !file.empty()) {
      auto contents = read_file ? read_file(file) : std::nullopt;
      if (!contents) return unknown(body, known);
      body = *std::move(contents);
      is_bytes = true;
    }
    if (body.empty() && is_ours_) return;
    if (body.empty()) {
      if (said == Said::kBody || (said == Said::kNothing && !may_be_bare)) unknown(body, known);
      return;
    }
    if (!is_bytes && !undo_text_encoding(body, is_bytes)) return unknown(body, known);
    if (is_damaged && body.find("\xEF\xBF\xBD") != std::string::npos) return unknown(body, known);
    if (known.body == BodyState::kReadable) undo_content_coding(body, is_bytes, known);
  }

 private:
  static void unknown(std::string& body, Known& known) {
    body.clear();
    known.body = BodyState::kNotRecorded;
  }

  /// HAR keeps bytes in base64. False when that, or whatever else it says, cannot be undone.
  bool undo_text_encoding(std::string& body, bool& is_bytes) const {
    std::string encoding = text_of(holder_, "encoding");
    if (encoding.empty()) encoding = text_of(holder_, "_encoding");
    if (equal_ignoring_case(encoding, "base64")) {
      auto bytes = journal::base64_decode_any(body);
      if (bytes) body = *std::move(bytes);
      is_bytes = true;
      return bytes.has_value();
    }
    return encoding.empty() || equal_ignoring_case(encoding, "utf-8") || equal_ignoring_case(encoding, "utf8") ||
           equal_ignoring_case(encoding, "identity") || equal_ignoring_case(encoding, "text");
  }

  void undo_content_coding(std::string& body, bool is_bytes, Known& known) const {
    if (is_ours_) return decode(body, text_of(holder_, "_coding"), known);
    if (!is_bytes) {
      // The text of a HAR is decoded. Bytes taken for text are lost.
      if (body[0] == '\x1f') unknown(body, known);
      return;
    }
    const std::string codings = http::content_codings(headers_);
    if (codings.empty()) return undo_unnamed_coding(body, known);
    // Those who write base64 may have decoded first.
    const std::string as_written = body;
    decode(body, codings, known);
    const bool undone = known.body == BodyState::kReadable || known.body == BodyState::kTooLarge;
    if (undone || !is_utf8(as_written)) return;
    known.body = BodyState::kReadable;
  }

  /// Some keep the bytes and lose the field that says what they are. No JSON and no form begins as these do.
  static void undo_unnamed_coding(std::string& body, Known& known) {
    const std::string_view coding = body.starts_with("\x1F\x8B")                                   ? "gzip"
                                    : body.starts_with("\x78\x9C") || body.starts_with("\x78\xDA") ? "deflate"
                                                                                                   : "";
    if (coding.empty()) return;
    decode(body, coding, known);
    known.unnamed_coding = known.body == BodyState::kReadable;
    if (known.body == BodyState::kBrokenCoding) unknown(body, known);
  }

  const Json& holder_;
  const Headers& headers_;
  bool is_ours_;
};

/// A form's field as a part of a body.
std::string part_of(const Json& field) {
  std::string part =
      "--" + std::string(kBoundary) + "\r\nContent-Disposition: form-data; name=\"" + text_of(field, "name") + "\"";
  if (member(field, "fileName").is_string()) part += "; filename=\"" + text_of(field, "fileName") + "\"";
  return part + "\r\n\r\n" + as_text(member(field, "value")) + "\r\n";
}

/// The body of which only the fields were recorded, as it may have been. False when that cannot be told.
bool rebuild_from_fields(const Json& fields, Request& request) {
  const std::string type(http::media_type(request.headers.value_or("Content-Type", "")));
  if (equal_ignoring_case(type, "multipart/form-data")) {
    for (const Json& field : fields) request.body += part_of(field);
    request.body += "--" + std::string(kBoundary) + "--\r\n";
    request.headers.set("Content-Type", "multipart/form-data; boundary=" + std::string(kBoundary));
    return true;
  }
  if (equal_ignoring_case(type, "application/x-www-form-urlencoded")) {
    for (const Json& field : fields) {
      request.body += (request.body.empty() ? "" : "&") + percent_encode(text_of(field, "name")) + "=" +
                      percent_encode(as_text(member(field, "value")));
    }
    return true;
  }
  Json object = Json::object();
  for (const Json& field : fields) {
    const std::string name = text_of(field, "name");
    const Json& value = member(field, "value");
    // JavaScript's way to say that an object stood there.
    if (value == "[object Object]") return false;
    if (!object.contains(name)) {
      object[name] = value;
    } else {
      if (!object[name].is_array()) object[name] = Json::array({object[name]});
      object[name].push_back(value);
    }
  }
  request.body = dump_json(object);
  return true;
}

void read_target(const Json& recorded, bool is_ours, Request& request) {
  const std::string url = text_of(recorded, "url");
  const std::string own = text_of(recorded, "_target");
  if (is_ours) {
    request.target = own.empty() ? std::string(origin_form(url)) : own;
  } else if (auto target = target_of_url(url)) {
    request.target = *std::move(target);
  } else {
    return;
  }
  const Json& query = member(recorded, "queryString");
  if (!is_ours && request.target.ends_with('?')) request.target.pop_back();
  if (!is_ours && request.target.find('?') == std::string::npos && !query.empty()) {
    char separator = '?';
    for (const Header& parameter : fields_of(query)) {
      request.target += separator + percent_encode(parameter.name) + "=" + percent_encode(parameter.value);
      separator = '&';
    }
  }
  parse_target(request);
}

void read_request(const Json& recorded, bool is_ours, bool is_damaged, const ReadFile& read_file,
                  RecordedExchange& exchange) {
  Request& request = exchange.request;
  request.method = text_of(recorded, "method");
  if (!is_ours) request.method = sent_method(request.method);
  read_target(recorded, is_ours, request);
  request.headers = fields_of(member(recorded, "headers"));
  exchange.request_known.headers = !request.headers.empty() || is_ours;
  const Json& post = member(recorded, "postData");
  if (const std::string type = text_of(post, "mimeType");
      !is_ours && !type.empty() && !request.headers.find("Content-Type")) {
    request.headers.add("Content-Type", type);
  }
  if (!contract::is_api_path(request.path)) return;
  const Said said =
      said_of({&member(recorded, "bodySize"), &member(post, "size"), &member(post, "_size")}, request.headers);
  const bool may_be_bare = request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
  BodyReader(post, request.headers, is_ours)
      .read(read_file, is_damaged, said, may_be_bare, request.body, exchange.request_known);
  const Json& fields = member(post, "params");
  const bool has_body = !request.body.empty() || exchange.request_known.body == BodyState::kCut;
  if (!has_body && fields.is_array() && !fields.empty() && rebuild_from_fields(fields, request)) {
    exchange.request_known.body = BodyState::kFields;
  }
}

void read_response(const Json& recorded, const RecordedExchange& exchange, bool is_ours, bool is_damaged,
                   const ReadFile& read_file, Response& response, Known& known) {
  response.status = static_cast<int>(*whole_number(member(recorded, "status")));
  response.headers = fields_of(member(recorded, "headers"));
  const Json& content = member(recorded, "content");
  const std::string type = text_of(content, "mimeType");
  known.headers = !response.headers.empty();
  if (!is_ours && !type.empty() && type != "x-unknown" && !response.headers.find("Content-Type")) {
    response.headers.add("Content-Type", type);
  }
  if (!contract::is_api_path(exchange.request.path)) return;
  const Json& size = member(content, "size");
  const Said said = said_of({&size, &member(recorded, "bodySize")}, response.headers);
  BodyReader(content, response.headers, is_ours).read(read_file, is_damaged, said, false, response.body, known);
  // Some cut what they keep, and say nothing but the size.
  const std::int64_t full = whole_number(size).value_or(0);
  const bool short_of = !is_ours && static_cast<std::int64_t>(response.body.size()) < full && !response.body.empty();
  if (short_of && known.body == BodyState::kReadable && !parse_json(response.body)) known.body = BodyState::kCut;
}

}  // namespace

std::optional<std::string> target_of_url(std::string_view url) {
  constexpr std::string_view kApi = "/api/external/";
  url = url.substr(0, url.find('#'));
  const auto colon = url.find(':');
  if (colon < url.find_first_of("/?")) {
    const std::string_view scheme = url.substr(0, colon);
    url.remove_prefix(colon + 1);
    if (url.starts_with("//")) {
      if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) return std::nullopt;
      url.remove_prefix(2);
    } else if (url.empty() || !is_digit(url[0])) {
      return std::nullopt;  // `data:` and the like; a digit begins a port
    }
  }
  const auto start = url.find_first_of("/?");
  if (start == std::string_view::npos) return "/";
  std::string target(url.substr(start));
  if (target[0] == '?') target.insert(0, 1, '/');
  const auto api = target.find(kApi);
  return api < target.find('?') ? target.substr(api) : target;
}

HarEntry har_entry_of(const Json& entry, std::string place, bool is_damaged, const ReadFile& read_file) {
  HarEntry read;
  RecordedExchange& exchange = read.exchange;
  exchange.place = std::move(place);
  exchange.response.status = 0;
  const bool is_ours = entry.contains("_sequence") && entry.contains("_workspace");
  const Json& request = member(entry, "request");
  const Json& response = member(entry, "response");
  if (!request.is_object()) {
    read.lacks.push_back("request");
  } else {
    if (text_of(request, "method").empty()) read.lacks.push_back("request.method");
    if (text_of(request, "url").empty()) read.lacks.push_back("request.url");
    read_request(request, is_ours, is_damaged, read_file, exchange);
  }
  if (!response.is_object()) {
    read.lacks.push_back("response");
  } else if (const auto status = whole_number(member(response, "status")); !status || *status < 0 || *status > 999) {
    read.lacks.push_back("response.status");
    // Without it nothing can be said of the body either.
    exchange.response_known.body = BodyState::kNotRecorded;
  } else {
    read_response(response, exchange, is_ours, is_damaged, read_file, exchange.response, exchange.response_known);
  }
  // A fault kept the reply from the client, whatever it would have been; the slow ones did not.
  const std::string fault = is_ours ? text_of(entry, "_fault") : "";
  if (!fault.empty() && !fault.starts_with("slow-")) exchange.response.status = 0;
  // Those who leave the fields out leave out what tells a preflight.
  exchange.is_preflight = exchange.request.method == "OPTIONS" &&
                          (text_of(entry, "_resourceType") == "preflight" || !exchange.request_known.headers);
  conclude(exchange);
  return read;
}

}  // namespace qamera::recordings
