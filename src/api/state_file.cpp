#include "api/state_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

#include "base/json_reader.h"
#include "sim/memory.h"
#include "sim/snapshot_text.h"
#include "system/file.h"

namespace qamera::api {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 30;

/// The file's text, piece by piece. Each workspace is on a line of its own.
class StateText {
 public:
  StateText(Workspaces& workspaces, const TimeSource& time, const std::string& version)
      : workspaces_(workspaces), time_(time), handles_(workspaces.all()) {
    head_ = R"({"format":)" + std::to_string(StateFile::kFormat) + R"(,"program":)";
    append_json_string(head_, version);
    head_ += R"(,"savedAt":")" + format_instant(time.wall()) + R"(","workspaces":[)";
  }

  bool append(std::string& out) {
    if (!head_.empty()) {
      out += std::exchange(head_, {});
    } else if (text_) {
      if (text_->append(out)) return true;
      text_.reset();
      out += "}";
    } else if (next_ < handles_.size()) {
      begin(*handles_[next_++], out);
    } else {
      if (std::exchange(is_ended_, true)) return false;
      out += "\n]}\n";
    }
    return true;
  }

  std::size_t written() const { return written_; }

 private:
  void begin(LockedWorkspace& target, std::string& out) {
    const auto key = workspaces_.key_of(target.id);
    if (!key) return;  // dropped meanwhile
    out += written_++ == 0 ? "\n" : ",\n";
    out += R"({"key":)";
    append_json_string(out, *key);
    out += R"(,"state":)";
    const std::lock_guard lock(target.mutex);
    target.workspace.sync(time_.monotonic());
    text_.emplace(target.workspace);
  }

  Workspaces& workspaces_;
  const TimeSource& time_;
  const std::vector<WorkspaceHandle> handles_;
  std::string head_;
  std::size_t next_ = 0;
  std::size_t written_ = 0;
  std::optional<sim::SnapshotText> text_;
  bool is_ended_ = false;
};

}  // namespace

Result<sim::Workspace> restored(ScenarioStore& store, const MemoryBudgetPtr& memory, MonotonicTime now,
                                sim::Workspace workspace, const Json& state, const std::string& pointer) {
  const auto at = [&](const Error& error, const std::string& inner) {
    return Error{error.code, error.message, pointer + inner + error.pointer};
  };
  if (!state.is_object() || !state.contains("scenario")) {
    return Error{ErrorCode::kInvalid, "expected a state as GET /__admin/state gives it, with its \"scenario\"",
                 pointer};
  }
  auto scenario = store.parse(state["scenario"], "restored");
  if (!scenario) return at(scenario.error(), "/scenario");
  auto done = workspace.restore(state, counted(*scenario, memory, sim::bytes_of(**scenario)), now);
  if (!done) return at(done.error(), "");
  return workspace;
}

Result<void> StateFile::load() {
  const auto failed = [&](const std::string& why) {
    return Error{ErrorCode::kIo, "--state \"" + path_ + "\": " + why, ""};
  };
  const auto slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  // Found out at the end it would be too late.
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return failed("cannot write into its folder: " + std::generic_category().message(errno));
  struct stat there {};
  if (::stat(path_.c_str(), &there) != 0) {
    if (errno == ENOENT) return {};
    return failed(std::generic_category().message(errno));
  }
  if (!S_ISREG(there.st_mode)) return failed("it is no file");
  if (static_cast<std::size_t>(there.st_size) > kMaxFile) return failed("it is larger than 1 GiB");
  auto text = read_file(path_, kMaxFile);
  if (!text) return text.error();
  auto done = read(*text);
  if (done) return {};
  const std::string place = locate_in_file(path_, *text, done.error());
  return Error{ErrorCode::kInvalid, "--state: " + place + " (the file is left as it is)", ""};
}

Result<void> StateFile::read(const std::string& text) {
  auto document = parse_json(text);
  if (!document) return document.error();
  ReadErrors errors;
  ObjectReader reader(errors, *document, "");
  const auto format = reader.integer("format", 1, INT64_MAX);
  const std::string program = reader.string("program").value_or("unknown");
  if (errors.ok() && !format) {
    return Error{ErrorCode::kInvalid, "this is no state file of qamera-mock: it has no \"format\"", ""};
  }
  if (format && *format > kFormat) {
    return Error{ErrorCode::kInvalid,
                 "the file is of format " + std::to_string(*format) + ", written by qamera-mock " + program +
                     ", and this one reads formats up to " + std::to_string(kFormat) +
                     ": run that version, or begin anew with another file",
                 "/format"};
  }
  reader.require({"workspaces"});
  reader.string("savedAt");
  std::size_t count = 0;
  reader.each("workspaces", [&](const Json& one, const std::string& pointer) {
    ++count;
    if (!errors.ok()) return;
    if (auto added = add(one, pointer); !added) errors.fail(added.error());
  });
  if (auto finished = reader.finished(); !finished) return finished;
  if (workspaces_.size() == count) return {};
  return Error{ErrorCode::kUnavailable,
               "it holds " + counted(count, "workspace") + ", and there is room for " +
                   std::to_string(workspaces_.size()) + ": raise --max-workspaces or --max-memory",
               "/workspaces"};
}

Result<void> StateFile::add(const Json& one, const std::string& pointer) {
  ReadErrors errors;
  ObjectReader reader(errors, one, pointer);
  reader.require({"key", "state"});
  auto key = reader.string("key");
  const Json* state = reader.object("state");
  if (auto finished = reader.finished(); !finished) return finished;
  auto made = workspaces_.create(std::move(key), {});
  if (!made) return Error{made.error().code, made.error().message, pointer + "/key"};
  LockedWorkspace& target = *made->first;
  auto workspace =
      restored(store_, workspaces_.memory(), time_.monotonic(), target.workspace, *state, pointer + "/state");
  if (!workspace) return workspace.error();
  {
    const std::lock_guard lock(target.mutex);
    target.workspace = *std::move(workspace);
    target.count_bytes();
  }
  workspaces_.make_room(nullptr);
  return {};
}

Result<std::size_t> StateFile::save() {
  const std::lock_guard lock(saving_);
  try {
    StateText text(workspaces_, time_, version_);
    const auto next = [&text](std::string& piece) { return text.append(piece); };
    if (auto written = write_whole("state", path_, next, FileAccess::kOwner); !written) return written.error();
    return text.written();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kUnavailable, "cannot write the state \"" + path_ + "\": out of memory", ""};
  }
}

}  // namespace qamera::api
