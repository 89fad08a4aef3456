#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/regex.h"
#include "base/result.h"
#include "patterns/difference.h"
#include "patterns/json_path.h"
#include "patterns/truth.h"

namespace qamera::patterns {

struct ValueMatcher;

/// The matchers, as data. Expected texts are redacted as the journal is, so that a pattern may hold a whole
/// key.
namespace matcher {

struct EqualTo {
  std::string text;
  bool ignore_case = false;
};
struct Contains {
  std::string text;
  bool wanted = true;  ///< false: doesNotContain
};
struct Matches {
  std::string pattern;
  Regex regex;
  bool wanted = true;  ///< false: doesNotMatch
};
struct Absent {};
struct EqualToJson {
  Json value;
  JsonComparison how;
};
/// Without `value`: the path leads to something that is neither null nor an empty container.
struct MatchesJsonPath {
  JsonPath path;
  std::vector<ValueMatcher> value;  ///< none or one: of one of the values there, as text
};
struct AllOf {
  std::vector<ValueMatcher> parts;
};
struct AnyOf {
  std::vector<ValueMatcher> parts;
};
struct Not {
  std::vector<ValueMatcher> part;  ///< exactly one
};

}  // namespace matcher

struct ValueMatcher {
  std::variant<matcher::EqualTo, matcher::Contains, matcher::Matches, matcher::Absent, matcher::EqualToJson,
               matcher::MatchesJsonPath, matcher::AllOf, matcher::AnyOf, matcher::Not>
      what;
};

/// Reads `{"equalTo": "x", "caseInsensitive": true}` and the like: exactly one matcher. kUnsupported for a
/// matcher or option not known here, kInvalid for a malformed one; the pointer begins with `pointer`.
Result<ValueMatcher> parse_matcher(const Json& value, const std::string& pointer);

/// The value of a header, parameter or body, or its absence. Not thread-safe: parses JSON on demand.
class SubjectText {
 public:
  SubjectText() = default;  ///< absent
  explicit SubjectText(std::string_view text) : text_(text) {}
  /// A value of a JSON document, with its text. `value` must outlive it.
  SubjectText(std::string_view text, const Json& value) : text_(text), number_(value.is_number() ? &value : nullptr) {}
  /// A body: an empty one counts as absent too. With a hash only `text`, a prefix, is known.
  static SubjectText body(std::string_view text, std::string_view hash);

  bool present() const { return text_.has_value(); }
  bool absent() const { return !text_ || (is_body_ && text_->empty() && hash_.empty()); }
  bool truncated() const { return !hash_.empty(); }
  std::string_view text() const { return text_ ? *text_ : std::string_view(); }
  std::string_view hash() const { return hash_; }
  const Json* json() const;  ///< null when it is no JSON
  /// The number that this is the text of, null for anything else. As a number, 1.0 is equal to 1.
  const Json* number() const { return number_; }

 private:
  std::optional<std::string_view> text_;
  std::string_view hash_;
  const Json* number_ = nullptr;
  bool is_body_ = false;
  mutable bool parsed_ = false;
  mutable std::optional<Json> json_;
};

Truth match(const ValueMatcher& matcher, const SubjectText& subject);

/// 0 when it matches, up to 1 for nothing in common.
double distance(const ValueMatcher& matcher, const SubjectText& subject);

/// Appends what keeps the subject from matching; nothing when it matches.
void explain(const ValueMatcher& matcher, const SubjectText& subject, const std::string& pointer,
             std::vector<Difference>& out);

/// `equal to "approved"`, for people.
std::string describe(const ValueMatcher& matcher);

/// A matcher as near to `matcher` as can be that `subject` satisfies.
Json suggest(const ValueMatcher& matcher, const SubjectText& subject);

}  // namespace qamera::patterns
