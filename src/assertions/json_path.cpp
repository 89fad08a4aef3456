#include "assertions/json_path.h"

#include <charconv>

namespace qamera::assertions {
namespace {

constexpr std::size_t kMaxPathSteps = 64;

Error not_supported(std::string_view path, std::string_view what) {
  return {ErrorCode::kUnsupported,
          "JSON path \"" + std::string(path) + "\": " + std::string(what) +
              " not supported; plain members and indexes are, such as \"$.config.product.id\" or \"$['a'][0]\"",
          ""};
}

Error malformed(std::string_view path, std::string_view why) {
  return {ErrorCode::kInvalid, "JSON path \"" + std::string(path) + "\": " + std::string(why), ""};
}

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  if (!text.starts_with('$')) return malformed(text, "must start with \"$\"");
  JsonPath path;
  path.text_ = text;
  std::string_view rest = text.substr(1);
  while (!rest.empty()) {
    if (path.steps_.size() >= kMaxPathSteps) return malformed(text, "has too many steps");
    if (rest.starts_with("..")) return not_supported(text, "\"..\" is");
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      const std::string_view name = rest.substr(0, rest.find_first_of(".["));
      if (name == "*") return not_supported(text, "\"*\" is");
      if (name.empty()) return malformed(text, "has an empty member name");
      if (name.find_first_of("()?*@ ,'\"]") != std::string_view::npos)
        return not_supported(text, "functions and filters are");
      path.steps_.emplace_back(std::string(name));
      rest.remove_prefix(name.size());
      continue;
    }
    if (!rest.starts_with('[')) return malformed(text, "expected \".\" or \"[\" after a step");
    const char quote = rest.size() > 1 ? rest[1] : ' ';
    if (quote == '\'' || quote == '"') {
      const auto end = rest.find(std::string{quote, ']'}, 2);
      if (end == std::string_view::npos) return malformed(text, "has an unclosed bracket");
      const std::string_view name = rest.substr(2, end - 2);
      if (name.find(quote) != std::string_view::npos) return not_supported(text, "several names in one bracket are");
      path.steps_.emplace_back(std::string(name));
      rest.remove_prefix(end + 2);
      continue;
    }
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return malformed(text, "has an unclosed bracket");
    std::size_t index = 0;
    const char* const last = rest.data() + end;
    const auto [stop, error] = std::from_chars(rest.data() + 1, last, index);
    if (error != std::errc{} || stop != last) return not_supported(text, "wildcards, filters and slices are");
    path.steps_.emplace_back(index);
    rest.remove_prefix(end + 1);
  }
  return path;
}

const Json* JsonPath::find(const Json& document) const {
  const Json* value = &document;
  for (const Step& step : steps_) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      if (!value->is_object()) return nullptr;
      const auto member = value->find(*name);
      if (member == value->end()) return nullptr;
      value = &*member;
    } else {
      const std::size_t index = std::get<std::size_t>(step);
      if (!value->is_array() || index >= value->size()) return nullptr;
      value = &(*value)[index];
    }
  }
  return value;
}

std::string JsonPath::pointer() const {
  std::string pointer;
  for (const Step& step : steps_) {
    std::visit([&](const auto& token) { append_pointer(pointer, token); }, step);
  }
  return pointer;
}

}  // namespace qamera::assertions
