// A request to the product API on behalf of a workspace: votes and repetitions, by those who do not know its key.

#include <array>

#include "control/handlers.h"
#include "http/field_syntax.h"
#include "http/multipart.h"
#include "journal/encoding.h"

namespace qamera::control {
namespace {

/// Fields that the connection or the workspace's key decides: what is given for them would not be what is sent.
bool is_ours(std::string_view name) {
  for (const std::string_view own : {"Authorization", "Connection", "Content-Length", "Expect", "Host", "Keep-Alive",
                                     "Transfer-Encoding", "TE", "Trailer", "Upgrade", "X-Api-Key"}) {
    if (equal_ignoring_case(name, own)) return true;
  }
  return false;
}

void add_header(ReadErrors& errors, Headers& headers, const std::string& name, const Json& value,
                const std::string& pointer) {
  if (!value.is_string()) return errors.fail(pointer, expected_got("a string", value));
  const auto& text = value.get_ref<const std::string&>();
  if (!http::is_token(name) || !http::is_field_value(text)) {
    return errors.fail(pointer, "expected the name and value of a header field");
  }
  if (is_ours(name)) {
    return errors.fail(pointer, "the connection and the workspace's key decide this field: leave it out");
  }
  headers.add(name, text);
}

/// `{"name": "value" or ["value", ...]}`, as the journal shows them.
void read_headers(ReadErrors& errors, const Json& members, const std::string& pointer, Headers& headers) {
  for (const auto& [name, value] : members.items()) {
    const std::string at = child_pointer(pointer, name);
    if (!value.is_array()) {
      add_header(errors, headers, name, value, at);
      continue;
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
      add_header(errors, headers, name, value[i], child_pointer(at, i));
    }
  }
}

Result<Request> read_request(const Call& call) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  reader.require({"method", "url"});
  Request request = request_to(reader.string("url").value_or(std::string()));
  request.method = reader.string("method").value_or(std::string());
  request.body = reader.string("body").value_or(std::string());
  constexpr std::array<std::string_view, 1> kEncodings = {"base64"};
  if (reader.choice("bodyEncoding", kEncodings)) {
    auto decoded = journal::base64_decode(request.body);
    if (!decoded) reader.fail("body", "expected base64 with padding");
    request.body = decoded.value_or(std::string());
  }
  if (const Json* headers = reader.object("headers"))
    read_headers(errors, *headers, reader.pointer_to("headers"), request.headers);
  if (!http::is_token(request.method)) reader.fail("method", "expected a method such as GET");
  const bool visible = http::is_field_value(request.target) && request.target.find_first_of(" \t") == std::string::npos;
  if (!request.target.starts_with('/') || !visible || request.path.starts_with("/__admin")) {
    reader.fail("url", "expected a path of the product API, such as /api/external/models");
  }
  if (auto read = reader.finished(); !read) return read.error();
  return request;
}

}  // namespace

Result<Reply> send_request(const Call& call) {
  const auto key = call.context.workspaces.key_of(call.parameters[0]);
  if (!key) return no_workspace(call.parameters[0]);
  auto request = read_request(call);
  if (!request) return request.error();
  request->headers.set("Host", std::string(call.request.headers.value_or("Host", "")));
  request->headers.set("X-Api-Key", *key);
  request->parts = http::parse_multipart(*request);
  request->remote = call.request.remote;
  return call.context.options.product(*std::move(request));
}

}  // namespace qamera::control
