#pragma once

namespace qamera::cli {

/// Parses the command line and runs the subcommand it names (`serve` when it names none). Returns the exit code. Stands
/// apart from command.h, whose parser takes seconds to compile, since `main` needs nothing else.
int run(int argc, const char* const* argv);

}  // namespace qamera::cli
