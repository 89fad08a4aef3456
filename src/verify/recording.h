#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace qamera::verify {

/// One exchange of a recording, whatever program recorded it.
struct RecordedExchange {
  std::string place;  ///< "traffic.ndjson:17", "traffic.har entry 3 (req_000003)"
  Request request;  ///< `path` and `query` are parsed; the path of an absolute URL begins at `/api/external` if it can
  Response response;          ///< status 0: the connection was lost before any
  bool request_whole = true;  ///< false: the recording holds a prefix of the body
  bool response_whole = true;
};

using OnExchange = std::function<Result<void>(RecordedExchange)>;
using OnWarning = std::function<void(const std::string&)>;

/// Reads a recording, journal NDJSON or HAR 1.2 (told apart by the first member), handing over each exchange in order.
/// What `each` refuses ends the reading with that error. Streams: memory holds one exchange, however long the file.
Result<std::uint64_t> read_recording(std::istream& in, std::string_view name, const OnExchange& each,
                                     const OnWarning& on_warning);

/// The same for a document known to be HAR.
Result<std::uint64_t> read_har(std::istream& in, std::string_view name, const OnExchange& each);

}  // namespace qamera::verify
