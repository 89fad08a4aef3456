#include "contract/validator.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <utility>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/check.h"
#include "contract/expectation.h"

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

bool is_whole_float(const Json& value) { return value.is_number_float() && is_whole_number(value); }

bool has_nul(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().find('\0') != std::string::npos;
}

/// Whether the library would misjudge a value because of how it is written.
bool misleads(const Json& value) {
  if (!value.is_structured()) return is_whole_float(value) || has_nul(value);
  return std::any_of(value.begin(), value.end(), misleads);
}

void rewrite(Json& value) {
  if (is_whole_float(value)) value = static_cast<std::int64_t>(value.get<double>());
  if (has_nul(value)) {
    auto& text = value.get_ref<std::string&>();
    std::replace(text.begin(), text.end(), '\0', ' ');
  }
  if (!value.is_structured()) return;
  for (Json& child : value) rewrite(child);
}

/// Calls `judge` with the document, or with a copy that the library takes for what it is. 5.0 is the same number as
/// 5 to JSON Schema, but version 1.0 goes by the spelling; and lengths of texts are counted up to a NUL.
template <typename Judge>
auto with_plain_values(const Json& document, Judge judge) {
  if (!misleads(document)) return judge(document);
  Json copy = document;
  rewrite(copy);
  return judge(std::as_const(copy));
}

/// The place of an error as a JSON Pointer. Version 1.0 has only the steps, as `[config]`.
template <typename LibraryError>
std::string pointer_of(const LibraryError& error) {
  if constexpr (requires { error.jsonPointer; }) {
    return error.jsonPointer;
  } else {
    std::string pointer;
    for (std::size_t i = 1; i < error.context.size(); ++i) {
      const std::string_view step = error.context[i];
      append_pointer(pointer, step.substr(1, step.size() - 2));
    }
    return pointer;
  }
}

/// The library's validator caches regular expressions without a lock: one a thread.
valijson::Validator& validator_of_thread() {
  thread_local valijson::Validator validator;
  return validator;
}

}  // namespace

struct Validator::State {
  valijson::Schema schema;
};

Validator::Validator(const Json& schema) : state_(std::make_unique<State>()) {
  Json adapted = schema;
  adapt_schema(adapted);
  try {
    valijson::SchemaParser parser;
    parser.populateSchema(Adapter(adapted), state_->schema);
  } catch (const std::exception& error) {
    QM_CHECK(false, error.what());
  }
}

Validator::~Validator() = default;

bool Validator::accepts(const Json& document) const {
  try {
    return with_plain_values(document, [&](const Json& judged) {
      return validator_of_thread().validate(state_->schema, Adapter(judged), nullptr);
    });
  } catch (const std::exception&) {
    // A value that the library cannot judge does not conform; the caller explains it from the schema.
    return false;
  }
}

std::string Validator::fault_pointer(const Json& document) const {
  std::string deepest;
  std::size_t depth = 1;
  try {
    valijson::ValidationResults results;
    with_plain_values(document, [&](const Json& judged) {
      return validator_of_thread().validate(state_->schema, Adapter(judged), &results);
    });
    for (const auto& error : results) {
      if (error.context.size() <= depth) continue;
      depth = error.context.size();
      deepest = pointer_of(error);
    }
  } catch (const std::exception&) {
    deepest.clear();
  }
  return deepest;
}

}  // namespace qamera::contract
