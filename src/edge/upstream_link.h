#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "edge/http_client.h"
#include "edge/socket.h"

namespace qamera::edge {

/// Settings of TLS towards one server; shared by its links.
class TlsContext {
 public:
  virtual ~TlsContext() = default;
  /// `ca_file` is PEM, "" for the system's authorities. kUnsupported when this build has no TLS.
  static Result<std::unique_ptr<TlsContext>> create(const std::string& ca_file, bool verify_certificate);
};

/// When a call to a link must give up.
struct LinkDeadline {
  Steady at{0};
  int stop_descriptor = -1;  ///< readable once everything must stop; -1 for none
};

/// A byte stream to a server, with TLS or without. Calls wait, at most until their deadline: not for event loops. Not
/// thread-safe. Errors are kIo; one whose `pointer` is "time" is about time, "connect" about getting there at all.
class UpstreamLink {
 public:
  virtual ~UpstreamLink() = default;
  /// `tls` may be null for http; must outlive the link.
  static Result<std::unique_ptr<UpstreamLink>> open(const ServerUrl& url, TlsContext* tls, LinkDeadline deadline);

  virtual Result<void> write(std::string_view bytes, LinkDeadline deadline) = 0;
  /// How many bytes were read; 0 once the server has closed.
  virtual Result<std::size_t> read(std::span<char> into, LinkDeadline deadline) = 0;
  /// Whether the link is silent and open, so that another request can travel on it.
  virtual bool is_idle() const = 0;
};

}  // namespace qamera::edge
