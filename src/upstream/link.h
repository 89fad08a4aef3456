#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "edge/socket.h"
#include "upstream/http_client.h"

namespace qamera::upstream {

/// Settings of TLS towards one server; shared by its links.
class TlsContext {
 public:
  virtual ~TlsContext() = default;
  /// `ca_file` is PEM, "" for the system's authorities. kUnsupported when this build has no TLS.
  static Result<std::unique_ptr<TlsContext>> create(const std::string& ca_file, bool verify_certificate);
};

/// When a call to a link must give up.
struct LinkDeadline {
  MonotonicTime at{0};
  int stop_descriptor = -1;  ///< readable once everything must stop; -1 for none
};

/// A byte stream to a server, with TLS or without. Calls wait, at most until their deadline: not for event loops. Not
/// thread-safe. Errors are kTimeout, or kIo for all else.
class UpstreamLink {
 public:
  virtual ~UpstreamLink() = default;
  /// `tls` may be null for http; must outlive the link.
  static Result<std::unique_ptr<UpstreamLink>> open(const ServerUrl& url, TlsContext* tls, LinkDeadline deadline);

  /// Sends from `unsent`, which it moves on, until there is something to read: how many bytes were read, 0 once the
  /// server has closed. A server may answer before it has taken everything, or take no more: what it says counts, so
  /// only reading fails.
  Result<std::size_t> transfer(std::string_view& unsent, std::span<char> into, LinkDeadline deadline);

  /// Whether the link is silent and open, so that another request can travel on it.
  virtual bool is_idle() const = 0;

 protected:
  /// What came of trying to send or receive without waiting.
  struct Attempt {
    enum class Kind : std::uint8_t { kMoved, kMustWait, kFailed };
    Kind kind = Kind::kMoved;
    std::size_t count = 0;  ///< moved; 0 received is the end
    short events = 0;       ///< of poll(2), to be waited for
    std::string problem{};
  };
  virtual Attempt send(std::string_view bytes) = 0;
  virtual Attempt receive(std::span<char> into) = 0;
  virtual int descriptor() const = 0;

 private:
  std::string refusal_;  ///< why the server takes no more, "" while it does
};

}  // namespace qamera::upstream
