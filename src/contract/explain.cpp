#include "contract/explain.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/spelling.h"
#include "contract/expectation.h"

namespace qamera::contract {
namespace {

using Fault = std::optional<Violation>;

const OrderedJson* keyword(const OrderedJson& schema, const char* name) {
  if (!schema.is_object()) return nullptr;
  const auto found = schema.find(name);
  return found == schema.end() ? nullptr : &*found;
}

std::string child_pointer(const std::string& pointer, std::string_view token) {
  std::string child = pointer;
  append_pointer(child, token);
  return child;
}

std::string field_name(std::string_view pointer) { return "'" + dotted_pointer(pointer) + "'"; }

std::string sentence(std::string text) {
  if (!text.ends_with('?')) text.push_back('.');
  return text;
}

std::string suggestion(std::string_view near) {
  return near.empty() ? "" : "; did you mean '" + std::string(near) + "'?";
}

bool lists(const OrderedJson* names, std::string_view name) {
  return names && std::any_of(names->begin(), names->end(),
                              [&](const OrderedJson& one) { return one.get_ref<const std::string&>() == name; });
}

/// The names of alternatives that ask for nothing but one member each: `[{"required": ["a"]}, {"required": ["b"]}]`.
std::vector<std::string> required_alternatives(const OrderedJson& branches) {
  std::vector<std::string> names;
  for (const OrderedJson& branch : branches) {
    const auto* required = keyword(branch, "required");
    if (!required || branch.size() != 1 || required->size() != 1) return {};
    names.push_back(required->front().get<std::string>());
  }
  return names;
}

/// Nested alternatives are tried several times each; beyond this many values the search gives up.
constexpr int kMaxSteps = 100'000;

class Explainer {
 public:
  Explainer(const OrderedJson& root, const Wording& wording) : root_(root), wording_(wording) {}

  Fault fault(const OrderedJson& given, const Json& value, const std::string& pointer) {
    if (budget_ == 0) return std::nullopt;
    --budget_;
    const OrderedJson& schema = resolve(root_, given);
    if (!meets_own_keywords(schema, value)) return unexpected(schema, value, pointer);
    if (value.is_object()) {
      if (Fault found = unknown_member(schema, value, pointer)) return found;
      if (Fault found = member_fault(schema, value, pointer)) return found;
    }
    if (const auto* items = keyword(schema, "items"); items && value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (Fault found = fault(*items, value[i], child_pointer(pointer, std::to_string(i)))) return found;
      }
    }
    return combined_fault(schema, value, pointer);
  }

 private:
  std::string named(const std::string& pointer) const {
    return pointer.empty() ? std::string(wording_.subject) : field_name(pointer);
  }

  Fault unexpected(const OrderedJson& schema, const Json& value, const std::string& pointer) const {
    std::string wanted = expectation(root_, schema);
    if (wanted.empty()) wanted = schema.is_boolean() ? "absent" : "within its bounds";
    if (pointer.empty() && wanted == "an object") wanted = "a JSON object";
    std::string message = named(pointer) + " must be " + wanted;
    if (wording_.values == Wording::Values::kQuote) {
      message += ", not " + described_value(value) + near_value(schema, value);
    }
    return Violation{pointer, sentence(std::move(message))};
  }

  /// The listed value that a misspelt one was probably meant to be.
  static std::string near_value(const OrderedJson& schema, const Json& value) {
    const auto* listed = keyword(schema, "enum");
    if (!listed || !value.is_string()) return "";
    std::vector<std::string_view> names;
    for (const auto& one : *listed) {
      if (one.is_string()) names.push_back(one.get_ref<const std::string&>());
    }
    return suggestion(nearest_name(value.get_ref<const std::string&>(), names));
  }

  Fault unknown_member(const OrderedJson& schema, const Json& value, const std::string& pointer) {
    const auto* rest = keyword(schema, "additionalProperties");
    if (!rest || (rest->is_boolean() && rest->get<bool>())) return std::nullopt;
    const auto* properties = keyword(schema, "properties");
    for (const auto& [name, member] : value.items()) {
      if (properties && properties->contains(name)) continue;
      const std::string at = child_pointer(pointer, name);
      if (!rest->is_boolean()) {
        if (Fault found = fault(*rest, member, at)) return found;
        continue;
      }
      return Violation{at,
                       sentence(field_name(at) + " " + std::string(wording_.unknown) + known_names(properties, name))};
    }
    return std::nullopt;
  }

  static std::string known_names(const OrderedJson* properties, const std::string& name) {
    std::vector<std::string_view> names;
    if (properties) {
      for (const auto& [known, ignored] : properties->items()) names.push_back(known);
    }
    const auto near = nearest_name(name, names);
    if (!near.empty()) return suggestion(near);
    return names.empty() ? "" : "; expected " + quoted_list(names);
  }

  Fault member_fault(const OrderedJson& schema, const Json& value, const std::string& pointer) {
    const auto* required = keyword(schema, "required");
    const auto* properties = keyword(schema, "properties");
    if (properties) {
      for (const auto& [name, member_schema] : properties->items()) {
        const auto member = value.find(name);
        const std::string at = child_pointer(pointer, name);
        if (member == value.end()) {
          if (lists(required, name)) return missing(member_schema, at);
        } else if (Fault found = fault(member_schema, *member, at)) {
          return found;
        }
      }
    }
    if (!required) return std::nullopt;
    for (const auto& name : *required) {
      const auto& text = name.get_ref<const std::string&>();
      if (!value.contains(text)) return missing(OrderedJson(true), child_pointer(pointer, text));
    }
    return std::nullopt;
  }

  /// Names the first leaf that the missing member would have to bring.
  Violation missing(const OrderedJson& given, std::string pointer) const {
    const OrderedJson* schema = &resolve(root_, given);
    while (const auto* properties = keyword(*schema, "properties")) {
      const auto* required = keyword(*schema, "required");
      const OrderedJson* next = nullptr;
      for (const auto& [name, member] : properties->items()) {
        if (!lists(required, name)) continue;
        append_pointer(pointer, name);
        next = &resolve(root_, member);
        break;
      }
      if (!next) break;
      schema = next;
    }
    std::string message = field_name(pointer) + " is required.";
    return {std::move(pointer), std::move(message)};
  }

  Fault combined_fault(const OrderedJson& schema, const Json& value, const std::string& pointer) {
    if (const auto* all = keyword(schema, "allOf")) {
      for (const auto& one : *all) {
        if (Fault found = fault(one, value, pointer)) return found;
      }
    }
    if (const auto* any = keyword(schema, "anyOf")) {
      if (Fault found = alternatives_fault(*any, value, pointer)) return found;
    }
    const auto* one_of = keyword(schema, "oneOf");
    if (!one_of) return std::nullopt;
    if (Fault found = alternatives_fault(*one_of, value, pointer)) return found;
    return ambiguity(*one_of, value, pointer);
  }

  /// Nothing when one of the branches fits.
  Fault alternatives_fault(const OrderedJson& branches, const Json& value, const std::string& pointer) {
    for (const auto& branch : branches) {
      if (!fault(branch, value, pointer)) return std::nullopt;
    }
    if (const auto names = required_alternatives(branches); !names.empty()) {
      std::string message;
      for (const auto& name : names) {
        message += (message.empty() ? "" : " or ") + field_name(child_pointer(pointer, name));
      }
      return Violation{child_pointer(pointer, names.front()), message + " is required."};
    }
    if (const OrderedJson* branch = best_branch(branches, value)) return fault(*branch, value, pointer);
    return unexpected(OrderedJson{{"anyOf", branches}}, value, pointer);
  }

  /// The alternative that an object or array was most likely meant to be: of those of its type, the one that accepts
  /// the most of its members, the first of equals. A scalar has none unless only one alternative is of its type.
  const OrderedJson* best_branch(const OrderedJson& branches, const Json& value) {
    const OrderedJson* best = nullptr;
    int best_score = -1;
    int of_type = 0;
    for (const auto& given : branches) {
      const OrderedJson& branch = resolve(root_, given);
      if (!admits_type(branch, value)) continue;
      ++of_type;
      const int score = accepted_members(branch, value);
      if (score <= best_score) continue;
      best_score = score;
      best = &branch;
    }
    return value.is_structured() || of_type == 1 ? best : nullptr;
  }

  int accepted_members(const OrderedJson& branch, const Json& value) {
    const auto* properties = keyword(branch, "properties");
    if (!properties || !value.is_object()) return 0;
    int score = 0;
    for (const auto& [name, member] : value.items()) {
      const auto schema = properties->find(name);
      if (schema == properties->end()) continue;
      // A known name counts, and a fitting value counts more: it tells branches with the same names apart.
      score += fault(*schema, member, "") ? 1 : 3;
    }
    return score;
  }

  Fault ambiguity(const OrderedJson& branches, const Json& value, const std::string& pointer) {
    const auto fitting = std::count_if(branches.begin(), branches.end(),
                                       [&](const OrderedJson& branch) { return !fault(branch, value, pointer); });
    if (fitting < 2) return std::nullopt;
    const auto names = required_alternatives(branches);
    if (names.empty()) return Violation{pointer, named(pointer) + " fits more than one of its alternatives."};
    std::string message;
    for (const auto& name : names) {
      if (!value.contains(name)) continue;
      message += (message.empty() ? "" : " and ") + field_name(child_pointer(pointer, name));
    }
    message += fitting == 2 ? " cannot both be given." : " cannot all be given.";
    return Violation{child_pointer(pointer, names.back()), std::move(message)};
  }

  const OrderedJson& root_;
  const Wording& wording_;
  int budget_ = kMaxSteps;
};

}  // namespace

std::optional<Violation> explain(const OrderedJson& schema, const Json& document, const Wording& wording) {
  return Explainer(schema, wording).fault(schema, document, "");
}

}  // namespace qamera::contract
