#include "contract/shape.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>
#include <optional>

#include "base/json_plain.h"
#include "base/text.h"

namespace qamera::contract {
namespace {

constexpr std::size_t kLongestShape = 1024;  // a longer one is rarely met again
constexpr std::size_t kMaxShapes = 256;      // clients choose member names and numbers
constexpr std::size_t kLongestNumber = 15;   // no overflow, no rounding

/// What a keyword does with a document's strings. One that is not here may do anything.
enum class Keyword { kUnknown, kBlind, kSchema, kSchemas, kNamedSchemas, kValues, kMin };

struct Known {
  std::string_view name;
  Keyword keyword;
};
constexpr std::array<Known, 24> kKnown = {
    {{"$schema", Keyword::kBlind},     {"$id", Keyword::kBlind},
     {"$comment", Keyword::kBlind},    {"title", Keyword::kBlind},
     {"description", Keyword::kBlind}, {"default", Keyword::kBlind},
     {"examples", Keyword::kBlind},    {"format", Keyword::kBlind},  // an annotation, see the validator
     {"type", Keyword::kBlind},        {"required", Keyword::kBlind},
     {"minimum", Keyword::kBlind},     {"maximum", Keyword::kBlind},
     {"multipleOf", Keyword::kBlind},  {"minItems", Keyword::kBlind},
     {"maxItems", Keyword::kBlind},    {"items", Keyword::kSchema},
     {"not", Keyword::kSchema},        {"additionalProperties", Keyword::kSchema},
     {"oneOf", Keyword::kSchemas},     {"anyOf", Keyword::kSchemas},
     {"allOf", Keyword::kSchemas},     {"properties", Keyword::kNamedSchemas},
     {"enum", Keyword::kValues},       {"minLength", Keyword::kMin}}};

Keyword keyword_of(std::string_view name) {
  if (name == "const") return Keyword::kValues;
  const auto known = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& one) { return one.name == name; });
  return known == kKnown.end() ? Keyword::kUnknown : known->keyword;
}

bool stands_for_itself(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

bool needs_no_escape(std::string_view text) { return std::all_of(text.begin(), text.end(), stands_for_itself); }

/// Collects the strings that `values` lists. False when one of them may be written in several ways.
bool collect_strings(const Json& values, std::vector<std::string>& listed) {
  if (values.is_string()) {
    listed.push_back(values.get<std::string>());
    return needs_no_escape(listed.back());
  }
  return !values.is_structured() ||
         std::all_of(values.begin(), values.end(), [&](const Json& one) { return collect_strings(one, listed); });
}

/// Whether the schema looks at strings only to compare them with those it lists, and for emptiness.
bool sees_shapes_only(const Json& schema, std::vector<std::string>& listed) {
  if (schema.is_boolean()) return true;
  if (!schema.is_object()) return false;
  const auto child = [&](const Json& one) { return sees_shapes_only(one, listed); };
  for (const auto& [name, value] : schema.items()) {
    bool fine = false;
    switch (keyword_of(name)) {
      case Keyword::kUnknown: break;
      case Keyword::kBlind: fine = true; break;
      case Keyword::kSchema: fine = child(value); break;
      case Keyword::kSchemas:
      case Keyword::kNamedSchemas:
        fine = value.is_structured() && std::all_of(value.begin(), value.end(), child);
        break;
      case Keyword::kValues: fine = collect_strings(value, listed); break;
      case Keyword::kMin: fine = value.is_number() && value.get<double>() <= 1; break;
    }
    if (!fine) return false;
  }
  return true;
}

void append_string(std::string& shape, std::string_view text, const std::vector<std::string>& listed) {
  if (text.empty()) {
    shape.push_back('e');
  } else if (std::find(listed.begin(), listed.end(), text) != listed.end()) {
    shape.append("\"").append(text).append("\"");
  } else {
    shape.push_back('s');
  }
}

/// Reads compact JSON as strictly as a parser; what is rare in our own texts (most escapes, exponents) it leaves to
/// one.
class TextReader {
 public:
  TextReader(std::string_view text, const std::vector<std::string>& listed, std::string& shape)
      : text_(text), listed_(listed), shape_(shape) {}

  bool document() { return value(0) && at_ == text_.size() && shape_.size() <= kLongestShape; }

 private:
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }
  bool keep(char c) {
    if (!take(c)) return false;
    shape_.push_back(c);
    return true;
  }
  bool literal(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    shape_.append(word);
    return true;
  }

  bool value(std::size_t depth) {
    if (depth > kMaxJsonDepth || shape_.size() > kLongestShape) return false;
    switch (next()) {
      case '{': return list('{', '}', [&] { return name() && keep(':') && value(depth + 1); });
      case '[': return list('[', ']', [&] { return value(depth + 1); });
      case '"': return string();
      case 't': return literal("true");
      case 'f': return literal("false");
      case 'n': return literal("null");
      default: return number();
    }
  }

  template <typename Element>
  bool list(char open, char close, Element element) {
    keep(open);
    if (keep(close)) return true;
    do {
      if (!element()) return false;
    } while (keep(','));
    return keep(close);
  }

  /// The inside of a string literal. Nothing when it is malformed, or spelt with `\u` or `\/`.
  std::optional<std::string_view> literal_text() {
    if (!take('"')) return std::nullopt;
    const std::size_t start = at_;
    bool ascii = true;
    for (;; ++at_) {
      at_ = skip_plain(at_);
      if (at_ == text_.size()) return std::nullopt;
      const char c = text_[at_];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
      if (static_cast<unsigned char>(c) >= 0x80) ascii = false;
      if (c != '\\') continue;
      ++at_;
      if (at_ == text_.size() || std::string_view("\"\\bfnrt").find(text_[at_]) == std::string_view::npos) {
        return std::nullopt;
      }
    }
    const std::string_view inside = text_.substr(start, at_ - start);
    if (!take('"') || (!ascii && !is_utf8(inside))) return std::nullopt;
    return inside;
  }

  std::size_t skip_plain(std::size_t at) const {
    const char* const text = text_.data();
    const std::size_t size = text_.size();
    while (at < size && kPlainAscii[static_cast<unsigned char>(text[at])]) ++at;
    return at;
  }

  bool name() {
    const auto inside = literal_text();
    if (!inside || inside->find('\\') != std::string_view::npos) return false;
    shape_.append("\"").append(*inside).append("\"");
    return true;
  }

  bool string() {
    const auto inside = literal_text();
    if (inside) append_string(shape_, *inside, listed_);
    return inside.has_value();
  }

  bool digits() {
    const std::size_t start = at_;
    while (next() >= '0' && next() <= '9') keep(next());
    return at_ > start;
  }

  bool number() {
    const std::size_t start = at_;
    keep('-');
    const bool zero = next() == '0';
    const std::size_t whole = at_;
    if (!digits() || (zero && at_ > whole + 1)) return false;
    if (keep('.') && !digits()) return false;
    return at_ - start <= kLongestNumber && next() != 'e' && next() != 'E';
  }

  std::string_view text_;
  const std::vector<std::string>& listed_;
  std::string& shape_;
  std::size_t at_ = 0;
};

}  // namespace

AcceptedShapes::AcceptedShapes(const Json& schema) : usable_(sees_shapes_only(schema, listed_)) {}

bool AcceptedShapes::describe(const Json& document, std::string& shape) const {
  return usable_ && describe_value(document, shape) && shape.size() <= kLongestShape;
}

bool AcceptedShapes::describe_text(std::string_view text, std::string& shape) const {
  return usable_ && TextReader(text, listed_, shape).document();
}

bool AcceptedShapes::describe_value(const Json& value, std::string& shape) const {
  if (shape.size() > kLongestShape) return false;
  switch (value.type()) {
    case Json::value_t::object:
    case Json::value_t::array: break;
    case Json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      append_string(shape, text, listed_);
      // The validator cannot judge the length of other text.
      return is_utf8(text);
    }
    case Json::value_t::null: shape.append("null"); return true;
    case Json::value_t::boolean: shape.append(value.get<bool>() ? "true" : "false"); return true;
    case Json::value_t::number_integer: shape.append(std::to_string(value.get<std::int64_t>())); return true;
    case Json::value_t::number_unsigned: shape.append(std::to_string(value.get<std::uint64_t>())); return true;
    default: return false;
  }
  const bool object = value.is_object();
  shape.push_back(object ? '{' : '[');
  for (auto member = value.begin(); member != value.end(); ++member) {
    if (member != value.begin()) shape.push_back(',');
    if (object) {
      if (!needs_no_escape(member.key())) return false;
      shape.append("\"").append(member.key()).append("\":");
    }
    if (!describe_value(*member, shape)) return false;
  }
  shape.push_back(object ? '}' : ']');
  return true;
}

bool AcceptedShapes::contains(const std::string& shape) const {
  const std::shared_lock lock(mutex_);
  return accepted_.contains(shape);
}

void AcceptedShapes::insert(const std::string& shape) {
  const std::lock_guard lock(mutex_);
  if (accepted_.size() >= kMaxShapes) accepted_.clear();
  accepted_.insert(shape);
}

}  // namespace qamera::contract
