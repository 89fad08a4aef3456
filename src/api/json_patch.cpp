#include "api/json_patch.h"

#include <algorithm>
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

/// A patch that copies a reply into itself doubles it with each step, and nests it deeper; one that adds below what it
/// added nests it deeper too.
constexpr std::size_t kMaxAdded = 1'000'000;  // values, over all steps

/// How many values there are in one, itself included; more than `kMaxAdded` when it is too large or too deep.
std::size_t count_values(const OrderedJson& value, std::size_t depth) {
  if (depth > kMaxJsonDepth) return kMaxAdded + 1;
  std::size_t count = 1;
  if (!value.is_structured()) return count;
  for (const OrderedJson& child : value) {
    count += count_values(child, depth + 1);
    if (count > kMaxAdded) break;
  }
  return count;
}

/// Whether what a step puts at `path` may still be added. `added` is the sum over the steps before it.
std::optional<std::string> weigh(const OrderedJson& value, const std::string& path, std::size_t& added) {
  const auto levels = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  added += count_values(value, levels);
  if (added <= kMaxAdded) return std::nullopt;
  return "the patch makes the reply larger than 1000000 values or deeper than 64 levels";
}

/// Why the step does not fit; nothing once it is applied.
std::optional<std::string> apply_step(OrderedJson& document, const Json& step, std::size_t& added) {
  const std::string op = step.value("op", "");
  const std::string path = step.value("path", "");
  const std::string from = step.value("from", "");
  if (op == "add") {
    const OrderedJson value(step.at("value"));
    if (auto wrong = weigh(value, path, added)) return wrong;
    return add(document, path, value);
  }
  if (op == "remove") return remove(document, path);
  if (op == "move" || op == "copy") {
    if (!document.contains(Pointer(from))) return nothing_at(from);
    if (auto wrong = weigh(document.at(Pointer(from)), path, added)) return wrong;
    const OrderedJson value = document.at(Pointer(from));
    if (op == "move") {
      if (auto wrong = remove(document, from)) return wrong;
    }
    return add(document, path, value);
  }
  if (!document.contains(Pointer(path))) return nothing_at(path);
  OrderedJson& there = document.at(Pointer(path));
  if (op == "replace") {
    OrderedJson value(step.at("value"));
    if (auto wrong = weigh(value, path, added)) return wrong;
    there = std::move(value);
  } else if (parse_json(dump_json(there)).value() != step.at("value")) {
    return "test: \"" + path + "\" of the reply is another value";
  }
  return std::nullopt;
}

}  // namespace

Result<OrderedJson> apply_patch(OrderedJson document, const Json& patch) {
  std::size_t added = 0;
  for (std::size_t i = 0; i < patch.size(); ++i) {
    std::string why;
    try {
      why = apply_step(document, patch[i], added).value_or("");
    } catch (const OrderedJson::exception& error) {
      // An index that is no number or beyond the end, a pointer with a bad escape.
      const std::string_view text = error.what();
      const auto prefix = text.find("] ");  // "[json.exception.out_of_range.404] ..."
      why = text.substr(prefix == std::string_view::npos ? 0 : prefix + 2);
    }
    if (!why.empty()) return Error{ErrorCode::kInvalid, std::move(why), child_pointer("", i)};
  }
  return document;
}

}  // namespace qamera::api
