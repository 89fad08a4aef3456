#include "api/scenario_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "api/script_check.h"
#include "base/embedded.h"
#include "base/json_numbers.h"
#include "base/spelling.h"
#include "journal/entry.h"

namespace qamera::api {
namespace {

constexpr std::size_t kMaxFileBytes = 64u << 20;

/// "scenarios/slow-jobs.json" -> "slow-jobs"
std::string stem(std::string_view path) {
  const auto slash = path.rfind('/');
  path = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  return std::string(path.substr(0, path.rfind('.')));
}

std::string description_of(std::string_view text) {
  const auto document = parse_json(text);
  return document && document->is_object() ? document->value("description", std::string()) : std::string();
}

/// Of any case: a file called X.JSON is meant to be read too.
bool is_json_name(const std::filesystem::path& path) { return equal_ignoring_case(path.extension().string(), ".json"); }

/// The files of a directory whose names end in .json, sorted. What cannot even be looked at (a link that leads to
/// itself) is listed too: reading it says why.
std::vector<std::string> json_names(const std::string& directory, std::error_code& failed) {
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(directory, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    if (!is_json_name(entry->path())) continue;
    std::error_code unknown;
    const bool file = entry->is_regular_file(unknown);
    if (file || unknown) names.push_back(entry->path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Changes when the file does. Size and time of writing are not enough: one that is moved into its place may have both
/// of the one before, and whoever copies may set the time. Then it is another file, or its status has changed since.
std::string stamp_of_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return path + " gone\n";
#ifdef __APPLE__
  const timespec written = status.st_mtimespec, changed = status.st_ctimespec;
#else
  const timespec written = status.st_mtim, changed = status.st_ctim;
#endif
  std::string stamp = path;
  for (const auto part : {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino),
                          static_cast<std::int64_t>(status.st_size), static_cast<std::int64_t>(written.tv_sec),
                          static_cast<std::int64_t>(written.tv_nsec), static_cast<std::int64_t>(changed.tv_sec),
                          static_cast<std::int64_t>(changed.tv_nsec)}) {
    stamp += " " + std::to_string(part);
  }
  return stamp + "\n";
}

/// Changes when a JSON file of the directory or of its fixtures does.
std::string stamp_of(const std::string& directory) {
  std::string stamps;
  for (const std::string& folder : {directory, directory + "/fixtures"}) {
    std::error_code ignored;  // a folder that cannot be listed stamps as empty, and reading it then says why
    for (const std::string& name : json_names(folder, ignored)) stamps += stamp_of_file(name);
  }
  return stamps;
}

/// The JSON files of a directory, sorted by name.
Result<std::vector<std::string>> json_files(const std::string& directory) {
  std::error_code failed;
  std::vector<std::string> files = json_names(directory, failed);
  if (failed) return Error{ErrorCode::kIo, "cannot read the directory \"" + directory + "\": " + failed.message(), ""};
  return files;
}

/// Drops what `gone` tells of scenarios or fixtures, uncovering the one of that name that is built in.
template <typename Sources, typename Gone>
void forget(Sources& sources, const std::string& built_in_folder, const Gone& gone) {
  for (auto source = sources.begin(); source != sources.end();) {
    if (!gone(source->first, source->second.file)) {
      ++source;
    } else if (const auto built_in = embedded_file(built_in_folder + source->first + ".json")) {
      source->second = {};
      source->second.text = *built_in;
      ++source;
    } else {
      source = sources.erase(source);
    }
  }
}

/// `file` now holds `name`, and no longer what it held.
template <typename Sources>
void remove_renamed(Sources& sources, const std::string& built_in_folder, const std::string& file,
                    const std::string& name) {
  forget(sources, built_in_folder,
         [&](const std::string& known, const std::string& from) { return from == file && known != name; });
}

/// What came from the folder, of which `files` (sorted) are left.
template <typename Sources>
void remove_missing(Sources& sources, const std::string& built_in_folder, const std::string& folder,
                    const std::vector<std::string>& files) {
  const auto parent = (std::filesystem::path(folder) / "any").parent_path();
  forget(sources, built_in_folder, [&](const std::string&, const std::string& from) {
    return !from.empty() && std::filesystem::path(from).parent_path() == parent &&
           !std::binary_search(files.begin(), files.end(), from);
  });
}

Error located(const std::string& file, std::string_view text, const Error& error) {
  return {error.code, locate_in_file(file, text, error), error.pointer};
}

}  // namespace

std::optional<std::string> check_record(const contract::Contract& contract, const sim::Record& record) {
  const Collection collection = collection_of(record.kind);
  std::optional<contract::Violation> wrong;
  std::string text;
  sim::append_shown(text, record, kDocumentedAssets.origin);
  if (record.status == sim::RecordStatus::kFailed) {
    // A scenario may show another word for it.
    auto shown = parse_json(text);
    if (shown && shown->is_object()) (*shown)["status"] = "FAILED";
    wrong = contract.check_record(collection, shown ? *shown : Json());
  } else {
    wrong = contract.check_record_text(collection, text);
  }
  if (!wrong) return std::nullopt;
  return wrong->pointer + ": " + wrong->message;
}

std::string locate_in_file(const std::string& file, std::string_view text, const Error& error) {
  // Mistakes of form carry their place in the message already.
  std::size_t line = 0, column = 0;
  int length = 0;
  if (std::sscanf(error.message.c_str(), "line %zu, column %zu: %n", &line, &column, &length) == 2 && length > 0) {
    return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " +
           error.message.substr(static_cast<std::size_t>(length));
  }
  const TextPosition at = locate_pointer(text, error.pointer);
  std::string out = file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
  return out + (error.pointer.empty() ? "" : error.pointer + ": ") + as_written(error, text).message;
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const auto unreadable = [&](std::string_view why) {
    return Error{ErrorCode::kIo, "cannot read \"" + path + "\": " + std::string(why), ""};
  };
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return unreadable("it is a directory");
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return unreadable(std::strerror(errno));
  }
  std::istream& in = path == "-" ? std::cin : file;
  // Pipes and devices tell no size, so the bound is kept while reading.
  std::string text;
  std::vector<char> block(1 << 16);
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > limit) {
      return Error{ErrorCode::kInvalid, path + ":1:1: expected at most " + std::to_string(limit >> 20) + " MiB", ""};
    }
  }
  if (in.bad()) return unreadable(std::strerror(errno));
  return text;
}

ScenarioStore::ScenarioStore(const contract::Contract& contract, const Log& log) : contract_(contract), log_(log) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path.starts_with("scenarios/")) {
      scenarios_[stem(file.path)].text = file.text;
    } else if (file.path.starts_with("fixtures/")) {
      fixtures_[stem(file.path)].text = file.text;
    }
  }
}

Result<void> ScenarioStore::load_directory(const std::string& directory) {
  if (directory.empty()) return {};
  const std::lock_guard lock(mutex_);
  directory_ = directory;
  directory_stamp_ = stamp_of(directory);
  const std::string fixtures = directory + "/fixtures";
  std::error_code absent;
  if (std::filesystem::is_directory(fixtures, absent)) {
    const auto files = json_files(fixtures);
    if (!files) return files.error();
    for (const std::string& file : *files) {
      if (auto loaded = load_fixture_file(file); !loaded) return loaded.error();
    }
  }
  const auto files = json_files(directory);
  if (!files) return files.error();
  for (const std::string& file : *files) {
    if (auto loaded = load_file(file); !loaded) return loaded.error();
  }
  return {};
}

Result<sim::ScenarioPtr> ScenarioStore::follow_file(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::error_code unknown;
  // What comes through a pipe can be read once only.
  if (std::filesystem::is_regular_file(path, unknown)) followed_file_ = path;
  followed_stamp_ = stamp_of_file(path);
  return load_file(path);
}

void ScenarioStore::keep_last_good(const std::string& file, const Error& error) {
  std::string why = error.message;
  journal::redact_keys(why);  // a file may quote a whole key where an id is wanted
  log_.warning("a changed file is not used, the last good version stays", {{"file", file}, {"why", why}});
  for (auto& [name, source] : scenarios_) {
    if (source.file != file) continue;
    source.problem = why;
    return;
  }
  broken_files_[file] = why;
}

void ScenarioStore::reload_scenario(const std::string& file) {
  const auto loaded = load_file(file);
  if (!loaded)
    keep_last_good(file, loaded.error());
  else
    remove_renamed(scenarios_, "scenarios/", file, (*loaded)->name);
}

void ScenarioStore::refresh() {
  refresh_directory();
  if (followed_file_.empty()) return;
  std::string stamp = stamp_of_file(followed_file_);
  if (stamp == followed_stamp_) return;
  followed_stamp_ = std::move(stamp);
  reload_scenario(followed_file_);
}

void ScenarioStore::refresh_directory() {
  if (directory_.empty()) return;
  std::string stamps = stamp_of(directory_);
  if (stamps == directory_stamp_) return;
  directory_stamp_ = std::move(stamps);
  broken_files_.clear();
  std::error_code absent;  // a folder that is gone holds no files
  const std::vector<std::string> fixtures = json_names(directory_ + "/fixtures", absent);
  for (const std::string& file : fixtures) {
    const auto loaded = load_fixture_file(file);
    if (!loaded)
      keep_last_good(file, loaded.error());
    else
      remove_renamed(fixtures_, "fixtures/", file, (*loaded)->name);
  }
  remove_missing(fixtures_, "fixtures/", directory_ + "/fixtures", fixtures);
  // Built-in scenarios may name a fixture that the directory replaces.
  for (auto& [name, source] : scenarios_) {
    if (source.file.empty()) source.parsed = nullptr;
  }
  const auto files = json_files(directory_);
  if (!files) return keep_last_good(directory_, files.error());
  for (const std::string& file : *files) reload_scenario(file);
  remove_missing(scenarios_, "scenarios/", directory_, *files);
}

sim::ScenarioPtr ScenarioStore::newest(const sim::ScenarioPtr& scenario) {
  const std::lock_guard lock(mutex_);
  refresh();
  // By its file: an edit may have renamed it.
  const auto found = std::find_if(scenarios_.begin(), scenarios_.end(), [&](const auto& known) {
    return !known.second.file.empty() && known.second.parsed && known.second.file == scenario->source;
  });
  return found != scenarios_.end() ? found->second.parsed : scenario;
}

Result<sim::FixturePtr> ScenarioStore::load_fixture_file(const std::string& path) {
  auto text = read_file(path);
  if (!text) return text.error();
  return add_fixture(*std::move(text), path);
}

Result<sim::FixturePtr> ScenarioStore::add_fixture(std::string text, const std::string& file) {
  const std::lock_guard lock(mutex_);
  auto parsed = parse_fixture_text(text, file);
  if (parsed) fixtures_[(*parsed)->name] = {std::move(text), file, *parsed};
  return parsed;
}

Result<sim::ScenarioPtr> ScenarioStore::load_file(const std::string& path) {
  auto text = read_file(path);
  if (!text) return text.error();
  const auto document = parse_written_json(*text);
  if (!document) return located(path, *text, document.error());
  const std::lock_guard lock(mutex_);
  const WrittenJson written(*text);
  auto scenario = parse(*document, path, {&written});
  if (!scenario) return located(path, *text, scenario.error());
  Source& source = scenarios_[(*scenario)->name];
  std::error_code gone;  // then it has only been renamed
  if (!source.file.empty() && source.file < path && std::filesystem::exists(source.file, gone)) {
    log_.warning("two files have scenarios of one name, the second is used",
                 {{"name", (*scenario)->name}, {"first", source.file}, {"second", path}});
  }
  source = {*std::move(text), path, (*scenario)->description, *scenario, ""};
  return scenario;
}

Result<sim::ScenarioPtr> ScenarioStore::find(std::string_view name) {
  const std::lock_guard lock(mutex_);
  refresh();
  const auto found = scenarios_.find(name);
  if (found == scenarios_.end()) {
    return Error{ErrorCode::kNotFound, "there is no scenario \"" + std::string(name) + "\"" + suggestion_for(name), ""};
  }
  Source& source = found->second;
  if (source.parsed) return source.parsed;
  const auto document = parse_json(source.text);
  QM_CHECK(document, "a built-in scenario is JSON");
  const WrittenJson written(source.text);
  auto parsed = parse(*document, "built in", {&written});
  QM_CHECK(parsed, parsed ? "" : (found->first + ": " + parsed.error().pointer + " " + parsed.error().message).c_str());
  source.parsed = *parsed;
  return source.parsed;
}

std::string ScenarioStore::suggestion_for(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string_view> names;
  for (const auto& [known, source] : scenarios_) names.push_back(known);
  return suggestion(name, names);
}

bool ScenarioStore::contains(std::string_view name) {
  const std::lock_guard lock(mutex_);
  refresh();
  return scenarios_.find(name) != scenarios_.end();
}

bool ScenarioStore::is_at_hand(std::string_view name) const {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || !directory_.empty()) return false;
  const auto found = scenarios_.find(name);
  return found == scenarios_.end() || found->second.parsed;
}

Result<sim::ScenarioPtr> ScenarioStore::parse(const Json& document, std::string source, WrittenPlace written) {
  auto scenario = sim::parse_scenario(document, *this, std::move(source), std::move(written));
  if (!scenario) return scenario;
  if (auto checked = check_rules(**scenario); !checked) return checked.error();
  const bool inline_fixture = document.contains("fixture") && document["fixture"].is_object();
  if (inline_fixture) {
    if (auto checked = check_records(*(*scenario)->fixture); !checked) {
      return Error{checked.error().code, checked.error().message, "/fixture" + checked.error().pointer};
    }
  }
  return scenario;
}

std::vector<ScenarioSummary> ScenarioStore::list() {
  const std::lock_guard lock(mutex_);
  refresh();
  std::vector<ScenarioSummary> out;
  for (const auto& [name, source] : scenarios_) {
    out.push_back({name, source.description.empty() ? description_of(source.text) : source.description,
                   source.file.empty() ? "built in" : source.file, source.problem});
  }
  for (const auto& [file, problem] : broken_files_) out.push_back({stem(file), "", file, problem});
  return out;
}

Result<sim::FixturePtr> ScenarioStore::fixture(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = fixtures_.find(name);
  if (found == fixtures_.end()) {
    std::vector<std::string_view> names;
    for (const auto& [known, source] : fixtures_) names.push_back(known);
    return Error{ErrorCode::kNotFound, "there is no fixture \"" + name + "\", expected " + quoted_list(names), ""};
  }
  FixtureSourceText& source = found->second;
  if (!source.parsed) {
    // Its records are checked by the tests: checking them here would cost each start.
    const auto document = parse_json(source.text);
    QM_CHECK(document, "a built-in fixture is JSON");
    auto parsed = sim::parse_fixture(*document);
    QM_CHECK(parsed, parsed ? "" : (name + ": " + parsed.error().message).c_str());
    source.parsed = *parsed;
  }
  return source.parsed;
}

Result<sim::FixturePtr> ScenarioStore::parse_fixture_text(const std::string& text, const std::string& file) {
  const auto document = parse_written_json(text);
  if (!document) return located(file, text, document.error());
  auto parsed = sim::parse_fixture(*document);
  if (!parsed) return located(file, text, parsed.error());
  if (auto checked = check_records(**parsed); !checked) return located(file, text, checked.error());
  return parsed;
}

Result<void> ScenarioStore::check_records(const sim::Fixture& fixture) const {
  for (const Collection collection : kAll<Collection>) {
    const auto& records = fixture.records[collection];
    for (std::size_t n = 0; n < records.size(); ++n) {
      const auto wrong = check_record(contract_, *records[n]);
      if (!wrong) continue;
      return Error{ErrorCode::kInvalid, *wrong, child_pointer(child_pointer("", name_of(collection)), n)};
    }
  }
  return {};
}

}  // namespace qamera::api
