#include "base/json.h"

#include <algorithm>
#include <array>

#include "base/json_locate.h"
#include "base/json_numbers.h"
#include "base/json_plain.h"
#include "base/memory.h"
#include "base/text.h"

namespace qamera {
namespace {

/// The offset of the bracket that opens the first level beyond the limit, or npos.
std::size_t too_deep_at(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonDepth) return i;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return std::string_view::npos;
}

/// Of nlohmann's "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value -
/// invalid literal; last read: 'x'" the part after the position.
std::string plain_reason(std::string_view what) {
  if (const auto bracket = what.find("] "); bracket != std::string_view::npos) what.remove_prefix(bracket + 2);
  const auto colon = what.starts_with("parse error") ? what.find(": ") : std::string_view::npos;
  std::string reason(colon == std::string_view::npos ? what : what.substr(colon + 2));
  // It quotes the input, which need not be UTF-8; what is printed or logged must be.
  return Json::parse(dump_json(Json(shortened(reason, 200)))).get<std::string>();
}

/// Where the number stands that nlohmann's "number overflow parsing '1e400'" names: the library gives no position.
std::size_t overflow_at(std::string_view text, std::string_view what) {
  const auto open = std::min(what.find('\''), what.size());
  const std::string_view number = what.substr(open).substr(std::min<std::size_t>(1, what.size() - open));
  const std::string_view digits = number.substr(0, number.find('\''));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1U : 0U;
      continue;
    }
    // Each number is compared once, as a whole: a comparison at every byte would take the square of the length.
    const auto end = std::min(text.find_first_not_of("+-.0123456789Ee", i), text.size());
    if (end == i) continue;
    if (text.substr(i, end - i) == digits) return i;
    i = end - 1;
  }
  return 0;
}

/// Throws `std::bad_alloc` when a large text's value has no room: it is some ten times as large as the text.
void check_room(std::string_view text) {
  constexpr std::size_t kLarge = 64u << 10;
  constexpr std::size_t kMaxPerValue = 128;
  if (text.size() < kLarge) return;
  const auto values = std::count_if(text.begin(), text.end(), [](char c) { return c == ',' || c == '[' || c == '{'; });
  memory::require(static_cast<std::size_t>(values) * kMaxPerValue + 4 * text.size());
}

template <typename Value>
Result<Value> parse_as(std::string_view text) {
  if (const auto offset = too_deep_at(text); offset != std::string_view::npos) {
    return located_error(text, offset, "nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return located_error(text, 0, "empty document");
  check_room(text);
  try {
    Value value = Value::parse(text.begin(), text.end());
    // The library takes this byte for the end of its input.
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
      return located_error(text, nul, "syntax error: unexpected NUL byte");
    }
    if (const auto exact = with_exact_numbers(text)) value = Value::parse(*exact);
    return value;
  } catch (const nlohmann::json::parse_error& error) {
    return located_error(text, error.byte > 0 ? error.byte - 1 : 0, plain_reason(error.what()));
  } catch (const nlohmann::json::exception& error) {
    // A number outside the range of a double (1e400).
    return located_error(text, overflow_at(text, error.what()), plain_reason(error.what()));
  }
}

constexpr auto kReplace = nlohmann::json::error_handler_t::replace;

constexpr std::array<bool, 256> plain_bytes() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < table.size(); ++c) table[c] = c != '"' && c != '\\';
  return table;
}
constexpr std::array<bool, 256> kPlainBytes = plain_bytes();

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default: break;
  }
  append_hex(out += "\\u00", static_cast<unsigned char>(c), 2);
}

}  // namespace

Result<Json> parse_json(std::string_view text, bool* repeats) {
  check_room(text);
  if (auto plain = read_plain_json(text, repeats)) return *std::move(plain);
  auto parsed = parse_as<Json>(text);
  if (repeats) *repeats = parsed.ok() && !repeated_members(text, 1).empty();
  return parsed;
}
Result<OrderedJson> parse_ordered_json(std::string_view text) { return parse_as<OrderedJson>(text); }

std::string dump_json(const Json& value) { return value.dump(-1, ' ', false, kReplace); }
std::string dump_json(const OrderedJson& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}
std::string text_of(const Json& object, std::string_view name) {
  if (!object.is_object()) return {};
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

std::string plain_text(const Json& value) { return value.is_string() ? value.get<std::string>() : dump_json(value); }
std::string pretty_json(const OrderedJson& value) {
  return value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void append_json_string(std::string& out, std::string_view text) {
  if (!is_utf8(text)) {
    out += Json(text).dump(-1, ' ', false, kReplace);
    return;
  }
  out.push_back('"');
  std::size_t plain = 0;  // start of the run not yet copied
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kPlainBytes[static_cast<unsigned char>(text[i])]) continue;
    out.append(text, plain, i - plain);
    append_escape(out, text[i]);
    plain = i + 1;
  }
  out.append(text, plain, text.size() - plain);
  out.push_back('"');
}

void append_pointer(std::string& pointer, std::string_view token) {
  pointer.push_back('/');
  for (char c : token) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer.push_back(c);
  }
}

void append_pointer(std::string& pointer, std::size_t index) {
  pointer.push_back('/');
  pointer += std::to_string(index);
}

std::string child_pointer(std::string pointer, std::string_view token) {
  append_pointer(pointer, token);
  return pointer;
}

std::string child_pointer(std::string pointer, std::size_t index) {
  append_pointer(pointer, index);
  return pointer;
}

std::string dotted_pointer(std::string_view pointer) {
  std::string out;
  for (std::size_t i = pointer.empty() ? 0 : 1; i < pointer.size(); ++i) {
    const char c = pointer[i];
    if (c == '/') {
      out.push_back('.');
    } else if (c == '~' && i + 1 < pointer.size()) {
      out.push_back(pointer[++i] == '1' ? '/' : '~');
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace qamera
