#include "base/json_plain.h"
#include "contract/schema.h"

namespace qamera::contract {
namespace {

const Json kObject = Json::object();
const Json kArray = Json::array();

/// Judges values while it reads them. What cannot be judged in passing (alternatives, patterns) it does not accept.
class TextJudge {
 public:
  explicit TextJudge(std::string_view text) : scanner_(text) {}

  bool document(const SchemaNode& root) {
    scanner_.skip_space();
    if (!value(root, 0)) return false;
    scanner_.skip_space();
    return scanner_.at_end();
  }

 private:
  bool value(const SchemaNode& node, std::size_t depth) {
    if (node.pattern || !node.any_of.branches.empty() || !node.one_of.branches.empty()) return false;
    switch (scanner_.next()) {
      case '{': return may_be(kObject, node, depth) && object(node, depth + 1);
      case '[': return may_be(kArray, node, depth) && array(node, depth + 1);
      case '"': {
        const auto text = scanner_.string(buffer_);
        return text && node.admits_text(*text);
      }
      default: {
        Json scalar;
        return scanner_.scalar(scalar) && node.meets_own_keywords(scalar);
      }
    }
  }

  static bool may_be(const Json& structure, const SchemaNode& node, std::size_t depth) {
    return depth < kMaxJsonDepth && node.allowed.empty() && node.admits_type(structure);
  }

  bool object(const SchemaNode& node, std::size_t depth) {
    SchemaNode::Seen seen;
    const auto member = [&] {
      const auto name = scanner_.string(buffer_);
      const SchemaNode* schema = name ? node.schema_of_member(*name, seen) : nullptr;
      scanner_.skip_space();
      if (!schema || !scanner_.take(':')) return false;
      scanner_.skip_space();
      return value(*schema, depth);
    };
    return scanner_.list('{', '}', member) && node.is_complete(seen);
  }

  bool array(const SchemaNode& node, std::size_t depth) {
    std::size_t count = 0;
    const auto item = [&] { return ++count, value(*node.items, depth); };
    return scanner_.list('[', ']', item) && node.count.admits(count);
  }

  PlainScanner scanner_;
  std::string buffer_;
};

}  // namespace

bool Schema::accepts_plain(std::string_view text) const { return TextJudge(text).document(root()); }

}  // namespace qamera::contract
