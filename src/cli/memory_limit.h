#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace qamera::cli {

/// Reads a size in bytes: `1073741824`, `64k`, `512MiB`, `1G`. A unit is k, M or G, with or without `iB`, in either
/// case: each 1,024 of the one before. At least 64 KiB.
Result<std::size_t> parse_size(std::string_view text);

/// The least memory limit of a control group that `groups` (/proc/self/cgroup) names or of one above it, in the file
/// systems below `root` (/sys/fs/cgroup), of either version; nothing where none is set.
std::optional<std::size_t> cgroup_memory_limit(std::string_view groups, const std::filesystem::path& root);

/// What `serve` may hold when it is not told: 1 GiB, or half of the control group's limit if that is less.
std::size_t default_max_memory();

}  // namespace qamera::cli
