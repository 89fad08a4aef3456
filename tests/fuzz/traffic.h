#pragma once

#include <vector>

#include "journal/entry.h"

namespace qamera::fuzz {

/// A handful of exchanges for patterns and expectations to look at, all sorts of bodies among them: JSON, text, bytes,
/// one that was kept in part, none. Redacted and numbered as a journal does.
const std::vector<journal::EntryPtr>& sample_traffic();

}  // namespace qamera::fuzz
