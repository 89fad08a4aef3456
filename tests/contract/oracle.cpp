#include "contract/oracle.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace qamera::contract {
namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

/// Rewrites what the library gets wrong or slow into an equal form that it gets right.
/// - It truncates 2.5 to 2 before it tests an integral `multipleOf`, so 2.5 would be a multiple of 1: a number with
///   such a divisor is an integer.
/// - It compiles a regular expression for each `format` of each value; format is an annotation here.
void adapt_schema(Json& schema) {
  if (schema.is_array()) {
    for (Json& child : schema) adapt_schema(child);
  }
  if (!schema.is_object()) return;
  const auto divisor = schema.find("multipleOf");
  if (divisor != schema.end() && divisor->is_number_integer() && schema.value("type", Json()) == "number") {
    schema["type"] = "integer";
    if (*divisor == 1) schema.erase(divisor);
  }
  // A property may have that name: then its value is a schema.
  if (const auto format = schema.find("format"); format != schema.end() && format->is_string()) schema.erase(format);
  for (auto& [name, child] : schema.items()) {
    const bool is_data = name == "enum" || name == "const" || name == "default" || name == "examples";
    if (!is_data) adapt_schema(child);
  }
}

/// Rewrites what the library would misjudge because of how it is written: 5.0 is the same number as 5 to JSON Schema,
/// but version 1.0 goes by the spelling; and lengths of texts are counted up to a NUL.
void adapt_value(Json& value) {
  constexpr double kMinInexact = 9007199254740992.0;  // 2^53
  if (value.is_number_float()) {
    const auto number = value.get<double>();
    if (std::abs(number) < kMinInexact && std::trunc(number) == number) value = static_cast<std::int64_t>(number);
  } else if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    std::replace(text.begin(), text.end(), '\0', ' ');
  } else if (value.is_structured()) {
    for (Json& child : value) adapt_value(child);
  }
}

}  // namespace

struct Oracle::State {
  valijson::Schema schema;
};

Oracle::Oracle(const Json& schema) : state_(std::make_unique<State>()) {
  Json adapted = schema;
  adapt_schema(adapted);
  valijson::SchemaParser parser;
  parser.populateSchema(Adapter(adapted), state_->schema);
}

Oracle::~Oracle() = default;

bool Oracle::accepts(const Json& document) const {
  Json adapted = document;
  adapt_value(adapted);
  try {
    valijson::Validator validator;
    return validator.validate(state_->schema, Adapter(adapted), nullptr);
  } catch (const std::exception&) {
    return false;  // a value that the library cannot judge
  }
}

}  // namespace qamera::contract
