#include "api/json_patch.h"

#include <optional>
#include <utility>

namespace qamera::api {
namespace {

using Pointer = OrderedJson::json_pointer;

std::string nothing_at(const std::string& path) { return "the reply has nothing at \"" + path + "\""; }

void apply_alone(OrderedJson& document, OrderedJson step) {
  OrderedJson steps = OrderedJson::array();
  steps.push_back(std::move(step));
  document = document.patch(steps);
}

// What the library asserts, or passes over in silence, is checked before it: a path that leads through a text or
// number.

std::optional<std::string> add(OrderedJson& document, const std::string& path, const OrderedJson& value) {
  const Pointer pointer(path);
  if (!pointer.empty()) {
    const Pointer parent = pointer.parent_pointer();
    if (!document.contains(parent)) return nothing_at(parent.to_string());
    if (!document.at(parent).is_structured()) return "\"" + parent.to_string() + "\" of the reply has no members";
  }
  apply_alone(document, OrderedJson::object({{"op", "add"}, {"path", path}, {"value", value}}));
  return std::nullopt;
}

std::optional<std::string> remove(OrderedJson& document, const std::string& path) {
  if (path.empty()) return "the whole reply cannot be removed";
  if (!document.contains(Pointer(path))) return nothing_at(path);
  apply_alone(document, OrderedJson::object({{"op", "remove"}, {"path", path}}));
  return std::nullopt;
}

/// Why the step does not fit; nothing once it is applied.
std::optional<std::string> apply_step(OrderedJson& document, const Json& step) {
  const std::string op = step.value("op", "");
  const std::string path = step.value("path", "");
  const std::string from = step.value("from", "");
  if (op == "add") return add(document, path, OrderedJson(step.at("value")));
  if (op == "remove") return remove(document, path);
  if (op == "move" || op == "copy") {
    if (!document.contains(Pointer(from))) return nothing_at(from);
    const OrderedJson value = document.at(Pointer(from));
    if (op == "move") {
      if (auto wrong = remove(document, from)) return wrong;
    }
    return add(document, path, value);
  }
  if (!document.contains(Pointer(path))) return nothing_at(path);
  OrderedJson& there = document.at(Pointer(path));
  if (op == "replace") {
    there = OrderedJson(step.at("value"));
  } else if (parse_json(dump_json(there)).value() != step.at("value")) {
    return "test: \"" + path + "\" of the reply is another value";
  }
  return std::nullopt;
}

}  // namespace

Result<OrderedJson> apply_patch(OrderedJson document, const Json& patch) {
  for (std::size_t i = 0; i < patch.size(); ++i) {
    std::string pointer;
    append_pointer(pointer, i);
    std::string why;
    try {
      why = apply_step(document, patch[i]).value_or("");
    } catch (const OrderedJson::exception& error) {
      // An index that is no number or beyond the end, a pointer with a bad escape.
      why = error.what();
    }
    if (!why.empty()) return Error{ErrorCode::kInvalid, std::move(why), std::move(pointer)};
  }
  return document;
}

}  // namespace qamera::api
