#pragma once

#include <string>

#include "verify/report.h"

namespace qamera::verify {

/// A report for a ticket: each fact with its source, the request as a curl command without the key, and what came.
std::string to_markdown(const ConformanceReport& report);

}  // namespace qamera::verify
