#pragma once

#include <memory>

#include "api/proxy.h"
#include "cli/serve_options.h"
#include "upstream/forwarder.h"
#include "verify/capture.h"

namespace qamera::cli {

/// What `serve --upstream` puts together: the forwarder, the judge of replies, and the capture for `--save-scenario`.
class ProxyBackend {
 public:
  /// `contract` must outlive this.
  static Result<std::unique_ptr<ProxyBackend>> create(const ServeOptions& options, const contract::Contract& contract,
                                                      MemoryBudgetPtr memory);

  /// Puts the forwarder, the judge and the capture into the options of the product API. Must outlive its requests.
  void connect(api::Proxy::Options& proxy);
  /// Refuses to be its own upstream.
  Result<void> check_listening(int port) const;
  std::size_t most_descriptors() const { return forwarder_->most_descriptors(); }
  /// Gives up what the upstream still owes. To be called when the server has stopped.
  void stop() { forwarder_->stop(); }
  /// Writes `--save-scenario`, if asked for: each file whole or not at all. Says on stderr what was written.
  Result<void> save() const;

 private:
  ProxyBackend(std::unique_ptr<upstream::Forwarder> forwarder, const contract::Contract& contract, std::string file,
               MemoryBudgetPtr memory);

  std::unique_ptr<upstream::Forwarder> forwarder_;
  verify::Judge judge_;
  verify::Capture capture_;
  std::string file_;  ///< "" when nothing is to be saved
};

}  // namespace qamera::cli
