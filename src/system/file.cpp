#include "system/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace qamera {
namespace {

/// A file that takes another's place once it is whole. Without that nothing is left of it.
class Aside {
 public:
  Aside(const std::string& path, mode_t mode) {
    constexpr int kMaxTries = 1000;  // names may be taken by those that a killed process left
    const auto slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    for (int i = 0; i < kMaxTries && descriptor_ < 0; ++i) {
      name_ = folder + ".qamera-mock." + std::to_string(getpid()) + "." + std::to_string(i) + ".tmp";
      descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
      if (descriptor_ < 0 && errno != EEXIST) return;
    }
  }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  ~Aside() {
    if (!is_open()) return;
    ::close(descriptor_);
    ::unlink(name_.c_str());
  }

  // Each says whether it was done, else why in `errno`.
  bool is_open() const { return descriptor_ >= 0; }
  bool write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  bool sync() const { return ::fsync(descriptor_) == 0; }
  bool replace(const std::string& path) {
    const bool is_done = ::close(std::exchange(descriptor_, -1)) == 0 && std::rename(name_.c_str(), path.c_str()) == 0;
    const int error = errno;
    if (!is_done) ::unlink(name_.c_str());
    errno = error;
    return is_done;
  }

 private:
  int descriptor_ = -1;
  std::string name_;
};

}  // namespace

Result<void> write_whole(std::string_view what, const std::string& path, std::string_view text, FileAccess access) {
  const auto once = [&text](std::string& piece) {
    piece = text;
    return !std::exchange(text, {}).empty();
  };
  return write_whole(what, path, once, access);
}

Result<void> write_whole(std::string_view what, const std::string& path, const std::function<bool(std::string&)>& next,
                         FileAccess access) {
  const auto failed = [&](const std::string& why) {
    return Error{ErrorCode::kIo, "cannot write the " + std::string(what) + " \"" + path + "\": " + why, ""};
  };
  struct stat there {};
  // A pipe or device would be replaced, for everybody who uses it.
  const bool is_other = ::lstat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode) && !S_ISLNK(there.st_mode);
  if (is_other) return failed("it is no file");
  Aside aside(path, access == FileAccess::kOwner ? 0600 : 0666);
  bool is_written = aside.is_open();
  for (std::string piece; is_written && next(piece); piece.clear()) is_written = aside.write(piece);
  // What replaces a file must be on the disk before it does, or a power cut could leave neither.
  is_written = is_written && (access == FileAccess::kUmask || aside.sync());
  if (is_written && aside.replace(path)) return {};
  return failed(std::generic_category().message(errno));
}

}  // namespace qamera
