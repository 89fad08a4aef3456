#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "api/workspaces.h"

namespace qamera::api {

/// `state`, as `GET /__admin/state` gives it, restored into `workspace`. Pointers of errors begin with `pointer`.
Result<sim::Workspace> restored(ScenarioStore& store, const MemoryBudgetPtr& memory, MonotonicTime now,
                                sim::Workspace workspace, const Json& state, const std::string& pointer);

/// Every workspace in one file, so that a server that ends goes on where it was (`--state FILE`, docs/state.md). The
/// file is replaced whole, by one that only its owner may read: it holds whole keys. Thread-safe.
class StateFile {
 public:
  /// What the file is written as. A program reads every format up to its own, and refuses later ones.
  static constexpr std::int64_t kFormat = 1;

  /// All references must outlive this. `version` is the program's, for whoever reads the file.
  StateFile(std::string path, std::string version, Workspaces& workspaces, ScenarioStore& store, const TimeSource& time)
      : path_(std::move(path)), version_(std::move(version)), workspaces_(workspaces), store_(store), time_(time) {}

  /// Makes the workspaces that the file holds; none when there is no file. An error names the place, and the file stays
  /// as it is: it must then not be saved over. To be called before anybody is served.
  Result<void> load();

  /// Writes every workspace as it is now, each copied by itself and written while others use it. Says how many.
  /// kIo when the file can't be written: the one before is still there. Takes long; not for event loops.
  Result<std::size_t> save();

 private:
  Result<void> read(const std::string& text);
  Result<void> add(const Json& one, const std::string& pointer);

  const std::string path_;
  const std::string version_;
  Workspaces& workspaces_;
  ScenarioStore& store_;
  const TimeSource& time_;
  std::mutex saving_;  // the later of two is to be the one that stays
};

}  // namespace qamera::api
