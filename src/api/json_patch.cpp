#include "api/json_patch.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace qamera::api {
namespace {

using Pointer = OrderedJson::json_pointer;
using Why = std::optional<std::string>;  ///< why a step does not fit; nothing once it is applied

// A patch that copies a reply into itself doubles it with each step, and nests it deeper; one that adds below what it
// added nests it deeper too. Steps through a long array or object take time by its length. All are over all steps.
constexpr std::size_t kMaxAddedValues = 100'000;
constexpr std::size_t kMaxAddedBytes = std::size_t{8} << 20;  // of memory
constexpr std::size_t kMaxPassed = 1'000'000;                 // members looked through, elements moved

std::string nothing_at(const std::string& path) { return "the reply has nothing at \"" + path + "\""; }

std::vector<std::string> tokens_of(const std::string& path) {
  std::vector<std::string> tokens;
  for (Pointer pointer(path); !pointer.empty(); pointer.pop_back()) tokens.push_back(pointer.back());
  std::reverse(tokens.begin(), tokens.end());
  return tokens;
}

/// A token as an index. Others are refused in the library's words, as an exception.
std::size_t index_of(const std::string& token) {
  std::size_t index = 0;
  const char* const end = token.data() + token.size();
  const auto [stop, error] = std::from_chars(token.data(), end, index);
  const bool whole = error == std::errc() && stop == end && (token.size() == 1 || token.front() != '0');
  if (!whole || index == SIZE_MAX) OrderedJson::array().at(Pointer() / token);
  return index;
}

/// The library knows no equality of a document in the order written with a sorted one.
bool is_equal(const OrderedJson& there, const Json& expected) {
  if (there.is_array()) {
    return expected.is_array() && std::equal(there.begin(), there.end(), expected.begin(), expected.end(), is_equal);
  }
  if (there.is_string()) {
    return expected.is_string() && there.get_ref<const std::string&>() == expected.get_ref<const std::string&>();
  }
  if (!there.is_object()) return Json(there) == expected;
  if (!expected.is_object() || there.size() != expected.size()) return false;
  for (const auto& [name, value] : there.items()) {
    const auto other = expected.find(name);
    if (other == expected.end() || !is_equal(value, *other)) return false;
  }
  return true;
}

/// One patch on its way through its steps. The document is changed in place: what a step costs must not depend on how
/// large the rest of the document is.
class Patching {
 public:
  explicit Patching(OrderedJson& document) : document_(document) {}

  Why apply(const Json& step) {
    Why wrong = act(step);
    if (!wrong && passed_ > kMaxPassed) {
      wrong = "the steps look through or move more than " + std::to_string(kMaxPassed) + " values of the reply";
    }
    return wrong;
  }

 private:
  Why act(const Json& step) {
    const std::string op = step.value("op", "");
    const std::string path = step.value("path", "");
    if (op == "add") {
      if (auto wrong = weighed(step.at("value"), path)) return wrong;
      return add(path, OrderedJson(step.at("value")));
    }
    if (op == "remove") return remove(path);
    if (op == "move" || op == "copy") return transfer(step.value("from", ""), path, op == "move");
    OrderedJson* const there = find(tokens_of(path));
    if (!there) return nothing_at(path);
    if (op == "test") {
      if (is_equal(*there, step.at("value"))) return std::nullopt;
      return "test: \"" + path + "\" of the reply is another value";
    }
    if (auto wrong = weighed(step.at("value"), path)) return wrong;
    *there = OrderedJson(step.at("value"));
    return std::nullopt;
  }

  OrderedJson* find(std::span<const std::string> tokens) {
    OrderedJson* there = &document_;
    for (const std::string& token : tokens) {
      if (there->is_object()) {
        passed_ += there->size();
        const auto member = there->find(token);
        if (member == there->end()) return nullptr;
        there = &*member;
      } else if (there->is_array()) {
        const bool is_index =
            token.find_first_not_of("0123456789") == std::string::npos && (token.size() < 2 || token.front() != '0');
        const std::size_t index = is_index ? index_of(token) : there->size();
        if (index >= there->size()) return nullptr;
        there = &(*there)[index];
      } else {
        return nullptr;
      }
    }
    return there;
  }

  Why add(const std::string& path, OrderedJson value) {
    const std::vector<std::string> tokens = tokens_of(path);
    if (tokens.empty()) {
      document_ = std::move(value);
      return std::nullopt;
    }
    OrderedJson* const parent = find(std::span(tokens).first(tokens.size() - 1));
    const auto parent_path = [&] { return Pointer(path).parent_pointer().to_string(); };
    if (!parent) return nothing_at(parent_path());
    if (!parent->is_structured()) return "\"" + parent_path() + "\" of the reply has no members";
    if (parent->is_object()) {
      passed_ += parent->size();
      (*parent)[tokens.back()] = std::move(value);
    } else if (tokens.back() == "-") {
      parent->push_back(std::move(value));
    } else {
      const std::size_t index = index_of(tokens.back());
      if (index > parent->size()) parent->at(index);  // throws
      passed_ += parent->size() - index;
      parent->insert(parent->begin() + static_cast<std::ptrdiff_t>(index), std::move(value));
    }
    return std::nullopt;
  }

  Why remove(const std::string& path) {
    const std::vector<std::string> tokens = tokens_of(path);
    if (tokens.empty()) return "the whole reply cannot be removed";
    OrderedJson* const parent = find(std::span(tokens).first(tokens.size() - 1));
    if (!parent || !find(tokens)) return nothing_at(path);
    passed_ += parent->size();
    if (parent->is_object())
      parent->erase(tokens.back());
    else
      parent->erase(index_of(tokens.back()));
    return std::nullopt;
  }

  Why transfer(const std::string& from, const std::string& path, bool is_move) {
    OrderedJson* const there = find(tokens_of(from));
    if (!there) return nothing_at(from);
    if (auto wrong = weighed(*there, path)) return wrong;
    if (!is_move) return add(path, *there);
    OrderedJson value = from.empty() ? OrderedJson() : std::move(*there);
    if (auto wrong = remove(from)) return wrong;
    return add(path, std::move(value));
  }

  /// Why a step may not put this at `path`.
  template <typename Value>
  Why weighed(const Value& value, const std::string& path) {
    const auto levels = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
    if (weigh(value, levels)) return std::nullopt;
    return "the patch adds more than " + std::to_string(kMaxAddedValues) + " values or " +
           std::to_string(kMaxAddedBytes >> 20) + " MiB to the reply, or makes it deeper than " +
           std::to_string(kMaxJsonDepth) + " levels";
  }

  template <typename Value>
  bool weigh(const Value& value, std::size_t depth) {
    bytes_ += sizeof(value);
    if (value.is_string()) bytes_ += sizeof(std::string) + value.template get_ref<const std::string&>().size();
    if (++values_ > kMaxAddedValues || bytes_ > kMaxAddedBytes || depth > kMaxJsonDepth) return false;
    if (value.is_object()) {
      for (const auto& [name, child] : value.items()) {
        bytes_ += sizeof(std::string) + name.size();
        if (!weigh(child, depth + 1)) return false;
      }
    } else if (value.is_array()) {
      return std::all_of(value.begin(), value.end(), [&](const Value& child) { return weigh(child, depth + 1); });
    }
    return true;
  }

  OrderedJson& document_;
  std::size_t values_ = 0;
  std::size_t bytes_ = 0;
  std::size_t passed_ = 0;
};

}  // namespace

Result<OrderedJson> apply_patch(OrderedJson document, const Json& patch) {
  Patching patching(document);
  for (std::size_t i = 0; i < patch.size(); ++i) {
    std::string why;
    try {
      why = patching.apply(patch[i]).value_or("");
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
