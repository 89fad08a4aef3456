#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qamera {

/// Who may read a file that is written.
enum class FileAccess {
  kOwner,  ///< mode 0600: records, keys and recorded traffic
  kUmask,  ///< as the process's umask has it: what others wait for
};

/// Writes a file aside, under a name of its own in the same directory, and renames it, so that whoever waits for it
/// never reads half of it and no symbolic link that was put there is followed. Leaves nothing behind when that fails.
/// kIo calls the file by `what` it is, and says why. Not for event loops.
Result<void> write_whole(std::string_view what, const std::string& path, std::string_view text, FileAccess access);

/// The same of a text too large to be held: `next` appends a piece of it, and says false once nothing was left.
Result<void> write_whole(std::string_view what, const std::string& path, const std::function<bool(std::string&)>& next,
                         FileAccess access);

}  // namespace qamera
