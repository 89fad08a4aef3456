#include "control/pages.h"

#include <map>

#include "base/embedded.h"
#include "base/hash.h"
#include "base/text.h"
#include "control/routes.h"
#include "http/conditions.h"
#include "http/field_syntax.h"

namespace qamera::control {
namespace {

constexpr std::string_view kFolder = "/__admin/ui/";
/// Everything from the server itself and nothing from elsewhere: a journal is hostile input.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

std::string_view type_of(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  return "text/plain; charset=utf-8";
}

struct File {
  std::string_view type;
  std::string_view text;
  std::string etag;
};

/// The dashboard's files by the path that they are served at. Read when the first is asked for.
const std::map<std::string, File, std::less<>>& files() {
  static const auto served = [] {
    std::map<std::string, File, std::less<>> all;
    constexpr std::string_view kSource = "ui/";
    for (const EmbeddedFile& file : embedded_files()) {
      if (!file.path.starts_with(kSource)) continue;
      std::string etag = "\"";
      append_hex(etag, fnv1a(file.text), 16);
      const std::string_view name = file.path.substr(kSource.size());
      const File made{type_of(name), file.text, etag + "\""};
      if (name == "index.html") all[std::string(kFolder)] = made;
      if (name == "favicon.svg") all["/favicon.ico"] = made;
      all[std::string(kFolder) + std::string(name)] = made;
    }
    return all;
  }();
  return served;
}

bool wants_html(const Request& request) {
  std::string_view accept = request.headers.value_or("Accept", "");
  while (!accept.empty()) {
    if (equal_ignoring_case(http::media_type(http::next_element(accept)), "text/html")) return true;
  }
  return false;
}

Reply redirect(std::string_view to) {
  Reply reply;
  reply.response.status = 302;
  reply.response.headers = {{"Location", std::string(to)}, {"Vary", "Accept"}, {"Cache-Control", "no-cache"}};
  return reply;
}

Reply index_of_calls(bool ui) {
  OrderedJson calls = OrderedJson::array();
  for (const Route& route : routes()) {
    calls.push_back({{"method", route.method}, {"path", route.path}, {"does", route.does}});
  }
  OrderedJson body = {{"calls", std::move(calls)}};
  if (ui) body["ui"] = kFolder;
  Reply reply = json_reply(200, body);
  reply.response.headers.add("Vary", "Accept");
  reply.response.headers.add("Cache-Control", "no-cache");
  return reply;
}

Reply file_reply(const Request& request, const File& file) {
  Reply reply;
  Headers& headers = reply.response.headers;
  headers = {{"Content-Type", std::string(file.type)},
             {"Content-Security-Policy", std::string(kPolicy)},
             {"X-Content-Type-Options", "nosniff"},
             {"Referrer-Policy", "no-referrer"},
             {"Cache-Control", "no-cache"},
             {"ETag", file.etag}};
  if (http::is_known(request.headers, file.etag)) {
    headers.remove("Content-Type");
    reply.response.status = 304;
  } else {
    reply.response.body = file.text;
  }
  return reply;
}

}  // namespace

std::optional<Reply> page_reply(const Request& request, bool ui) {
  const std::string_view path = request.path;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const bool there = ui && !files().empty();
  const bool index = path == "/__admin" || path == "/__admin/";
  if (reads && there && (index || path == "/") && wants_html(request)) return redirect(kFolder);
  if (reads && index) return index_of_calls(there);
  if (!there) return std::nullopt;
  if (reads && path == kFolder.substr(0, kFolder.size() - 1)) return redirect(kFolder);
  const auto file = files().find(path);
  if (file == files().end()) {
    if (!path.starts_with(kFolder)) return std::nullopt;
    return error_reply({ErrorCode::kNotFound, "the dashboard has no " + std::string(path.substr(0, 200)), ""}, path);
  }
  if (reads) return file_reply(request, file->second);
  if (path == "/favicon.ico") return std::nullopt;
  Reply refused = json_reply(405, {{"error", "the dashboard is only read: GET, HEAD"}});
  refused.response.headers.add("Allow", "GET, HEAD");
  return refused;
}

}  // namespace qamera::control
