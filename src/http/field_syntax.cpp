#include "http/field_syntax.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/text.h"
#include "http/message.h"

namespace qamera::http {
namespace {

constexpr std::array<bool, 256> token_bytes() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kTokenBytes = token_bytes();

}  // namespace

bool is_token_byte(char c) { return kTokenBytes[static_cast<unsigned char>(c)]; }

bool is_token(std::string_view text) {
  const auto in_table = [](char c) { return kTokenBytes[static_cast<unsigned char>(c)]; };
  return !text.empty() && std::all_of(text.begin(), text.end(), in_table);
}

bool is_field_value(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kTops = 0x8080808080808080ULL;
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t block = 0;
    std::memcpy(&block, text.data(), sizeof block);
    // Eight bytes at once: a top bit stays where a byte is below 0x20 or equal to 0x7f (and in rare cases above one).
    const std::uint64_t low = (block - kOnes * 0x20) & ~block;
    const std::uint64_t erased = block ^ kOnes * 0x7f;
    if (((low | ((erased - kOnes) & ~erased)) & kTops) != 0) break;
    text.remove_prefix(sizeof block);
  }
  return std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\t'; });
}

std::string forbidden_in_head(const Request& request) {
  if (!is_token(request.method)) return "its method";
  if (std::any_of(request.target.begin(), request.target.end(), is_control)) return "its path or query";
  for (const Header& field : request.headers) {
    if (!is_token(field.name)) return "the name of a header field";
    if (!is_field_value(field.value)) return "the value of its header field " + field.name;
  }
  return "";
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view media_type(std::string_view field) { return trim(field.substr(0, field.find(';'))); }

std::string_view next_element(std::string_view& list) {
  const std::size_t comma = list.find(',');
  const std::string_view element = trim(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  return element;
}

bool list_contains(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    if (equal_ignoring_case(next_element(list), token)) return true;
  }
  return false;
}

}  // namespace qamera::http
