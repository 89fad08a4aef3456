#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/time.h"

namespace qamera {

/// Faults on the wire, as data, so that a test can plan the mishaps that no live service shows when asked. What they
/// are is said here; how a socket shows them is the edge's business. CONTRIBUTING.md lists what a new one takes.
namespace fault {

/// The connection is reset (RST) before any byte of the reply.
struct ConnectionReset {};
/// The connection is closed (FIN) before any byte of the reply.
struct EmptyResponse {};
/// The head announces the whole body; the connection closes after `keep` of its bytes (0 <= keep < 1, at least one
/// byte is always missing).
struct TruncatedBody {
  double keep = 0.5;
};
/// A chunked reply whose first chunk is whole and whose second has a size line that is no number; then a close.
struct MalformedChunk {};
/// `bytes` of seeded noise in place of a status line; then a close.
struct Garbage {
  std::size_t bytes = 64;
  std::uint64_t seed = 0;
};
/// Nothing at all, until the client gives up or the server stops.
struct Stall {};
/// The head, one byte each `every`; then the body at once.
struct SlowHeaders {
  Duration every{100};
};
/// The head at once; then the body, `bytes` each `every`.
struct SlowBody {
  Duration every{100};
  std::size_t bytes = 1;
};

}  // namespace fault

using Fault = std::variant<fault::ConnectionReset, fault::EmptyResponse, fault::TruncatedBody, fault::MalformedChunk,
                           fault::Garbage, fault::Stall, fault::SlowHeaders, fault::SlowBody>;

/// How a finished reply travels. Waiting costs a timer, never a thread. Times here are real time: they exist to
/// exercise the client's own time-outs.
struct Delivery {
  Duration delay{0};                                     ///< before the first byte
  std::optional<std::size_t> throttle_bytes_per_second;  ///< > 0; head and body alike
  std::optional<Fault> fault;
};

}  // namespace qamera
