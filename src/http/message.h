#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "base/time.h"

namespace qamera {

struct Header {
  std::string name;
  std::string value;
};

/// Header fields in the order received or sent. Names compare case-insensitively (RFC 9110).
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> fields) : fields_(fields) {}

  /// Appends, keeping fields of the same name.
  void add(std::string name, std::string value);
  /// Replaces every field of that name by one.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);
  /// Removes every field of that name but the first.
  void remove_repeated(std::string_view name);
  /// The first field of that name, or null.
  const std::string* find(std::string_view name) const;
  std::string_view value_or(std::string_view name, std::string_view fallback) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  auto begin() { return fields_.begin(); }
  auto end() { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }

 private:
  std::vector<Header> fields_;
};

/// One part of a multipart/form-data body (RFC 7578).
struct Part {
  std::string name;
  std::string filename;      ///< "" when the part is not a file
  std::string content_type;  ///< "" when not sent
  std::string content;
  bool is_file = false;  ///< a `filename` parameter was present, even an empty one
};

struct QueryParameter {
  std::string name;
  std::string value;
};

/// A request as the edge received it. `path` and `query` are derived from `target` by `parse_target`.
struct Request {
  std::string method;
  std::string target;                 ///< as on the request line
  std::string path;                   ///< percent-decoded, without query
  std::vector<QueryParameter> query;  ///< percent-decoded, in order, duplicates kept
  Headers headers;
  std::string body;         ///< as sent, after transfer decoding; kept for multipart too
  std::vector<Part> parts;  ///< of a well-formed multipart/form-data body
  std::string remote;       ///< the peer, "127.0.0.1:50312"

  /// The first parameter of that name, or null.
  const std::string* query_value(std::string_view name) const;
};

/// What follows the authority of a target in absolute form: "/x?y" of "http://host/x?y". Others stay as they are.
std::string_view origin_form(std::string_view target);

/// Splits a request target (origin form, or absolute form whose authority is dropped) into `path` and `query`.
/// `+` in a query is a space; malformed percent escapes stay as they are.
void parse_target(Request& request);
/// A request of which only the target is known.
Request request_to(std::string target);

/// Whether a browser asks with it if a page may send another request (Fetch standard, "CORS-preflight fetch").
bool is_preflight(std::string_view method, const Headers& headers);

std::string percent_decode(std::string_view text, bool plus_is_space);

/// As a value in a query: everything but letters, digits and `-._~` escaped (RFC 3986, section 2.3).
std::string percent_encode(std::string_view text);

struct Response {
  int status = 200;
  Headers headers;  ///< without Content-Length and Connection, which the edge adds
  std::string body;
  std::string phrase{};  ///< of the status line; "" for the standard one
  /// Another server's reply: its fields stand as they came, Content-Length among them, and none is invented.
  bool relayed = false;
  /// In place of `body`: bytes that others hold too, as the simulation, the journal and what is being sent hold those
  /// of a listing. (Copied from the simulation on, they cost a GET 12 % more instructions.)
  std::shared_ptr<const std::string> shared_body{};
  std::optional<Instant> date{};  ///< written as `Date`, unless `headers` have one; unset: what the edge is told
  /// Field lines of our own as they are sent, each ended by CRLF: names and values need no look. `headers` has none of
  /// them. (Three such fields as `headers` cost each reply seven allocations, 3 % of the instructions of a GET.)
  std::string own_fields{};

  std::string_view content() const { return shared_body ? std::string_view(*shared_body) : std::string_view(body); }
};

/// The standard reason phrase, "Unknown" for a status without one.
std::string_view reason_phrase(int status);

}  // namespace qamera
