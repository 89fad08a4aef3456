#include "cli/memory_limit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

#include "base/text.h"

namespace qamera::cli {
namespace {

constexpr std::size_t kLeast = std::size_t{64} << 10;
constexpr std::size_t kMost = std::size_t{1} << 50;

/// The whole number at the start of the text; what follows is left.
std::optional<std::size_t> take_number(std::string_view& text) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return number;
}

/// How often the unit's number is to be doubled.
std::optional<int> shift_of(std::string_view unit) {
  constexpr std::string_view kUnits = "kMG";
  if (unit.empty()) return 0;
  const bool whole = unit.size() == 1 || equal_ignoring_case(unit.substr(1), "iB");
  for (std::size_t i = 0; whole && i < kUnits.size(); ++i) {
    if (equal_ignoring_case(unit.substr(0, 1), kUnits.substr(i, 1))) return static_cast<int>(10 * (i + 1));
  }
  return std::nullopt;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The least that `file` says in the folder of the group, or of one above it. Files that are not there, and words such
/// as "max", set no limit.
std::optional<std::size_t> least_limit(const std::filesystem::path& mount, std::string_view group,
                                       std::string_view file) {
  std::optional<std::size_t> least;
  // Outside a container's own view a path may lead above the mount.
  if (group.find("..") != std::string_view::npos) group = "";
  for (;;) {
    const std::string text =
        text_of(mount / std::filesystem::path(group.substr(std::min<std::size_t>(1, group.size()))) / file);
    std::string_view rest = text;
    if (const auto limit = take_number(rest)) least = std::min(*limit, least.value_or(*limit));
    if (group.size() <= 1) return least;
    group = group.substr(0, group.rfind('/'));
  }
}

}  // namespace

Result<std::size_t> parse_size(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  const auto shift = shift_of(rest);
  if (number && shift && *number <= kMost >> *shift && *number << *shift >= kLeast) return *number << *shift;
  return Error{ErrorCode::kInvalid,
               "expected a size of at least 64k, in bytes or with k, M or G such as 512MiB, got \"" +
                   std::string(text.substr(0, 40)) + "\"",
               ""};
}

std::optional<std::size_t> cgroup_memory_limit(std::string_view groups, const std::filesystem::path& root) {
  std::optional<std::size_t> least;
  // A line reads HIERARCHY:CONTROLLERS:PATH. Version 2 names no controllers.
  while (!groups.empty()) {
    const auto end = std::min(groups.find('\n'), groups.size());
    const std::string_view line = groups.substr(0, end);
    groups.remove_prefix(std::min(end + 1, groups.size()));
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string controllers = "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
    const std::string_view path = line.substr(second + 1);
    std::optional<std::size_t> limit;
    if (controllers == ",,") limit = least_limit(root, path, "memory.max");
    if (controllers.find(",memory,") != std::string::npos) {
      limit = least_limit(root / "memory", path, "memory.limit_in_bytes");
    }
    if (limit) least = std::min(*limit, least.value_or(*limit));
  }
  return least;
}

std::size_t default_max_memory() {
  constexpr std::size_t kDefault = std::size_t{1} << 30;
  const auto limit = cgroup_memory_limit(text_of("/proc/self/cgroup"), "/sys/fs/cgroup");
  return limit ? std::clamp(*limit / 2, kLeast, kDefault) : kDefault;
}

}  // namespace qamera::cli
