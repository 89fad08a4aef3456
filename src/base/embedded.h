#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace qamera {

/// A file of `schemas/`, `fixtures/`, `scenarios/`, `assets/` or `ui/`, compiled into the binary.
struct EmbeddedFile {
  std::string_view path;  ///< relative to the repository: "schemas/scenario.schema.json"
  std::string_view text;
};

/// Every embedded file, sorted by path.
std::span<const EmbeddedFile> embedded_files();

/// The text of one file, or nothing.
std::optional<std::string_view> embedded_file(std::string_view path);

}  // namespace qamera
