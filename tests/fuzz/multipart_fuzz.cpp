// A body of multipart/form-data with the boundary `b`.
//
// Held: every part is a piece of the body and has a name; the parts written again are the same parts; a body cut short
// of its closing delimiter has none.

#include "base/check.h"
#include "fuzz/target.h"
#include "http/field_syntax.h"
#include "http/multipart.h"

namespace qamera::fuzz {
namespace {

std::vector<Part> parts_of(std::string body) {
  Request request;
  request.method = "POST";
  request.headers.add("Content-Type", "multipart/form-data; boundary=b");
  request.body = std::move(body);
  return http::parse_multipart(request);
}

/// A quoted parameter, as browsers write it.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string written(const std::vector<Part>& parts) {
  std::string body;
  for (const Part& part : parts) {
    body += "--b\r\nContent-Disposition: form-data; name=" + in_quotes(part.name);
    if (part.is_file) body += "; filename=" + in_quotes(part.filename);
    if (!part.content_type.empty()) body += "\r\nContent-Type: " + part.content_type;
    body += "\r\n\r\n" + part.content + "\r\n";
  }
  return body + "--b--\r\n";
}

bool same(const Part& a, const Part& b) {
  return a.name == b.name && a.filename == b.filename && a.content_type == b.content_type && a.content == b.content &&
         a.is_file == b.is_file;
}

/// Whether every text of the parts can be written as a header's parameter at all.
bool writable(const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    for (const std::string* text : {&part.name, &part.filename, &part.content_type}) {
      if (!http::is_field_value(*text)) return false;
    }
  }
  return true;
}

}  // namespace

void run(std::string_view input) {
  const std::vector<Part> parts = parts_of(std::string(input));
  if (parts.empty()) return;
  for (const Part& part : parts) {
    QM_CHECK(!part.name.empty(), "a part has a name");
    QM_CHECK(input.find(part.content) != std::string_view::npos, "a part's content is of the body");
    QM_CHECK(part.content.find("\r\n--b") == std::string::npos, "a part ends before the delimiter");
    QM_CHECK(part.is_file || part.filename.empty(), "only files have file names");
  }
  QM_CHECK(parts_of(std::string(input.substr(0, input.find("--b--")))).empty(), "a body without its end has no parts");
  if (!writable(parts)) return;
  const std::vector<Part> again = parts_of(written(parts));
  QM_CHECK(again.size() == parts.size(), "parts written again are as many");
  for (std::size_t i = 0; i < parts.size(); ++i) QM_CHECK(same(parts[i], again[i]), "a part written again is the same");
}

}  // namespace qamera::fuzz
