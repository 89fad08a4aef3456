#pragma once

#include "recordings/recording.h"

namespace qamera::recordings {

/// `read_recording` for a document known to be HAR.
Result<std::uint64_t> read_har(std::istream& in, std::string_view name, const OnExchange& each,
                               const OnWarning& on_warning, const ReadFile& read_file);

/// Common to both formats: what follows from the exchange as it was read.
void conclude(RecordedExchange& exchange);

/// Undoes the content codings of a recorded body.
void decode(std::string& body, std::string_view codings, Known& known);

}  // namespace qamera::recordings
