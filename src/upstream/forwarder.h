#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "http/upstream.h"
#include "upstream/http_client.h"

namespace qamera::upstream {

/// Sends requests on to one server over HTTP/1.1, with TLS where its URL says so. A few threads, started when they are
/// needed, wait for it in place of the event loops; connections are kept and reused. Thread-safe.
class Forwarder final : public Upstream {
 public:
  struct Options {
    Duration timeout{30'000};  ///< for the whole exchange, waiting for a free thread included
    std::string ca_file;       ///< PEM; "" for the system's
    bool verify_certificate = true;
    /// Under way at once, at least one; fewer where descriptors are short. Further ones wait in order.
    std::size_t most_exchanges = 32;
  };
  /// kUnsupported for https when this build has no TLS, kIo for certificates that cannot be read and when
  /// descriptors are short. Connects to nothing.
  static Result<std::unique_ptr<Forwarder>> create(ServerUrl url, Options options);
  /// Stops.
  ~Forwarder() override;

  void send(Request request, Done done) override;

  /// Gives up what is under way and waits until every `done` has been called. `send` fails from now on.
  void stop();

  const ServerUrl& url() const;
  /// How many descriptors its exchanges may take: to be left free by those who accept clients.
  std::size_t most_descriptors() const;

 private:
  class Implementation;
  explicit Forwarder(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace qamera::upstream
