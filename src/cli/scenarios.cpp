#include <cstdio>
#include <memory>

#include "api/scenario_store.h"
#include "cli/command.h"

namespace qamera::cli {
namespace {

int list_scenarios(const std::string& directory) {
  const contract::Contract contract;
  const Log log({.min_level = LogLevel::kWarning});
  api::ScenarioStore store(contract, log);
  if (auto loaded = store.load_directory(directory); !loaded) return refuse(loaded.error());
  for (const api::ScenarioSummary& scenario : store.list()) {
    std::printf("%-26s %s\n", scenario.name.c_str(), scenario.description.c_str());
  }
  return kFine;
}

}  // namespace

std::function<int()> add_scenarios(CLI::App& app) {
  auto directory = std::make_shared<std::string>();
  with_environment(app.add_option("--scenarios", *directory, "a directory of scenario files to list as well"));
  return [directory] { return list_scenarios(*directory); };
}

}  // namespace qamera::cli
