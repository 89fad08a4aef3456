#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "contract/contract.h"
#include "sim/scenario.h"

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
  /// Checks records of fixtures against `contract`, which must outlive the store.
  explicit ScenarioStore(const contract::Contract& contract);

  /// Reads every `*.json` of a directory of scenarios; files of a sub-directory `fixtures` are fixtures. A name that is
  /// built in is replaced. Any bad file is an error that names file, place and reason.
  Result<void> load_directory(const std::string& directory);
  /// Reads one scenario file, which then is known by its name.
  Result<sim::ScenarioPtr> load_file(const std::string& path);

  /// Reads one fixture file, which then is known by its name.
  Result<sim::FixturePtr> load_fixture_file(const std::string& path);

  /// A scenario by name. kNotFound names the nearest.
  Result<sim::ScenarioPtr> find(std::string_view name);
  bool contains(std::string_view name) const;
  /// A scenario given as an object. Not remembered.
  Result<sim::ScenarioPtr> parse(const Json& document, std::string source);
  std::vector<ScenarioSummary> list() const;

  Result<sim::FixturePtr> fixture(const std::string& name) override;

 private:
  struct Source {
    std::string text;
    std::string file;  ///< "" when built in
    std::string description;
    sim::ScenarioPtr parsed;
  };
  struct FixtureSourceText {
    std::string text;
    std::string file;
    sim::FixturePtr parsed;
  };

  Result<void> check_records(const sim::Fixture& fixture) const;
  Result<sim::FixturePtr> parse_fixture_text(const std::string& text, const std::string& file);

  const contract::Contract& contract_;
  mutable std::recursive_mutex mutex_;
  std::map<std::string, Source, std::less<>> scenarios_;           // guarded by mutex_
  std::map<std::string, FixtureSourceText, std::less<>> fixtures_;  // guarded by mutex_
};

/// What is wrong with a record as its listing would show it, or nothing. A record that failed is judged as `FAILED`
/// whatever text the fixture configures for it.
std::optional<std::string> check_record(const contract::Contract& contract, const sim::Record& record);

/// `FILE:LINE:COLUMN: /pointer: message`, for a mistake in a file's text.
std::string locate_in_file(const std::string& file, std::string_view text, const Error& error);

/// The whole file. kIo when it cannot be read, kInvalid beyond 64 MiB.
Result<std::string> read_file(const std::string& path);

}  // namespace qamera::api
