#pragma once

#include "api/exchange_recorder.h"
#include "api/workspaces.h"
#include "assets/asset_urls.h"
#include "contract/contract.h"
#include "http/request_framing.h"
#include "system/log.h"

namespace qamera::api {

/// What the simulator and the proxy both work with. All references must outlive them.
struct ProductContext {
  Workspaces& workspaces;
  const contract::Contract& contract;
  ExchangeRecorder& recorder;
  const TimeSource& time;
  const Log& log;
  const assets::AssetUrls& assets;
  bool strict = false;           ///< request findings answer 400
  http::FramingLimits limits{};  ///< of bodies, once unpacked
};

}  // namespace qamera::api
