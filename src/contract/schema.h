#pragma once

#include <bitset>
#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/regex.h"
#include "contract/contract.h"

namespace qamera::contract {

/// How a document is spoken of.
struct Wording {
  enum class Values { kOmit, kQuote };

  std::string_view subject;  ///< the whole document: "The request body"
  std::string_view unknown;  ///< said of a member that the schema lacks: "is not documented"
  Values values;             ///< whether to say what stands in place of what was expected
};

/// One schema of a file, its keywords as values. Nodes point to each other and live as long as their `Schema`.
struct SchemaNode {
  struct Property {
    std::string name;
    const SchemaNode* schema;
    bool required = false;
  };
  struct Size {
    std::size_t least = 0;
    std::size_t most = std::numeric_limits<std::size_t>::max();

    bool admits(std::size_t size) const { return size >= least && size <= most; }
  };
  struct Alternatives {
    std::vector<const SchemaNode*> branches;
    std::vector<std::string> names;  ///< when each branch asks for nothing but one member: those members

    /// How many branches accept the value.
    std::ptrdiff_t fitting(const Json& value) const;
  };
  /// Which properties an object has, by their place.
  using Seen = std::bitset<64>;

  static const SchemaNode kAnything;

  unsigned types = ~0U;       ///< bits: one for each type of Json, one for whole floats
  std::vector<Json> allowed;  ///< `enum`, or the one value of `const`; empty: any
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  double divisor = 0;  ///< `multipleOf`, 0 for none
  Size length;         ///< of strings, in code points
  Size count;          ///< of items
  std::optional<Regex> pattern;
  std::vector<Property> properties;       ///< in the file's order
  const SchemaNode* others = &kAnything;  ///< `additionalProperties`, null when it is false
  const SchemaNode* items = &kAnything;
  Alternatives any_of;
  Alternatives one_of;
  std::string expected;  ///< what follows "must be": "a whole number from 1 to 20"; "" for nothing in particular

  bool accepts(const Json& value) const;

  /// Whether the value has one of the types, as far as `type` goes.
  bool admits_type(const Json& value) const;

  /// Whether the value meets type, listed values and bounds. Members, items and alternatives are not looked at.
  bool meets_own_keywords(const Json& value) const;

  /// As `meets_own_keywords`, of a string.
  bool admits_text(std::string_view text) const;

  /// The schema of a member, which is noted in `seen`; null when no member may have that name, or it was seen before.
  const SchemaNode* schema_of_member(std::string_view name, Seen& seen) const;

  /// Whether the required members are among those seen.
  bool is_complete(const Seen& seen) const;

  /// Null when there is no such property.
  const Property* find(std::string_view name) const;
};

/// A JSON Schema of ours, compiled: one tree of nodes judges documents and words what is wrong with them. It knows the
/// keywords that the files of `schemas/` use, with the meaning of draft-07 (`format` is an annotation). Numbers are
/// compared as doubles; 5.0 is a whole number. A document is judged without allocating, in time that is linear in its
/// size as long as no reference recurs within alternatives (ours do not recur). Thread-safe once built.
class Schema {
 public:
  /// A schema with another keyword, a boolean one and a reference that leads nowhere are bugs: they stop the process.
  explicit Schema(const OrderedJson& schema);
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  /// Whether a schema may have that keyword: it is judged, or said to readers only.
  static bool knows(std::string_view keyword);

  bool accepts(const Json& document) const { return root().accepts(document); }

  /// Whether `text` is plain JSON (`PlainScanner`) of a document that is accepted, found out without making the
  /// document. False says nothing: it may be refused, be no JSON, or be spelt in another way.
  bool accepts_plain(std::string_view text) const;

  /// The first fault of `document` in the schema's own order, at the deepest value that is to blame: a missing object
  /// is reported as its first missing leaf, an alternative as the one that fits best. Nothing when it is accepted.
  std::optional<Violation> fault(const Json& document, const Wording& wording) const;

  const SchemaNode& root() const { return nodes_.front(); }

 private:
  std::deque<SchemaNode> nodes_;
};

/// Words the first fault of a value that `node` does not accept; `pointer` is the value's place in its document.
Violation worded_fault(const SchemaNode& node, const Json& value, const std::string& pointer, const Wording& wording);

}  // namespace qamera::contract
