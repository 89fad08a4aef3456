#include <algorithm>
#include <utility>

#include "base/spelling.h"
#include "contract/expectation.h"
#include "contract/schema.h"

namespace qamera::contract {
namespace {

std::string field_name(std::string_view pointer) { return "'" + dotted_pointer(pointer) + "'"; }

std::string sentence(std::string text) {
  if (!text.ends_with('?')) text.push_back('.');
  return text;
}

/// The listed value that a misspelt one was probably meant to be.
std::string near_value(const SchemaNode& node, const Json& value) {
  if (!value.is_string()) return "";
  std::vector<std::string_view> names;
  for (const Json& one : node.allowed) {
    if (one.is_string()) names.push_back(one.get_ref<const std::string&>());
  }
  return suggestion(value.get_ref<const std::string&>(), names, kSuggestion);
}

std::string known_names(const SchemaNode& node, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& property : node.properties) names.push_back(property.name);
  const std::string near = suggestion(name, names, kSuggestion);
  return near.empty() && !names.empty() ? "; expected " + quoted_list(names) : near;
}

/// Names the first leaf that the missing member would have to bring.
Violation missing(const SchemaNode::Property& property, std::string pointer) {
  const SchemaNode::Property* leaf = &property;
  for (;;) {
    append_pointer(pointer, leaf->name);
    const auto& members = leaf->schema->properties;
    const auto next = std::find_if(members.begin(), members.end(), [](const auto& one) { return one.required; });
    if (next == members.end()) break;
    leaf = &*next;
  }
  std::string message = field_name(pointer) + " is required.";
  return {std::move(pointer), std::move(message)};
}

int accepted_members(const SchemaNode& branch, const Json& value) {
  if (!value.is_object()) return 0;
  int score = 0;
  for (const auto& [name, member] : value.items()) {
    const SchemaNode::Property* known = branch.find(name);
    // A known name counts, and a fitting value counts more: it tells branches with the same names apart.
    if (known) score += known->schema->accepts(member) ? 3 : 1;
  }
  return score;
}

/// "'a' or 'b'", of members of one object.
std::string joined_names(const std::vector<std::string>& names, const std::string& pointer, std::string_view word) {
  return joined(names, word, [&](const std::string& name) { return field_name(child_pointer(pointer, name)); });
}

/// The alternative that an object or array was most likely meant to be: of those of its type, the one that accepts
/// the most of its members, the first of equals. A scalar has none unless only one alternative is of its type.
const SchemaNode* best_branch(const SchemaNode::Alternatives& alternatives, const Json& value) {
  const SchemaNode* best = nullptr;
  int best_score = -1;
  int of_type = 0;
  for (const SchemaNode* branch : alternatives.branches) {
    if (!branch->admits_type(value)) continue;
    ++of_type;
    const int score = accepted_members(*branch, value);
    if (score <= best_score) continue;
    best_score = score;
    best = branch;
  }
  return value.is_structured() || of_type == 1 ? best : nullptr;
}

/// Says what is wrong with a value that a node does not accept.
class Explainer {
 public:
  explicit Explainer(const Wording& wording) : wording_(wording) {}

  Violation fault(const SchemaNode& node, const Json& value, const std::string& pointer) const {
    if (!node.meets_own_keywords(value)) return unexpected(node.expected, value, pointer, near_value(node, value));
    if (value.is_object()) {
      if (auto found = undescribed_fault(node, value, pointer)) return *std::move(found);
      if (auto found = property_fault(node, value, pointer)) return *std::move(found);
    }
    for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
      if (!node.items->accepts(value[i])) return fault(*node.items, value[i], child_pointer(pointer, i));
    }
    for (const auto* alternatives : {&node.any_of, &node.one_of}) {
      if (alternatives->branches.empty() || alternatives->fitting(value) > 0) continue;
      return no_alternative(*alternatives, value, pointer);
    }
    if (const auto fitting = node.one_of.fitting(value); fitting > 1) {
      return ambiguity(node.one_of, fitting, value, pointer);
    }
    return {pointer, named(pointer) + " does not conform to the documentation."};
  }

 private:
  std::string named(const std::string& pointer) const {
    return pointer.empty() ? std::string(wording_.subject) : field_name(pointer);
  }

  Violation unexpected(std::string wanted, const Json& value, const std::string& pointer,
                       const std::string& near) const {
    if (wanted.empty()) wanted = "within its bounds";
    if (pointer.empty() && wanted == "an object") wanted = "a JSON object";
    std::string message = named(pointer) + " must be " + wanted;
    if (wording_.values == Wording::Values::kQuote) message += ", not " + described_value(value) + near;
    return {pointer, sentence(std::move(message))};
  }

  std::optional<Violation> undescribed_fault(const SchemaNode& node, const Json& value,
                                             const std::string& pointer) const {
    for (const auto& [name, member] : value.items()) {
      if (node.find(name)) continue;
      const std::string at = child_pointer(pointer, name);
      if (!node.others) {
        return Violation{at, sentence(field_name(at) + " " + std::string(wording_.unknown) + known_names(node, name))};
      }
      if (!node.others->accepts(member)) return fault(*node.others, member, at);
    }
    return std::nullopt;
  }

  std::optional<Violation> property_fault(const SchemaNode& node, const Json& value, const std::string& pointer) const {
    for (const SchemaNode::Property& property : node.properties) {
      const auto member = value.find(property.name);
      if (member == value.end()) {
        if (property.required) return missing(property, pointer);
      } else if (!property.schema->accepts(*member)) {
        return fault(*property.schema, *member, child_pointer(pointer, property.name));
      }
    }
    return std::nullopt;
  }

  Violation no_alternative(const SchemaNode::Alternatives& alternatives, const Json& value,
                           const std::string& pointer) const {
    if (const auto& names = alternatives.names; !names.empty()) {
      return {child_pointer(pointer, names.front()), joined_names(names, pointer, " or ") + " is required."};
    }
    if (const SchemaNode* branch = best_branch(alternatives, value)) return fault(*branch, value, pointer);
    return unexpected(expectation(alternatives), value, pointer, "");
  }

  Violation ambiguity(const SchemaNode::Alternatives& alternatives, std::ptrdiff_t fitting, const Json& value,
                      const std::string& pointer) const {
    if (alternatives.names.empty()) return {pointer, named(pointer) + " fits more than one of its alternatives."};
    std::vector<std::string> given;
    for (const std::string& name : alternatives.names) {
      if (value.contains(name)) given.push_back(name);
    }
    return {
        child_pointer(pointer, alternatives.names.back()),
        joined_names(given, pointer, " and ") + (fitting == 2 ? " cannot both be given." : " cannot all be given.")};
  }

  const Wording& wording_;
};

}  // namespace

Violation worded_fault(const SchemaNode& node, const Json& value, const std::string& pointer, const Wording& wording) {
  return Explainer(wording).fault(node, value, pointer);
}

}  // namespace qamera::contract
