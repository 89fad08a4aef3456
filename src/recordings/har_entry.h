#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "recordings/recording.h"

namespace qamera::recordings {

/// What an entry of a HAR document comes to, be it never so odd or incomplete.
struct HarEntry {
  RecordedExchange exchange;
  std::vector<std::string> lacks;  ///< the members that are missing: "request.method"
};

/// `is_damaged`: what the file holds is not wholly what was written (see `RepairedText`). `read_file` may be null.
HarEntry har_entry_of(const Json& entry, std::string place, bool is_damaged, const ReadFile& read_file);

/// The path and query that a URL of HTTP leads to; nothing for another URL. From `/api/external/` on when it leads
/// there: a self-hosted base URL may have a path of its own.
std::optional<std::string> target_of_url(std::string_view url);

}  // namespace qamera::recordings
