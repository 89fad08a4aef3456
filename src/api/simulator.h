#pragma once

#include "api/outcome.h"
#include "api/product_context.h"
#include "api/received_request.h"

namespace qamera::api {

/// Answers product requests as the vendor would: judges each in the documented order, and performs it on the workspace
/// of its key. Thread-safe.
class Simulator {
 public:
  explicit Simulator(const ProductContext& context) : context_(context) {}
  Reply handle(Request&& request, WorkspaceHandle known = nullptr) const;

 private:
  Outcome judge(const ReceivedRequest& received, const ExaminedRequest& examined) const;
  /// Performs the request, on a copy of its workspace when a fault comes before the commit.
  Outcome perform_or_rehearse(const ReceivedRequest& received, const ExaminedRequest& examined,
                              const sim::ScriptDecision& script) const;

  const ProductContext context_;
};

}  // namespace qamera::api
