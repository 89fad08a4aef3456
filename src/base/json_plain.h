#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace qamera {

/// Reads the tokens of plain JSON, the sort that clients mostly send: strings without `\u`, whole numbers of at most 18
/// digits. Each function reads what it is named after and moves past it; false, or nothing, ends the reading for good.
class PlainScanner {
 public:
  explicit PlainScanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() const { return at_ == end_; }
  char next() const { return at_ == end_ ? '\0' : *at_; }
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool take(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }

  /// A string, which is UTF-8: a part of the input, or `buffer` when it is written with escapes.
  std::optional<std::string_view> string(std::string& buffer);

  /// A number, true, false or null, as the library reads them.
  bool scalar(Json& into);

  /// `open`, elements that `element` reads, separated by commas, and `close`.
  template <typename Element>
  bool list(char open, char close, Element element) {
    if (!take(open)) return false;
    skip_space();
    if (take(close)) return true;
    do {
      skip_space();
      if (!element()) return false;
      skip_space();
    } while (take(','));
    return take(close);
  }

 private:
  bool word(std::string_view expected);
  bool number(Json& into);

  const char* at_;
  const char* end_;
};

/// Reads plain JSON several times faster than the library does. Nothing when the text is anything else, nested deeper
/// than `kMaxJsonDepth` or no JSON at all: then it is for the library to read, or to say what is wrong. What is
/// returned is what the library returns. `repeats`, unless null, becomes whether an object in it
/// has a member twice. (Left to the library, a POST takes 60,600 instructions in place of 47,200.)
std::optional<Json> read_plain_json(std::string_view text, bool* repeats = nullptr);

}  // namespace qamera
