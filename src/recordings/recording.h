#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "recordings/known.h"

namespace qamera::recordings {

/// One exchange of a recording, whatever program recorded it. What is not recorded is left empty, and said so.
struct RecordedExchange {
  std::string place;  ///< "traffic.ndjson:17", "traffic.har entry 3 (req_000003)"
  /// `path` and `query` are parsed, content codings undone; the path of an absolute URL begins at `/api/external` if it
  /// can. Method or path are "" where they are not recorded, or lead to no server.
  Request request;
  Response response;  ///< status 0: no reply was recorded, or the connection was lost before any
  Known request_known{};
  Known response_known{};
  bool is_preflight = false;  ///< a browser's, not the client's
};

/// Whether the exchange is the client's with the API.
bool is_of_api(const RecordedExchange& exchange);

using OnExchange = std::function<Result<void>(RecordedExchange)>;
using OnWarning = std::function<void(const std::string&)>;
/// The contents of a file beside the recording, nothing when there is none.
using ReadFile = std::function<std::optional<std::string>(const std::string& name)>;

/// Reads a recording, journal NDJSON or HAR 1.2 (told apart by the names of its first members), in UTF-8 or UTF-16,
/// handing over each exchange in order. What `each` refuses ends the reading with that error. What a HAR lacks or has
/// wrong is told to `on_warning`, with the entry and the member, and the rest is read on. Streams: memory holds one
/// exchange, however long the file.
Result<std::uint64_t> read_recording(std::istream& in, std::string_view name, const OnExchange& each,
                                     const OnWarning& on_warning, const ReadFile& read_file = {});

}  // namespace qamera::recordings
