#include "system/file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "system/temporary_folder.h"

namespace qamera {
namespace {

namespace fs = std::filesystem;

std::size_t size_of(const TemporaryFolder& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.path()), {}));
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

TEST_CASE("file: one of ours is for its owner alone, what others wait for has the umask's mode") {
  const TemporaryFolder folder;
  const mode_t before = ::umask(022);
  CHECK(write_whole("state", folder.file("own"), "a", FileAccess::kOwner).ok());
  CHECK(write_whole("ready file", folder.file("all"), "b", FileAccess::kUmask).ok());
  ::umask(before);
  CHECK(mode_of(folder.file("own")) == 0600);
  CHECK(mode_of(folder.file("all")) == 0644);
  CHECK(contents(folder.file("own")) == "a");
  CHECK(size_of(folder) == 2);
}

TEST_CASE("file: one that is there is replaced whole, and a link is not followed") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("target")) << "a longer text than the new one";
  fs::permissions(folder.file("target"), fs::perms::all);
  CHECK(write_whole("state", folder.file("target"), "new", FileAccess::kOwner).ok());
  CHECK(contents(folder.file("target")) == "new");
  CHECK(mode_of(folder.file("target")) == 0600);
  std::ofstream(folder.file("precious")) << "precious";
  const std::string own = ".qamera-mock." + std::to_string(::getpid()) + ".0.tmp";
  for (const std::string& planted : {std::string("link"), std::string("link.tmp"), own}) {
    fs::create_symlink(folder.file("precious"), folder.file(planted));
  }
  CHECK(write_whole("state", folder.file("link"), "new", FileAccess::kOwner).ok());
  CHECK(contents(folder.file("precious")) == "precious");
  CHECK(contents(folder.file("link")) == "new");
}

TEST_CASE("file: one that cannot be written is named with the reason, and nothing is left behind") {
  const TemporaryFolder folder;
  const auto lost = write_whole("state", folder.file("no/where"), "", FileAccess::kOwner);
  REQUIRE_FALSE(lost.ok());
  CHECK(lost.error().code == ErrorCode::kIo);
  CHECK(lost.error().message ==
        "cannot write the state \"" + folder.file("no/where") + "\": No such file or directory");
  fs::create_directory(folder.file("taken"));
  CHECK_FALSE(write_whole("state", folder.file("taken"), "", FileAccess::kOwner).ok());
  CHECK(size_of(folder) == 1);
}

}  // namespace
TEST_CASE("files: what is there and is no file stays as it is") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  const auto refused = write_whole("ready file", folder.file("pipe"), "a", FileAccess::kUmask);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.ends_with("it is no file"));
  struct stat there {};
  REQUIRE(::lstat(folder.file("pipe").c_str(), &there) == 0);
  CHECK(S_ISFIFO(there.st_mode));
}

}  // namespace qamera
