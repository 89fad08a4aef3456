#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/names.h"
#include "journal/entry.h"
#include "patterns/matcher.h"

namespace qamera::patterns {

/// A request pattern as WireMock writes it, plus `operation`, `status`, `workspace` and `findings`:
///
///     {"method": "POST", "urlPath": "/api/external/image-picker/register-ideas",
///      "queryParameters": {"statusFilter": {"equalTo": "approved"}},
///      "headers": {"Content-Type": {"contains": "json"}},
///      "bodyPatterns": [{"matchesJsonPath": {"expression": "$.config.product.id", "equalTo": "prod_1"}}],
///      "operation": "registerImages", "status": 200, "workspace": "...", "findings": true}
///
/// Every member is optional; `{}` matches every request. At most one of `url` (path and query), `urlPath`,
/// `urlPattern`, `urlPathPattern` (regular expressions). `method` may be "ANY". `operation` null: requests that
/// reached no operation. `status` is a number or a class such as "5xx". `findings` is true, false or a kind.
/// A parameter or header that may stand there several times takes `{"hasExactly": [MATCHER, ...]}` and `{"includes":
/// [...]}` too. Null members, and empty `cookies`, `headers` and the like that clients send along, count as left out.
struct Pattern {
  enum class UrlKind { kUrl, kPath, kUrlPattern, kPathPattern };
  struct Url {
    UrlKind kind = UrlKind::kUrl;
    std::string text;
    std::optional<Regex> regex;  ///< of the two patterns
  };
  /// What a header or parameter is to be. Without `several` one of its values has to match.
  struct Named {
    enum class Several {
      kNone,
      kExactly,   ///< `hasExactly`: each value has a matcher of its own, and each matcher a value
      kIncludes,  ///< `includes`: each matcher has a value
    };
    std::string name;
    std::vector<ValueMatcher> matchers;  ///< one, unless there are to be several
    Several several = Several::kNone;
  };
  struct Status {
    int low = 0;
    int high = 0;
    bool holds(int status) const { return status >= low && status <= high; }
    /// "429", or "5xx" for a class.
    std::string text() const { return low == high ? std::to_string(low) : std::to_string(low / 100) + "xx"; }
  };

  std::optional<std::string> method;
  std::optional<Url> url;
  std::vector<Named> query;
  std::vector<Named> headers;
  std::vector<ValueMatcher> body;
  std::optional<std::string> operation;  ///< "" is: unmatched
  std::optional<Status> status;
  std::optional<std::string> workspace;
  std::optional<std::variant<bool, std::string>> findings;
  Json source = Json::object();  ///< as given and redacted, without the members left out
};

constexpr auto names_of(Pattern::Named::Several) { return enum_names("", "hasExactly", "includes"); }

/// The members of a pattern that hold them.
constexpr auto names_of(Pattern::UrlKind) { return enum_names("url", "urlPath", "urlPattern", "urlPathPattern"); }

struct PatternOptions {
  std::span<const std::string_view> operations{};  ///< the known ones; empty: any name is accepted
  std::span<const std::string_view> others{};      ///< members of the object that the caller reads itself
};

/// kUnsupported names a member or matcher not supported here, kInvalid says what is malformed. Pointers begin
/// with `pointer`.
Result<Pattern> parse_pattern(const Json& value, const std::string& pointer = "", const PatternOptions& options = {});

/// An entry prepared for several patterns: target and body are taken apart once, on demand. Not thread-safe.
class RequestView {
 public:
  explicit RequestView(const journal::Entry& entry);
  const journal::Entry& entry() const { return *entry_; }
  const std::string& path() const { return parsed().path; }
  const std::vector<QueryParameter>& query() const { return parsed().query; }
  const SubjectText& body() const { return body_; }

 private:
  const Request& parsed() const;

  const journal::Entry* entry_;
  SubjectText body_;
  mutable Request parsed_;
  mutable bool is_parsed_ = false;
};

/// kUnknown when it hangs on the part of a body that was not kept.
Truth match(const Pattern& pattern, const RequestView& view);

/// The matching entries, in order, and how many more may match.
struct Matched {
  std::vector<journal::EntryPtr> entries;
  std::uint64_t unknown = 0;
};
Matched find_matching(const Pattern& pattern, std::span<const journal::EntryPtr> entries);

/// What keeps the entry from matching, field by field; empty when it matches.
std::vector<Difference> explain(const Pattern& pattern, const RequestView& view);

/// 0 when it matches, up to 1. Operation and URL weigh most.
double distance(const Pattern& pattern, const RequestView& view);

/// A pattern like this one that matches the entry: only the members that stood in the way differ. Null when
/// there is none (a binary body, say).
Json suggest(const Pattern& pattern, const RequestView& view);

struct NearMiss {
  journal::EntryPtr entry;
  double distance = 0;
  std::vector<Difference> differences;
};

/// The `count` entries nearest to matching without certainly doing so, nearest first, the newer first among
/// equals. Only the newest 2,000 are looked at.
std::vector<NearMiss> near_misses(const Pattern& pattern, std::span<const journal::EntryPtr> entries,
                                  std::size_t count = 3);

OrderedJson to_json(const NearMiss& miss);

/// `GET /api/external/models -> 200`, for people.
std::string summary(const journal::Entry& entry);

}  // namespace qamera::patterns
