#include <algorithm>
#include <array>

#include "assertions/expectation.h"

namespace qamera::assertions {
namespace {

constexpr std::array<std::string_view, 4> kRegexMembers = {"matches", "doesNotMatch", "urlPattern", "urlPathPattern"};

/// What a text is, which says how a value has to be written into it.
enum class Context { kPlain, kRegex, kJsonText, kJsonValue };

std::string written(const Json& value, Context context) {
  std::string text = plain_text(value);
  if (context == Context::kRegex) return escape_regex(text);
  if (context != Context::kJsonText) return text;
  std::string quoted;
  append_json_string(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

class Filler {
 public:
  explicit Filler(std::span<const CapturedValue> captures) : captures_(captures) {}

  Json fill(const Json& value, Context context) const {
    if (value.is_string()) return fill_text(value.get_ref<const std::string&>(), context);
    Json out = value;
    if (value.is_array()) {
      for (Json& child : out) child = fill(child, context);
    } else if (value.is_object()) {
      for (const auto& [name, child] : value.items()) out[name] = fill(child, below(name, child, context));
    }
    return out;
  }

 private:
  static Context below(std::string_view name, const Json& child, Context context) {
    if (context == Context::kJsonValue) return context;
    if (name == "equalToJson") return child.is_string() ? Context::kJsonText : Context::kJsonValue;
    const bool regex = std::find(kRegexMembers.begin(), kRegexMembers.end(), name) != kRegexMembers.end();
    return regex ? Context::kRegex : Context::kPlain;
  }

  const Json* captured(std::string_view name) const {
    const auto newest =
        std::find_if(captures_.rbegin(), captures_.rend(), [&](const auto& one) { return one.name == name; });
    return newest == captures_.rend() ? nullptr : &newest->value;
  }

  Json fill_text(const std::string& text, Context context) const {
    std::string out;
    std::size_t copied = 0;
    for (auto open = text.find("{{"); open != std::string::npos; open = text.find("{{", open)) {
      const auto close = text.find("}}", open);
      if (close == std::string::npos) break;
      const Json* value = captured(std::string_view(text).substr(open + 2, close - open - 2));
      if (!value) {
        open += 2;
        continue;
      }
      if (context == Context::kJsonValue && open == 0 && close + 2 == text.size()) return *value;
      out.append(text, copied, open - copied);
      out += written(*value, context);
      copied = open = close + 2;
    }
    out.append(text, copied, std::string::npos);
    return out;
  }

  std::span<const CapturedValue> captures_;
};

}  // namespace

Json fill_placeholders(const Json& pattern, std::span<const CapturedValue> captures) {
  return Filler(captures).fill(pattern, Context::kPlain);
}

}  // namespace qamera::assertions
