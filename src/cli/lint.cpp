#include <cstdio>
#include <memory>
#include <vector>

#include "api/scenario_store.h"
#include "api/script_check.h"
#include "base/text.h"
#include "cli/command.h"
#include "journal/entry.h"

namespace qamera::cli {
namespace {

/// A fixture has collections or ids and none of a scenario's members.
bool looks_like_fixture(const Json& document) {
  if (!document.is_object()) return false;
  for (const char* member : {"fixture", "clock", "credits", "jobs", "rules", "timeline", "rateLimit", "seed"}) {
    if (document.contains(member)) return false;
  }
  for (const char* member : {"ids", "names", "urls", "failed", "generate", "expected", "products", "models",
                             "sceneries", "images", "packshots", "videos", "presets"}) {
    if (document.contains(member)) return true;
  }
  return false;
}

/// What linting a file found: an error, located, or warnings.
struct Findings {
  std::string error;  ///< "" when there is none
  std::vector<std::string> warnings;
};

Findings lint_scenario(api::ScenarioStore& store, const std::string& file, const std::string& text,
                       const Json& document) {
  const WrittenJson written(text);
  auto scenario = store.parse(document, file, {&written});
  if (!scenario) return {api::locate_in_file(file, text, scenario.error()), {}};
  Findings findings;
  for (const api::Warning& warning : api::scenario_warnings(**scenario)) {
    findings.warnings.push_back(
        api::locate_in_file(file, text, {ErrorCode::kInvalid, "warning: " + warning.message, warning.pointer}));
  }
  return findings;
}

Findings lint_file(api::ScenarioStore& store, const std::string& file) {
  auto text = api::read_file(file);
  if (!text) return {text.error().message, {}};
  const std::string shown = file == "-" ? "<stdin>" : file;
  const auto document = parse_written_json(*text);
  if (!document) return {api::locate_in_file(shown, *text, document.error()), {}};
  if (!looks_like_fixture(*document)) return lint_scenario(store, shown, *text, *document);
  auto fixture = store.add_fixture(*text, shown);
  return {fixture ? std::string() : fixture.error().message, {}};
}

int lint(const std::vector<std::string>& files, const std::string& directory) {
  const contract::Contract contract;
  const Log log({.min_level = LogLevel::kWarning});
  api::ScenarioStore store(contract, log);
  if (auto loaded = store.load_directory(directory); !loaded) {
    complain(loaded.error().message);
    return kCheckFailed;
  }
  int outcome = kFine;
  for (const std::string& file : files) {
    Findings findings = lint_file(store, file);
    journal::redact_keys(findings.error);
    for (std::string& warning : findings.warnings) {
      journal::redact_keys(warning);
      std::printf("%s\n", printable(warning).c_str());
    }
    if (findings.error.empty()) {
      std::printf("%s: ok\n", printable(file).c_str());
    } else {
      std::printf("%s\n", printable(findings.error).c_str());
      outcome = kCheckFailed;
    }
  }
  return outcome;
}

}  // namespace

std::function<int()> add_lint(CLI::App& app) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto directory = std::make_shared<std::string>();
  app.add_option("FILE", *files, "scenario or fixture files; - is standard input")->required();
  with_environment(app.add_option("--scenarios", *directory, "a directory whose fixtures the files may name"));
  return [files, directory] { return lint(*files, *directory); };
}

}  // namespace qamera::cli
