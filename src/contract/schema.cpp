#include "contract/schema.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/check.h"
#include "contract/expectation.h"

namespace qamera::contract {
namespace {

constexpr std::array<std::string_view, 26> kKeywords = {
    // Said to readers.
    "$schema", "$id", "title", "description", "default", "examples", "format", "definitions",
    // Judged.
    "$ref", "type", "enum", "const", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern",
    "minItems", "maxItems", "items", "properties", "required", "additionalProperties", "anyOf", "oneOf"};

constexpr int kMaxReferences = 16;
constexpr double kMinInexact = 0x1p52;

constexpr unsigned bit(Json::value_t type) { return 1U << static_cast<unsigned>(type); }
constexpr unsigned kWholeFloat = 1U << 16;  // above those of Json's types
constexpr unsigned kIntegers = bit(Json::value_t::number_integer) | bit(Json::value_t::number_unsigned);

/// A number without a fraction, however it is spelt: 5.0, 5e0. One of 2^52 and more has no known fraction.
bool is_whole_float(const Json& value) {
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::abs(number) < kMinInexact && std::trunc(number) == number;
}

unsigned bits_of(const Json& value) { return bit(value.type()) | (is_whole_float(value) ? kWholeFloat : 0); }

unsigned bits_of_type(std::string_view name) {
  if (name == "object") return bit(Json::value_t::object);
  if (name == "array") return bit(Json::value_t::array);
  if (name == "string") return bit(Json::value_t::string);
  if (name == "boolean") return bit(Json::value_t::boolean);
  if (name == "null") return bit(Json::value_t::null);
  if (name == "number") return kIntegers | bit(Json::value_t::number_float);
  QM_CHECK(name == "integer", "a schema names an unknown type");
  return kIntegers | kWholeFloat;
}

/// The members that branches ask for when each asks for one and nothing else: `[{"required": ["a"]}, ...]`.
std::vector<std::string> required_alternatives(const OrderedJson& branches) {
  std::vector<std::string> names;
  for (const OrderedJson& branch : branches) {
    const auto required = branch.find("required");
    if (required == branch.end() || branch.size() != 1 || required->size() != 1) return {};
    names.push_back(required->front().get<std::string>());
  }
  return names;
}

class Compiler {
 public:
  Compiler(const OrderedJson& root, std::deque<SchemaNode>& nodes) : root_(root), nodes_(nodes) {}

  const SchemaNode* compile(const OrderedJson& given) {
    const OrderedJson& schema = resolve(given);
    const auto [known, fresh] = compiled_.try_emplace(&schema);
    if (!fresh) return known->second;
    SchemaNode& node = nodes_.emplace_back();
    known->second = &node;
    for (const auto& [keyword, value] : schema.items()) {
      QM_CHECK(Schema::knows(keyword), "a schema has a keyword that is not judged");
    }
    read_own_keywords(schema, node);
    read_members(schema, node);
    if (const auto items = schema.find("items"); items != schema.end()) node.items = compile(*items);
    read_alternatives(schema, "anyOf", node.any_of);
    read_alternatives(schema, "oneOf", node.one_of);
    node.expected = expectation(schema);
    if (node.expected.empty()) node.expected = expectation(node.one_of);
    if (node.expected.empty()) node.expected = expectation(node.any_of);
    return &node;
  }

 private:
  /// Follows local references (`#/definitions/duration`); what stands beside one counts for nothing.
  const OrderedJson& resolve(const OrderedJson& given) const {
    const OrderedJson* schema = &given;
    for (int step = 0;; ++step) {
      QM_CHECK(schema->is_object(), "a schema is no object");
      const auto reference = schema->find("$ref");
      if (reference == schema->end()) return *schema;
      const OrderedJson::json_pointer target(reference->get_ref<const std::string&>().substr(1));
      QM_CHECK(step < kMaxReferences && root_.contains(target), "a reference leads nowhere");
      schema = &root_.at(target);
    }
  }

  static void read_own_keywords(const OrderedJson& schema, SchemaNode& node) {
    if (const auto type = schema.find("type"); type != schema.end()) {
      node.types = 0;
      for (const auto& name : type->is_array() ? *type : OrderedJson::array({*type})) {
        node.types |= bits_of_type(name.get_ref<const std::string&>());
      }
    }
    if (const auto fixed = schema.find("const"); fixed != schema.end()) node.allowed.emplace_back(*fixed);
    if (const auto listed = schema.find("enum"); listed != schema.end()) {
      node.allowed.assign(listed->begin(), listed->end());
    }
    node.minimum = schema.value("minimum", node.minimum);
    node.maximum = schema.value("maximum", node.maximum);
    node.divisor = schema.value("multipleOf", node.divisor);
    node.length = {schema.value("minLength", node.length.least), schema.value("maxLength", node.length.most)};
    node.count = {schema.value("minItems", node.count.least), schema.value("maxItems", node.count.most)};
    if (const auto pattern = schema.find("pattern"); pattern != schema.end()) {
      node.pattern = Regex::compile(pattern->get_ref<const std::string&>()).value();
    }
  }

  void read_members(const OrderedJson& schema, SchemaNode& node) {
    if (const auto properties = schema.find("properties"); properties != schema.end()) {
      for (const auto& [name, property] : properties->items()) node.properties.push_back({name, compile(property)});
    }
    for (const auto& name : schema.value("required", OrderedJson::array())) {
      auto property = std::find_if(node.properties.begin(), node.properties.end(),
                                   [&](const SchemaNode::Property& one) { return one.name == name; });
      if (property == node.properties.end()) {
        QM_CHECK(!schema.contains("additionalProperties"), "a required member is left to additionalProperties");
        property = node.properties.insert(property, {name.get<std::string>(), &SchemaNode::kAnything});
      }
      property->required = true;
    }
    QM_CHECK(node.properties.size() <= SchemaNode::Seen().size(), "a schema has more properties than are counted");
    if (const auto others = schema.find("additionalProperties"); others != schema.end()) {
      node.others = *others == false ? nullptr : compile(*others);
    }
  }

  void read_alternatives(const OrderedJson& schema, const char* keyword, SchemaNode::Alternatives& alternatives) {
    const auto branches = schema.find(keyword);
    if (branches == schema.end()) return;
    for (const OrderedJson& branch : *branches) alternatives.branches.push_back(compile(branch));
    alternatives.names = required_alternatives(*branches);
  }

  const OrderedJson& root_;
  std::deque<SchemaNode>& nodes_;
  std::map<const OrderedJson*, const SchemaNode*> compiled_;
};

bool length_within(const SchemaNode::Size& bounds, std::string_view text) {
  constexpr std::size_t kMaxBytes = 4;  // of a code point
  if (text.size() / kMaxBytes >= bounds.least && text.size() <= bounds.most) return true;
  const auto points =
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return bounds.admits(static_cast<std::size_t>(points));
}

}  // namespace

const SchemaNode SchemaNode::kAnything;

std::ptrdiff_t SchemaNode::Alternatives::fitting(const Json& value) const {
  return std::count_if(branches.begin(), branches.end(), [&](const auto* branch) { return branch->accepts(value); });
}

const SchemaNode::Property* SchemaNode::find(std::string_view name) const {
  const auto at = std::find_if(properties.begin(), properties.end(), [&](const auto& one) { return one.name == name; });
  return at == properties.end() ? nullptr : &*at;
}

bool SchemaNode::admits_type(const Json& value) const { return (types & bits_of(value)) != 0; }

bool SchemaNode::meets_own_keywords(const Json& value) const {
  if (value.is_string()) return admits_text(value.get_ref<const std::string&>());
  if (!admits_type(value)) return false;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) return false;
  if (value.is_number()) {
    const double number = value.get<double>();
    return number >= minimum && number <= maximum && (divisor == 0 || std::remainder(number, divisor) == 0);
  }
  return !value.is_array() || count.admits(value.size());
}

bool SchemaNode::admits_text(std::string_view text) const {
  if ((types & bit(Json::value_t::string)) == 0) return false;
  const auto same = [&](const Json& one) { return one.is_string() && one.get_ref<const std::string&>() == text; };
  return (allowed.empty() || std::any_of(allowed.begin(), allowed.end(), same)) && length_within(length, text);
}

const SchemaNode* SchemaNode::schema_of_member(std::string_view name, Seen& seen) const {
  const Property* property = find(name);
  if (!property) return others;
  auto bit_of = seen[static_cast<std::size_t>(property - properties.data())];
  if (bit_of) return nullptr;
  bit_of = true;
  return property->schema;
}

bool SchemaNode::is_complete(const Seen& seen) const {
  for (std::size_t i = 0; i < properties.size(); ++i) {
    if (properties[i].required && !seen[i]) return false;
  }
  return true;
}

bool SchemaNode::accepts(const Json& value) const {
  if (!meets_own_keywords(value)) return false;
  if (value.is_object()) {
    Seen seen;
    for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
      const SchemaNode* schema = schema_of_member(name, seen);
      if (!schema || !schema->accepts(member)) return false;
    }
    if (!is_complete(seen)) return false;
  } else if (value.is_array()) {
    const auto accepted = [this](const Json& item) { return items->accepts(item); };
    if (!std::all_of(value.begin(), value.end(), accepted)) return false;
  } else if (pattern && value.is_string()) {
    if (!pattern->search(value.get_ref<const std::string&>())) return false;
  }
  return (any_of.branches.empty() || any_of.fitting(value) > 0) &&
         (one_of.branches.empty() || one_of.fitting(value) == 1);
}

Schema::Schema(const OrderedJson& schema) { Compiler(schema, nodes_).compile(schema); }

bool Schema::knows(std::string_view keyword) {
  return std::find(kKeywords.begin(), kKeywords.end(), keyword) != kKeywords.end();
}

std::optional<Violation> Schema::fault(const Json& document, const Wording& wording) const {
  if (accepts(document)) return std::nullopt;
  return worded_fault(root(), document, "", wording);
}

}  // namespace qamera::contract
