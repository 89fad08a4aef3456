// Runs a fuzz target on files, without libFuzzer: on each file as it is, and on the beginnings of it.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/target.h"

namespace {

constexpr std::size_t kCuts = 32;

using Path = std::filesystem::path;

/// The files below `path`, which may be one itself; nothing below `regressions` is no mistake.
std::vector<Path> files_below(const Path& path) {
  if (std::filesystem::is_regular_file(path)) return {path};
  std::vector<Path> files;
  if (!std::filesystem::is_directory(path)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string text_of(const Path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t ran = 0;
  for (int i = 1; i < argc; ++i) {
    const std::vector<Path> files = files_below(argv[i]);
    if (files.empty()) {
      std::fprintf(stderr, "no file at %s\n", argv[i]);
      return 2;
    }
    for (const Path& file : files) {
      // Told before it runs: what stops the program is the last file named.
      std::printf("%s\n", file.c_str());
      std::fflush(stdout);
      const std::string text = text_of(file);
      qamera::fuzz::run(text);
      for (std::size_t cut = 0; cut < kCuts; ++cut) {
        qamera::fuzz::run(std::string_view(text).substr(0, text.size() * cut / kCuts));
      }
      ++ran;
    }
  }
  std::printf("%zu files\n", ran);
  return ran > 0 ? 0 : 2;
}
