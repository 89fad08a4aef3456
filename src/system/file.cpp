#include "system/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace qamera {
namespace {

/// Creates a file that was not there, beside `path`: its descriptor and name, or -1 and `errno`.
std::pair<int, std::string> create_beside(const std::string& path, mode_t mode) {
  constexpr int kMostTries = 1000;  // names may be taken by those that a killed process left
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  for (int i = 0; i < kMostTries; ++i) {
    std::string name = folder + ".qamera-mock." + std::to_string(getpid()) + "." + std::to_string(i) + ".tmp";
    const int made = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (made >= 0 || errno != EEXIST) return {made, std::move(name)};
  }
  return {-1, ""};
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<void> write_whole(std::string_view what, const std::string& path, std::string_view text, FileAccess access) {
  const auto failed = [&](int error) {
    return Error{
        ErrorCode::kIo,
        "cannot write the " + std::string(what) + " \"" + path + "\": " + std::generic_category().message(error), ""};
  };
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode) && !S_ISLNK(there.st_mode)) {
    // A pipe or device would be replaced, for everybody who uses it.
    return Error{ErrorCode::kIo, "cannot write the " + std::string(what) + " \"" + path + "\": it is no file", ""};
  }
  const auto [descriptor, aside] = create_beside(path, access == FileAccess::kOwner ? 0600 : 0666);
  if (descriptor < 0) return failed(errno);
  // What replaces a file must be on the disk before it does, or a power cut could leave neither.
  const bool written = write_all(descriptor, text) && (access == FileAccess::kUmask || ::fsync(descriptor) == 0);
  int error = written ? 0 : errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && std::rename(aside.c_str(), path.c_str()) == 0) return {};
  if (error == 0) error = errno;
  ::unlink(aside.c_str());
  return failed(error);
}

}  // namespace qamera
