#pragma once

#include <string_view>

namespace qamera::journal {

// Journals and recordings end up in CI logs and bug reports: no API key, whoever's, may be in them.

/// Whether the journal keeps "***" in place of this header's value, unless it is an API key.
bool hides_value(std::string_view header);

}  // namespace qamera::journal
