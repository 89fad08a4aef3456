#include "patterns/json_path.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "base/json_compare.h"

namespace qamera::patterns {
namespace {

constexpr std::size_t kMaxPathSteps = 64;

/// Comparisons other than `==`, and what joins several, as they may stand in a filter; longer ones first.
constexpr std::array<std::string_view, 17> kOtherOperators = {
    "!=",   ">=",    "<=",     "=~",      "&&",      "||",       ">",          "<",         "!",
    " in ", " nin ", " size ", " empty ", " anyof ", " noneof ", " subsetof ", " contains "};

std::string_view trimmed(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

/// The offset of the first of `wanted` outside of quotes and brackets, or npos.
std::size_t find_plain(std::string_view text, std::string_view wanted) {
  char quote = '\0';
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == '\\')
        ++i;
      else if (c == quote)
        quote = '\0';
      continue;
    }
    if (depth == 0 && text.substr(i).starts_with(wanted)) return i;
    if (c == '\'' || c == '"') quote = c;
    if (c == '[' || c == '(') ++depth;
    if ((c == ']' || c == ')') && depth > 0) --depth;
  }
  return std::string_view::npos;
}

}  // namespace

class JsonPath::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<JsonPath> parse(char root) {
    if (!text_.starts_with(root)) return malformed(std::string("must start with \"") + root + "\"");
    JsonPath path;
    path.text_ = text_;
    rest_ = text_.substr(1);
    while (!rest_.empty() && !error_) {
      if (path.steps_.size() >= kMaxPathSteps) return malformed("has too many steps");
      if (!path.steps_.empty() && is_length(path.steps_.back()) && !std::get<Length>(path.steps_.back()).is_member) {
        return not_supported("\"length()\" before other steps is");
      }
      read_step(path.steps_);
    }
    if (!error_ && !path.steps_.empty() && std::holds_alternative<Descend>(path.steps_.back())) {
      return malformed("ends with \"..\"");
    }
    if (error_) return *std::move(error_);
    return path;
  }

  Error not_supported(std::string_view what) const {
    return {ErrorCode::kUnsupported,
            "JSON path \"" + std::string(text_) + "\": " + std::string(what) +
                " not supported; members, indexes, \"*\", \"..\", \"length()\" and filters by equality are, such as "
                "\"$.config.product.id\", \"$..id\" or \"$['a'][?(@.b == 'c')]\"",
            ""};
  }
  Error malformed(std::string_view why) const {
    return {ErrorCode::kInvalid, "JSON path \"" + std::string(text_) + "\": " + std::string(why), ""};
  }

 private:
  static bool is_length(const Step& step) { return std::holds_alternative<Length>(step); }
  void fail(Error error) { error_ = std::move(error); }

  void read_step(std::vector<Step>& steps) {
    if (rest_.starts_with("..")) {
      steps.emplace_back(Descend{});
      rest_.remove_prefix(2);
      if (!rest_.starts_with('[')) read_name(steps);
    } else if (rest_.starts_with('.')) {
      rest_.remove_prefix(1);
      read_name(steps);
    } else if (rest_.starts_with('[')) {
      read_bracket(steps);
    } else {
      fail(malformed("expected \".\" or \"[\" after a step"));
    }
  }

  void read_name(std::vector<Step>& steps) {
    const std::string_view name = rest_.substr(0, rest_.find_first_of(".["));
    rest_.remove_prefix(name.size());
    if (name.empty() && rest_.empty()) return fail(malformed("has an empty member name at its end"));
    if (name.empty()) return fail(malformed("has an empty member name"));
    if (name == "*") return void(steps.emplace_back(All{}));
    if (name == "length()" || (name == "length" && rest_.empty())) {
      return void(steps.emplace_back(Length{name == "length"}));
    }
    if (name.find('(') != std::string_view::npos) {
      return fail(not_supported("the function \"" + std::string(name) + "\" is"));
    }
    if (name.find_first_of(")?*@ ,'\"]") != std::string_view::npos) {
      return fail(malformed("the member name \"" + std::string(name) + "\" has to stand in ['...']"));
    }
    steps.emplace_back(std::string(name));
  }

  void read_bracket(std::vector<Step>& steps) {
    const char next = rest_.size() > 1 ? rest_[1] : ' ';
    if (next == '\'' || next == '"') return read_quoted(next, steps);
    const auto end = find_plain(rest_.substr(1), "]");
    if (end == std::string_view::npos) return fail(malformed("has an unclosed bracket"));
    const std::string_view inside = trimmed(rest_.substr(1, end));
    rest_.remove_prefix(end + 2);
    if (inside == "*") return void(steps.emplace_back(All{}));
    if (inside.starts_with('?')) return read_filter(trimmed(inside.substr(1)), steps);
    if (inside.find(':') != std::string_view::npos)
      return fail(not_supported("the slice \"[" + std::string(inside) + "]\" is"));
    if (inside.find(',') != std::string_view::npos) return fail(not_supported("several places in one bracket are"));
    if (inside.starts_with('-')) return fail(not_supported("an index from the end is"));
    if (inside.starts_with('(')) return fail(not_supported("script expressions are"));
    std::size_t index = 0;
    const char* const last = inside.data() + inside.size();
    const auto [stop, wrong] = std::from_chars(inside.data(), last, index);
    if (wrong != std::errc{} || stop != last) {
      return fail(malformed("expected an index or a name in quotes, got [" + std::string(inside) + "]"));
    }
    steps.emplace_back(index);
  }

  void read_quoted(char quote, std::vector<Step>& steps) {
    const auto end = rest_.find(std::string{quote, ']'}, 2);
    if (end == std::string_view::npos) return fail(malformed("has an unclosed bracket"));
    const std::string_view name = rest_.substr(2, end - 2);
    if (name.find(quote) != std::string_view::npos) return fail(not_supported("several names in one bracket are"));
    rest_.remove_prefix(end + 2);
    steps.emplace_back(std::string(name));
  }

  /// `(@.a == 'b')`, with or without the parentheses, either way round.
  void read_filter(std::string_view filter, std::vector<Step>& steps) {
    if (filter.starts_with('(') && filter.ends_with(')')) filter = trimmed(filter.substr(1, filter.size() - 2));
    for (const std::string_view other : kOtherOperators) {
      if (find_plain(filter, other) == std::string_view::npos) continue;
      return fail(not_supported("\"" + std::string(trimmed(other)) + "\" in a filter is"));
    }
    const auto equals = find_plain(filter, "==");
    if (equals == std::string_view::npos) return fail(not_supported("a filter without \"==\" is"));
    std::string_view path = trimmed(filter.substr(0, equals));
    std::string_view literal = trimmed(filter.substr(equals + 2));
    if (!path.starts_with('@')) std::swap(path, literal);
    if (!path.starts_with('@')) return fail(malformed("a filter compares something of \"@\" with a value"));
    if (literal.starts_with('@') || literal.starts_with('$')) return fail(not_supported("comparing two places is"));
    auto inner = Parser(path).parse('@');
    if (!inner) return fail({inner.error().code, inner.error().message, ""});
    if (!inner->is_definite()) return fail(not_supported("\"*\", \"..\" or a filter within a filter is"));
    auto value = read_literal(literal);
    if (!value) return fail(value.error());
    steps.emplace_back(Filter{std::make_shared<const JsonPath>(*std::move(inner)), *std::move(value)});
  }

  Result<Json> read_literal(std::string_view literal) const {
    if (literal.size() >= 2 && literal.starts_with('\'') && literal.ends_with('\'')) {
      std::string text;
      for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
        if (literal[i] == '\\' && i + 2 < literal.size()) ++i;
        text.push_back(literal[i]);
      }
      return Json(std::move(text));
    }
    auto value = parse_json(literal);
    if (!value)
      return malformed("a filter compares with a value such as 'text', 4, true or null, got " + std::string(literal));
    if (const auto inexact = refuse_inexact_numbers(*value, "")) return malformed(inexact->message);
    return value;
  }

  const std::string_view text_;
  std::string_view rest_;
  std::optional<Error> error_;
};

/// One step from each of the places that those before it led to.
struct JsonPath::Walk {
  std::vector<const Json*>& to;
  std::vector<Json>& lengths;
  const Json* from = nullptr;
  std::unordered_set<const Json*>& seen;

  void operator()(const std::string& name) const {
    if (!from->is_object()) return;
    if (const auto member = from->find(name); member != from->end()) to.push_back(&*member);
  }
  void operator()(std::size_t index) const {
    if (from->is_array() && index < from->size()) to.push_back(&(*from)[index]);
  }
  void operator()(const All&) const {
    if (!from->is_structured()) return;
    for (const Json& child : *from) to.push_back(&child);
  }
  void operator()(const Descend&) const { add_all(*from); }
  void operator()(const Filter& filter) const {
    const auto holds = [&](const Json& candidate) {
      const Found found = filter.path->find(candidate);
      return !found.values.empty() && qamera::equal_json(*found.values.front(), filter.equals);
    };
    if (from->is_object() && holds(*from)) add(*from);
    if (!from->is_array()) return;
    for (const Json& element : *from) {
      if (holds(element)) add(element);
    }
  }
  void operator()(const Length& length) const {
    if (length.is_member && from->is_object()) return (*this)(std::string("length"));
    if (from->is_structured()) lengths.emplace_back(from->size());
  }

  /// Steps that can come to a place by several ways come to it once.
  bool add(const Json& place) const {
    if (!seen.insert(&place).second) return false;
    to.push_back(&place);
    return true;
  }
  void add_all(const Json& place) const {
    if (!add(place) || !place.is_structured()) return;
    for (const Json& child : place) add_all(child);
  }
};

Result<JsonPath> JsonPath::parse(std::string_view text) { return Parser(text).parse('$'); }

JsonPath::Found JsonPath::find(const Json& document) const {
  Found found;
  found.values.push_back(&document);
  for (const Step& step : steps_) {
    std::vector<const Json*> to;
    std::unordered_set<const Json*> seen;
    for (const Json* from : found.values) std::visit(Walk{to, found.lengths, from, seen}, step);
    found.values = std::move(to);
  }
  for (const Json& length : found.lengths) found.values.push_back(&length);
  return found;
}

bool JsonPath::is_definite() const {
  return std::none_of(steps_.begin(), steps_.end(), [](const Step& step) {
    return std::holds_alternative<All>(step) || std::holds_alternative<Descend>(step) ||
           std::holds_alternative<Filter>(step);
  });
}

std::string JsonPath::pointer() const {
  std::string pointer;
  for (const Step& step : steps_) {
    if (const auto* name = std::get_if<std::string>(&step))
      append_pointer(pointer, *name);
    else if (const auto* index = std::get_if<std::size_t>(&step))
      append_pointer(pointer, *index);
    else
      break;
  }
  return pointer;
}

}  // namespace qamera::patterns
