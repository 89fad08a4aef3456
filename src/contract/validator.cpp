#include "contract/validator.h"

#include <exception>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/check.h"

namespace qamera::contract {
namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

/// Makes every divisor a floating one. The library truncates 2.5 to 2 before it tests an integral `multipleOf`, so
/// that 2.5 would be a multiple of 1; with a floating divisor it takes the remainder of the number itself.
void float_divisors(Json& schema) {
  if (schema.is_object()) {
    if (const auto found = schema.find("multipleOf"); found != schema.end() && found->is_number_integer()) {
      *found = found->get<double>();
    }
  }
  if (schema.is_structured()) {
    for (Json& child : schema) float_divisors(child);
  }
}

/// `"[config]"` as the reference token `config`.
std::string_view token_of(std::string_view step) {
  if (step.size() >= 2 && step.front() == '[' && step.back() == ']') return step.substr(1, step.size() - 2);
  return step;
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
  float_divisors(adapted);
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
    return validator_of_thread().validate(state_->schema, Adapter(document), nullptr);
  } catch (const std::exception&) {
    // A value that the library cannot judge does not conform; the caller explains it from the schema.
    return false;
  }
}

std::string Validator::fault_pointer(const Json& document) const {
  std::string deepest;
  std::size_t depth = 0;
  try {
    valijson::ValidationResults results;
    validator_of_thread().validate(state_->schema, Adapter(document), &results);
    for (const auto& error : results) {
      if (error.context.size() <= depth + 1) continue;
      depth = error.context.size() - 1;
      deepest.clear();
      for (std::size_t i = 1; i < error.context.size(); ++i) append_pointer(deepest, token_of(error.context[i]));
    }
  } catch (const std::exception&) {
    deepest.clear();
  }
  return deepest;
}

}  // namespace qamera::contract
