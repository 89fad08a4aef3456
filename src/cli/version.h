#pragma once

#include <string>

namespace qamera::cli {

/// What `--version` prints, for bug reports: version, commit, compiler and libraries. The first line is the program's
/// name and version alone.
std::string version_text();

}  // namespace qamera::cli
