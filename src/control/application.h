#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/proxy.h"
#include "api/simulator.h"
#include "api/state_file.h"
#include "assets/asset_server.h"
#include "control/call_log.h"
#include "control/control_api.h"
#include "control/pages.h"
#include "tasks/deferred_reply.h"

namespace qamera::control {

/// Everything behind the socket: the product API and the control API over one set of workspaces. Thread-safe.
class Application final : public RequestHandler {
 public:
  struct Options {
    api::Workspaces::Options workspaces;
    bool strict = false;                     ///< request findings answer 400
    std::vector<std::string> allow_origins;  ///< CORS, for browser clients; "*" allows every origin
    bool log_requests = true;
    bool log_calls = false;  ///< of the control API
    assets::AssetUrls::Options assets;
    api::Proxy::Options proxy;  ///< with an upstream this is a validating proxy, without one a simulation
    ControlOptions control;
    std::string state_file;  ///< where every workspace is saved; "" for nowhere
  };
  /// All references must outlive this.
  Application(Options options, api::ScenarioStore& store, const contract::Contract& contract, journal::Journal& journal,
              const TimeSource& time, const Log& log)
      : pools_(options.control.pools),
        workspaces_(forgetting(std::move(options.workspaces), journal), store, time, log),
        cors_(std::move(options.allow_origins)),
        recorder_({options.log_requests, options.proxy.upstream_url}, cors_, journal, *workspaces_.metrics(), time,
                  log),
        assets_(workspaces_.memory()),
        asset_urls_(std::move(options.assets)),
        state_file_(options.state_file.empty()
                        ? nullptr
                        : std::make_unique<api::StateFile>(options.state_file, options.control.version, workspaces_,
                                                           store, time)),
        simulator_({workspaces_, contract, recorder_, time, log, asset_urls_, options.strict}),
        serves_ui_(options.control.ui),
        call_log_(options.log_calls, time, log),
        time_(time),
        control_(connected(std::move(options.control)), workspaces_, store, journal, time, log) {
    if (!options.proxy.upstream) return;
    const api::ProductContext context{workspaces_, contract, recorder_, time, log, asset_urls_, options.strict};
    proxy_.emplace(std::move(options.proxy), context);
  }

  Reply handle(Request request) override {
    const bool control = request.path == "/__admin" || request.path.starts_with("/__admin/");
    if (control || request.path == "/" || request.path == "/favicon.ico") {
      const MonotonicTime began = time_.monotonic();
      if (auto page = page_reply(request, serves_ui_))
        return counted(*std::move(page), metrics::OtherTraffic::kPage, began);
    }
    if (control && call_log_.is_on()) return logged_call(std::move(request));
    if (control) return control_.handle(std::move(request));
    // A proxy's pictures are those of the server behind it.
    if (is_asset_path(request.path) && !proxy_) return asset(std::move(request));
    if (auto preflight = cors_.preflight(request))
      return recorder_.show(std::move(request), *std::move(preflight), *date());
    // A new key may name a file that is to be read first, or an account of many records.
    const std::string_view key = api::presented_key(request);
    api::WorkspaceHandle known = workspaces_.held(key);
    if (pools_ && !known && !workspaces_.is_at_hand(key)) {
      auto shared = std::make_shared<Request>(std::move(request));
      const auto make = [this, shared](const std::stop_token&) { return answer(std::move(*shared)); };
      if (auto reply = tasks::deferred(pools_->pieces, make, tasks::Queueing::kAlways)) return *std::move(reply);
      return answer(std::move(*shared));
    }
    return answer(std::move(request), std::move(known));
  }
  Reply refuse(Refusal refusal) override { return recorder_.refuse(std::move(refusal), workspaces_.default_now()); }
  std::optional<Instant> date() const override { return workspaces_.default_now(); }

  /// Where the server listens. Thread-safe.
  void set_url(std::string url) {
    asset_urls_.set_listening(url);
    control_.set_url(std::move(url));
  }
  api::Workspaces& workspaces() { return workspaces_; }
  /// Null where there is none.
  api::StateFile* state_file() { return state_file_.get(); }

 private:
  /// Counts a reply that no journal entry tells of.
  Reply counted(Reply reply, metrics::OtherTraffic traffic, MonotonicTime began) {
    workspaces_.metrics()->count(traffic, reply.response.status, time_.monotonic() - began);
    return reply;
  }
  Reply logged_call(Request request) {
    const MonotonicTime began = time_.monotonic();
    journal::Entry call = call_log_.begun(request);
    return call_log_.logged(std::move(call), began, control_.handle(std::move(request)));
  }
  Reply asset(Request&& request) {
    const MonotonicTime began = time_.monotonic();
    if (auto reply = assets_.at_hand(request)) return counted(*std::move(reply), metrics::OtherTraffic::kAsset, began);
    const auto draw = [this, began](const Request& wanted) {
      return counted(assets_.drawn(wanted), metrics::OtherTraffic::kAsset, began);
    };
    if (!pools_) return draw(request);
    const auto shared = std::make_shared<const Request>(std::move(request));
    auto reply = tasks::deferred(
        pools_->pictures, [=](const std::stop_token&) { return draw(*shared); }, tasks::Queueing::kBounded);
    return reply ? *std::move(reply) : counted(assets::busy_reply(), metrics::OtherTraffic::kAsset, began);
  }
  Reply answer(Request&& request, api::WorkspaceHandle known = nullptr) {
    return proxy_ ? proxy_->handle(std::move(request), std::move(known))
                  : simulator_.handle(std::move(request), std::move(known));
  }
  ControlOptions connected(ControlOptions options) {
    options.state_file = state_file_.get();
    options.product = [this](Request request) { return answer(std::move(request)); };
    return options;
  }

  /// What is kept of a workspace beside its entries goes with it.
  static api::Workspaces::Options forgetting(api::Workspaces::Options options, journal::Journal& journal) {
    options.on_drop = [&journal](const std::string& id) { journal.remove_workspace(id); };
    return options;
  }

  tasks::Pools* const pools_;
  api::Workspaces workspaces_;
  access::Cors cors_;
  api::ExchangeRecorder recorder_;
  assets::AssetServer assets_;
  assets::AssetUrls asset_urls_;
  const std::unique_ptr<api::StateFile> state_file_;
  api::Simulator simulator_;
  std::optional<api::Proxy> proxy_;
  const bool serves_ui_;
  const CallLog call_log_;
  const TimeSource& time_;
  ControlApi control_;
};

}  // namespace qamera::control
