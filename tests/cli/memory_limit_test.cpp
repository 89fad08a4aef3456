#include "cli/memory_limit.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "system/temporary_folder.h"

namespace qamera::cli {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

void write(const TemporaryFolder& folder, const std::string& file, std::string_view text) {
  std::filesystem::create_directories((folder.path() / file).parent_path());
  std::ofstream(folder.path() / file) << text;
}

TEST_CASE("size: bytes, or a number with a unit of 1,024") {
  CHECK(*parse_size("1073741824") == 1024 * kMiB);
  for (const char* text : {"512M", "512m", "512MiB", "512mib"}) CHECK(*parse_size(text) == 512 * kMiB);
  CHECK(*parse_size("64k") == 65'536);
  CHECK(*parse_size("1GiB") == 1024 * kMiB);
}

TEST_CASE("size: whatever else is refused with what was expected") {
  for (const char* text : {"", "0", "1", "63k", "-1", "+5M", "1.5G", "12MB", "M", "1T", "1 G", "1G ", "1GiBs", "nan",
                           "99999999999999999999", "18446744073709551615G", "0x100000"}) {
    CAPTURE(text);
    const auto size = parse_size(text);
    REQUIRE_FALSE(size);
    CHECK(size.error().message.find("expected a size of at least 64k") == 0);
    CHECK(size.error().message.find("\"" + std::string(text) + "\"") != std::string::npos);
  }
}

TEST_CASE("control group: the least limit on the way up counts, in either version") {
  const TemporaryFolder folder;
  CHECK_FALSE(cgroup_memory_limit("0::/a/b\n", folder.path()));
  write(folder, "a/b/memory.max", "max\n");
  CHECK_FALSE(cgroup_memory_limit("0::/a/b\n", folder.path()));
  write(folder, "a/memory.max", "1048576\n");
  CHECK(cgroup_memory_limit("0::/a/b\n", folder.path()) == kMiB);
  CHECK(cgroup_memory_limit("0::/a\n", folder.path()) == kMiB);
  CHECK_FALSE(cgroup_memory_limit("0::/c\n", folder.path()));
  write(folder, "a/b/memory.max", "2097152\n");
  CHECK(cgroup_memory_limit("0::/a/b\n", folder.path()) == kMiB);
  write(folder, "memory/x/memory.limit_in_bytes", "4096\n");
  CHECK(cgroup_memory_limit("5:cpu,memory:/x\n0::/a/b\n", folder.path()) == 4096);
  CHECK(cgroup_memory_limit("5:cpu,memory2:/x\n0::/a/b\n", folder.path()) == kMiB);
}

TEST_CASE("control group: a container sees its own limit at the mount, and nonsense sets none") {
  const TemporaryFolder folder;
  write(folder, "memory.max", "3145728\n");
  for (const char* groups : {"0::/\n", "0::/../../elsewhere\n", "0::/unknown", "x\n:\n0::/\n"}) {
    CAPTURE(groups);
    CHECK(cgroup_memory_limit(groups, folder.path()) == 3 * kMiB);
  }
  CHECK_FALSE(cgroup_memory_limit("", folder.path()));
  CHECK_FALSE(cgroup_memory_limit("x\n:\n1:cpu:/\n", folder.path()));
  CHECK(default_max_memory() >= 65'536);
  CHECK(default_max_memory() <= 1024 * kMiB);
}

}  // namespace
}  // namespace qamera::cli
