#pragma once

#include <cstddef>
#include <string>

#include "http/message.h"

namespace qamera::http {

/// How the client learns where the body ends.
enum class BodyLength {
  kKnown,       ///< Content-Length
  kChunked,     ///< Transfer-Encoding: chunked
  kUntilClose,  ///< neither; for HTTP/1.0 clients of a stream
  kAsRelayed,   ///< whatever another server said of a body that it did not send: its reply to HEAD
};

enum class Persistence {
  kKeepAlive,          ///< the default of HTTP/1.1: no Connection field
  kKeepAliveDeclared,  ///< HTTP/1.0 needs it said
  kClose,
};

/// What the client's request says about the reply's form.
struct ReplyForm {
  bool is_head = false;  ///< the request method was HEAD: no body is sent
  bool http_1_0 = false;
  bool keep_alive = true;
};

/// Whether a reply of that status never has a body (RFC 9110, section 6.4.1).
bool is_bodiless(int status);

/// Appends status line, fields and the empty line. Ours, since a fault may need the head of a reply that is not going
/// to be what the head says, and a relayed one must keep its fields as they came; libraries normalise both away. The
/// fields that say where the body ends come from `body_length`, those of the response are left out. Content-Type
/// defaults to application/json, Date to the response's. Control bytes in values become spaces and fields whose name is
/// no token are left out, so that no response can forge a second one. A relayed response keeps its phrase, its
/// Content-Length in its place (unless chunked coding replaces it), and lacks Content-Type and Date if it came without.
void append_head(std::string& out, const Response& response, BodyLength length, std::size_t body_size,
                 Persistence persistence);

}  // namespace qamera::http
