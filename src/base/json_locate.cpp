#include "base/json_locate.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/json.h"

namespace qamera {
namespace {

/// Walks a well-formed document without building it.
class Walker {
 protected:
  explicit Walker(std::string_view text) : text_(text) {
    if (text.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark, which the parser skips
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  /// Returns it as it is written, with its quotes.
  std::string_view skip_string() {
    const std::size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
    return text_.substr(start, at_ - start);
  }

  std::string read_string() {
    const std::string_view written = skip_string();
    if (written.size() >= 2 && written.find('\\') == std::string_view::npos) {
      return std::string(written.substr(1, written.size() - 2));
    }
    const Json value = Json::parse(written, nullptr, false);
    return value.is_string() ? value.get<std::string>() : std::string();
  }

  /// A number, true, false or null.
  void skip_word() {
    while (at_ < text_.size() && std::string_view(",]}: \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
  }

  void skip_value() {
    std::size_t depth = 0;
    do {
      skip_space();
      const char c = peek();
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        ++at_;
      } else {
        skip_word();
      }
    } while (depth > 0 && at_ < text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Finds where a pointer leads.
class Locator : private Walker {
 public:
  Locator(std::string_view text, std::vector<std::string> tokens) : Walker(text), tokens_(std::move(tokens)) {}

  std::size_t find() {
    descend(0);
    return found_;
  }

  /// Of the value itself, which of a member is not where its name stands.
  std::optional<std::size_t> find_value() {
    descend(0);
    return value_;
  }

 private:
  /// Called at a value; `level` tokens of the pointer have led here.
  void descend(std::size_t level) {
    skip_space();
    found_ = at_;
    if (level == tokens_.size()) {
      value_ = at_;
      return;
    }
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
          skip_space();
          value_ = at_;
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

  std::vector<std::string> tokens_;
  std::size_t found_ = 0;
  std::optional<std::size_t> value_;
};

/// A member that its object has already.
struct Repetition {
  std::string name;
  std::string pointer;
  std::size_t at = 0;  ///< offset of the later one's name
};

/// Finds those, the same place once.
class RepetitionFinder : private Walker {
 public:
  RepetitionFinder(std::string_view text, std::size_t limit) : Walker(text), limit_(limit) {}

  std::vector<Repetition> find() {
    value("");
    return std::move(found_);
  }

 private:
  /// Whether to go on. Called at a value.
  bool value(const std::string& pointer) {
    skip_space();
    const char open = peek();
    if (open == '"') {
      skip_string();
      return true;
    }
    if (open != '{' && open != '[') {
      skip_word();
      return true;
    }
    ++at_;
    std::map<std::string, int, std::less<>> times;
    std::size_t index = 0;
    for (skip_space(); at_ < text_.size() && peek() != '}' && peek() != ']'; skip_space()) {
      if (!value(open == '{' ? name(pointer, times) : child_pointer(pointer, index++))) return false;
      if (found_.size() >= limit_) return false;
      skip_space();
      if (peek() == ',') ++at_;
    }
    ++at_;
    return true;
  }

  /// The pointer of the member of which this is the name.
  std::string name(const std::string& pointer, std::map<std::string, int, std::less<>>& times) {
    const std::size_t start = at_;
    const auto member = times.try_emplace(read_string()).first;
    skip_space();
    ++at_;  // the colon
    std::string child = child_pointer(pointer, member->first);
    if (++member->second != 2) return child;
    const auto is_told = [&](const Repetition& one) { return one.pointer == child; };
    if (std::none_of(found_.begin(), found_.end(), is_told)) found_.push_back({member->first, child, start});
    return child;
  }

  const std::size_t limit_;
  std::vector<Repetition> found_;
};

std::vector<std::string> pointer_tokens(std::string_view pointer) {
  std::vector<std::string> tokens;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    std::string token;
    for (std::size_t i = 0; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end)
        token.push_back(pointer[++i] == '1' ? '/' : '~');
      else
        token.push_back(pointer[i]);
    }
    tokens.push_back(std::move(token));
    pointer.remove_prefix(end);
  }
  return tokens;
}

}  // namespace

TextPosition position_of(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto newline = before.rfind('\n');
  return {1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
          1 + (newline == std::string_view::npos ? offset : offset - newline - 1)};
}

Error located_error(std::string_view text, std::size_t offset, std::string_view what) {
  const TextPosition at = position_of(text, offset);
  return {ErrorCode::kInvalid,
          "line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + ": " + std::string(what), ""};
}

TextPosition locate_pointer(std::string_view text, std::string_view pointer) {
  return position_of(text, Locator(text, pointer_tokens(pointer)).find());
}

std::optional<std::size_t> value_offset(std::string_view text, std::string_view pointer) {
  return Locator(text, pointer_tokens(pointer)).find_value();
}

Result<Json> parse_written_json(std::string_view text) {
  bool repeats = false;
  auto parsed = parse_json(text, &repeats);
  if (!parsed.ok() || !repeats) return parsed;
  const auto found = RepetitionFinder(text, 1).find();
  return located_error(text, found[0].at, "the object has a member \"" + found[0].name + "\" already");
}

std::vector<std::string> repeated_members(std::string_view text, std::size_t limit) {
  std::vector<std::string> pointers;
  for (Repetition& one : RepetitionFinder(text, limit).find()) pointers.push_back(std::move(one.pointer));
  return pointers;
}

}  // namespace qamera
