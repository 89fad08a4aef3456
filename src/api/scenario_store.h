#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.h"
#include "sim/scenario.h"
#include "system/log.h"

namespace qamera::api {

/// One line of a listing of scenarios.
struct ScenarioSummary {
  std::string name;
  std::string description;
  std::string source;   ///< "built in" or the file
  std::string problem;  ///< why the newest version of the file is not in use; "" when it is
};

/// The scenarios and fixtures there are: those in the binary, and those in a directory. Each is parsed when first asked
/// for. Thread-safe.
class ScenarioStore final : public sim::FixtureSource {
 public:
  /// Checks records of fixtures against `contract`; tells `log` of broken edits. Both must outlive the store.
  ScenarioStore(const contract::Contract& contract, const Log& log);

  /// Reads every `*.json` (in any case) of a directory of scenarios; files of a sub-directory `fixtures` are fixtures.
  /// A name that is built in is replaced. Any bad file is an error that names file, place and reason. From then on a
  /// changed file is read again when a scenario is asked for; a broken edit keeps the last good version, and what is in
  /// a removed file is no longer known. With "" nothing is read.
  Result<void> load_directory(const std::string& directory);
  /// Reads one scenario file, which then is known by its name.
  Result<sim::ScenarioPtr> load_file(const std::string& path);
  /// The same, and again when the file changes, as those of the directory. One file can be followed.
  Result<sim::ScenarioPtr> follow_file(const std::string& path);

  /// Reads one fixture file, which then is known by its name.
  Result<sim::FixturePtr> load_fixture_file(const std::string& path);
  /// The same from the text of `file`.
  Result<sim::FixturePtr> add_fixture(std::string text, const std::string& file);

  /// A scenario by name. kNotFound names the nearest.
  Result<sim::ScenarioPtr> find(std::string_view name);
  bool contains(std::string_view name);
  /// ` (did you mean "x"?)` for the scenario nearest to a name that none has, "" when none is near.
  std::string suggestion_for(std::string_view name) const;
  /// Whether `find` is quick: no directory is to be looked at and nothing parsed, and nobody is about to.
  bool is_at_hand(std::string_view name) const;
  /// A scenario given as an object. Not remembered.
  Result<sim::ScenarioPtr> parse(const Json& document, std::string source, WrittenPlace written = {});
  std::vector<ScenarioSummary> list();
  /// The newest version of a scenario that came from a file; any other as it is.
  sim::ScenarioPtr newest(const sim::ScenarioPtr& scenario);

  Result<sim::FixturePtr> fixture(const std::string& name) override;

 private:
  struct Source {
    std::string text;
    std::string file;  ///< "" when built in
    std::string description;
    sim::ScenarioPtr parsed;
    std::string problem;  ///< of the newest version of the file
  };
  struct FixtureSourceText {
    std::string text;
    std::string file;
    sim::FixturePtr parsed;
  };

  Result<void> check_records(const sim::Fixture& fixture) const;
  Result<sim::FixturePtr> parse_fixture_text(const std::string& text, const std::string& file);

  // These require mutex_.
  /// Reads again what changed of the directory, and the file that is followed.
  void refresh();
  void refresh_directory();
  void reload_scenario(const std::string& file);
  void keep_last_good(const std::string& file, const Error& error);

  const contract::Contract& contract_;
  const Log& log_;
  std::string directory_;                            // guarded by mutex_; "" for none
  std::string directory_stamp_;                      // guarded by mutex_; tells versions of its files apart
  std::string followed_file_;                        // guarded by mutex_; "" for none
  std::string followed_stamp_;                       // guarded by mutex_
  std::map<std::string, std::string> broken_files_;  // guarded by mutex_; new files that never were good: why
  mutable std::recursive_mutex mutex_;
  std::map<std::string, Source, std::less<>> scenarios_;            // guarded by mutex_
  std::map<std::string, FixtureSourceText, std::less<>> fixtures_;  // guarded by mutex_
};

/// What is wrong with a record as its listing would show it, or nothing. A record that failed is judged as `FAILED`
/// whatever text the fixture configures for it.
std::optional<std::string> check_record(const contract::Contract& contract, const sim::Record& record);

/// `FILE:LINE:COLUMN: /pointer: message`, for a mistake in a file's text; without the pointer when it is no JSON.
std::string locate_in_file(const std::string& file, std::string_view text, const Error& error);

/// The whole file, or standard input for "-". kIo when it cannot be read, kInvalid beyond `limit` bytes.
Result<std::string> read_file(const std::string& path, std::size_t limit = 64u << 20);

}  // namespace qamera::api
