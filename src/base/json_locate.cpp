#include <algorithm>
#include <charconv>
#include <vector>

#include "base/json.h"

namespace qamera {
namespace {

/// Walks a well-formed document without building it, to find where a pointer leads.
class Locator {
 public:
  Locator(std::string_view text, std::vector<std::string> tokens) : text_(text), tokens_(std::move(tokens)) {}

  std::size_t find() {
    descend(0);
    return found_;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  std::string read_string() {
    const std::size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
    const Json value = Json::parse(text_.substr(start, at_ - start), nullptr, false);
    return value.is_string() ? value.get<std::string>() : std::string();
  }

  void skip_value() {
    std::size_t depth = 0;
    do {
      skip_space();
      const char c = peek();
      if (c == '"') {
        read_string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        ++at_;
      } else {
        while (at_ < text_.size() && std::string_view(",]}: \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
      }
    } while (depth > 0 && at_ < text_.size());
  }

  /// Called at a value; `level` tokens of the pointer have led here.
  void descend(std::size_t level) {
    skip_space();
    found_ = at_;
    if (level == tokens_.size()) return;
    const char open = peek();
    if (open != '{' && open != '[') return;
    ++at_;
    for (std::size_t index = 0; at_ < text_.size(); ++index) {
      skip_space();
      if (peek() == '}' || peek() == ']') return;
      std::string name = std::to_string(index);
      const std::size_t name_at = at_;
      if (open == '{') {
        name = read_string();
        skip_space();
        ++at_;  // the colon
      }
      if (name == tokens_[level]) {
        if (open == '{' && level + 1 == tokens_.size()) {
          found_ = name_at;  // a member is shown where its name stands
          return;
        }
        return descend(level + 1);
      }
      skip_value();
      skip_space();
      if (peek() == ',') ++at_;
    }
  }

  std::string_view text_;
  std::vector<std::string> tokens_;
  std::size_t at_ = 0;
  std::size_t found_ = 0;
};

std::vector<std::string> pointer_tokens(std::string_view pointer) {
  std::vector<std::string> tokens;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    std::string token;
    for (std::size_t i = 0; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end) token.push_back(pointer[++i] == '1' ? '/' : '~');
      else token.push_back(pointer[i]);
    }
    tokens.push_back(std::move(token));
    pointer.remove_prefix(end);
  }
  return tokens;
}

}  // namespace

TextPosition locate_pointer(std::string_view text, std::string_view pointer) {
  const std::size_t offset = Locator(text, pointer_tokens(pointer)).find();
  const std::string_view before = text.substr(0, offset);
  const auto newline = before.rfind('\n');
  return {1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
          1 + (newline == std::string_view::npos ? offset : offset - newline - 1)};
}

}  // namespace qamera
