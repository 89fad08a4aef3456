#pragma once

#include <memory>

#include "api/pipeline.h"
#include "control/control_api.h"

namespace qamera::control {

/// Everything behind the socket: the product API and the control API over one set of workspaces. Thread-safe.
class Application final : public RequestHandler {
 public:
  struct Options {
    api::Workspaces::Options workspaces;
    api::Pipeline::Options pipeline;
    ControlOptions control;
  };
  /// All references must outlive this.
  Application(Options options, api::ScenarioStore& store, const contract::Contract& contract, journal::Journal& journal,
              const TimeSource& time, const Log& log)
      : workspaces_(forgetting(std::move(options.workspaces), journal), store, contract, time, log),
        pipeline_(std::move(options.pipeline), workspaces_, contract, journal, time, log),
        control_(std::move(options.control), workspaces_, store, journal, time, log) {}

  Reply handle(Request request) override {
    const bool control = request.path == "/__admin" || request.path.starts_with("/__admin/");
    return control ? control_.handle(request) : pipeline_.handle(std::move(request));
  }
  Reply refuse(Refusal refusal) override { return pipeline_.refuse(std::move(refusal)); }

  /// Where the server listens. Thread-safe.
  void set_url(std::string url) { control_.set_url(std::move(url)); }
  const api::Pipeline& pipeline() const { return pipeline_; }
  api::Workspaces& workspaces() { return workspaces_; }

 private:
  /// What is kept of a workspace beside its entries goes with it.
  static api::Workspaces::Options forgetting(api::Workspaces::Options options, journal::Journal& journal) {
    options.on_drop = [&journal](const std::string& id) { journal.remove_workspace(id); };
    return options;
  }

  api::Workspaces workspaces_;
  api::Pipeline pipeline_;
  ControlApi control_;
};

}  // namespace qamera::control
