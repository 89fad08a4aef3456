// Runs a fuzz target on files, without libFuzzer: on each file as it is, on the beginnings of it, and on a few hundred
// small changes of it, always the same ones.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "fuzz/target.h"

namespace {

constexpr std::size_t kCuts = 32;
constexpr std::size_t kChanges = 200;
constexpr std::size_t kMaxChanged = 16u << 10;  // longer files are slow, and are changed under libFuzzer only

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

/// A few edits of `text`, given by `number`: bytes replaced, pieces taken out, doubled or moved.
std::string changed(std::string text, std::size_t number) {
  std::minstd_rand random(static_cast<unsigned>(number + 1));
  const auto below = [&](std::size_t most) { return most == 0 ? 0 : random() % most; };
  for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
    const std::size_t at = below(text.size());
    const std::string piece = text.substr(at, 1 + below(12));
    switch (below(4)) {
      case 0: text.replace(at, std::min<std::size_t>(1, text.size() - at), 1, static_cast<char>(below(256))); break;
      case 1: text.erase(at, piece.size()); break;
      case 2: text.insert(at, piece); break;
      default: text.insert(below(text.size()), piece); break;
    }
  }
  return text;
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
      for (std::size_t number = 0; text.size() <= kMaxChanged && number < kChanges; ++number) {
        const std::string input = changed(text, number);
        // What stops the program is in this file afterwards.
        if (const char* keep = std::getenv("FUZZ_KEEP_INPUT")) std::ofstream(keep, std::ios::binary) << input;
        qamera::fuzz::run(input);
      }
      ++ran;
    }
  }
  std::printf("%zu files\n", ran);
  return ran > 0 ? 0 : 2;
}
