#include "http/upstream.h"

namespace qamera {

UpstreamOutcome replied(Response response) {
  constexpr std::size_t kMaxDecoded = std::size_t{16} << 20;  // a small body may burst into gigabytes
  UpstreamOutcome outcome;
  outcome.response = std::move(response);
  auto decoded =
      http::decode_content(http::content_codings(outcome.response.headers), outcome.response.body, kMaxDecoded);
  outcome.decoded_body = std::move(decoded.body);
  outcome.body_state = decoded.state;
  return outcome;
}

}  // namespace qamera
