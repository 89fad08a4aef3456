#include "base/json_numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/json.h"
#include "base/json_locate.h"
#include "base/text.h"

namespace qamera {
namespace {

constexpr std::string_view kNumberBytes = "+-.0123456789Ee";
constexpr double kMinInexact = 0x1p52;  // from here on no double has a fraction

/// The number that begins at `at`, "" when none does.
std::string_view number_at(std::string_view text, std::size_t at) {
  text.remove_prefix(std::min(at, text.size()));
  return text.substr(0, text.find_first_not_of(kNumberBytes));
}

/// A number as it is written, without its sign: the digits, and how many of them stand before the point.
struct Decimal {
  std::string digits;  ///< neither begins nor ends with a zero; "" for zero
  std::int64_t whole = 0;

  bool has_fraction() const { return !digits.empty() && whole < static_cast<std::int64_t>(digits.size()); }
  /// What stands before the point, nothing when it is beyond 64 bits.
  std::optional<std::uint64_t> whole_part() const {
    constexpr std::int64_t kMaxDigits = 20;
    if (whole > kMaxDigits) return std::nullopt;
    if (whole <= 0) return 0;
    std::string text = digits.substr(0, static_cast<std::size_t>(whole));
    text.resize(static_cast<std::size_t>(whole), '0');
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() ? std::optional(value) : std::nullopt;
  }
};

Decimal decimal_of(std::string_view number) {
  constexpr std::int64_t kMaxExponent = 1'000'000'000;
  const auto exponent_at = std::min(number.find_first_of("eE"), number.size());
  const std::string_view mantissa = number.substr(0, exponent_at);
  std::string_view exponent = number.substr(std::min(exponent_at + 1, number.size()));
  const bool is_negative = exponent.starts_with('-');
  if (is_negative || exponent.starts_with('+')) exponent.remove_prefix(1);
  std::int64_t power = 0;
  const auto read = std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
  if (read.ec == std::errc::result_out_of_range) power = kMaxExponent;
  power = std::min(power, kMaxExponent);
  Decimal decimal;
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  decimal.digits = mantissa.substr(0, point);
  decimal.whole = static_cast<std::int64_t>(point) + (is_negative ? -power : power);
  if (point < mantissa.size()) decimal.digits += mantissa.substr(point + 1);
  const auto zeros = std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size());
  decimal.digits.erase(0, zeros);
  decimal.whole -= static_cast<std::int64_t>(zeros);
  while (decimal.digits.ends_with('0')) decimal.digits.pop_back();
  return decimal;
}

/// The number in its place, "" when it is read as what it is, or nothing is nearer.
std::string exact(std::string_view number) {
  const bool is_negative = number.starts_with('-');
  const std::string_view magnitude = number.substr(is_negative ? 1 : 0);
  const Json read = Json::parse(magnitude, nullptr, false);
  if (!read.is_number_float()) return "";
  const auto value = read.get<double>();
  if (std::floor(value) != value) return "";
  const Decimal written = decimal_of(magnitude);
  const std::optional<std::uint64_t> whole = written.whole_part();
  const std::string sign = is_negative ? "-" : "";
  if (!written.has_fraction()) {
    const bool fits = whole && (!is_negative || *whole <= std::uint64_t{1} << 63);
    return fits && value >= kMinInexact ? sign + std::to_string(*whole) : "";
  }
  if (value >= kMinInexact || !whole) return "";
  const bool is_below = static_cast<double>(*whole) < value;
  return sign + dump_json(Json(std::nextafter(value, is_below ? 0.0 : HUGE_VAL)));
}

}  // namespace

std::optional<std::string> with_exact_numbers(std::string_view text) {
  std::optional<std::string> rewritten;
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1U : 0U;
      continue;
    }
    if (text[i] != '-' && !is_digit(text[i])) continue;
    const std::string_view number = number_at(text, i);
    if (number.find_first_of(".eE") != std::string_view::npos) {
      if (const std::string better = exact(number); !better.empty()) {
        if (!rewritten) rewritten.emplace();
        rewritten->append(text, copied, i - copied).append(better);
        copied = i + number.size();
      }
    }
    i += number.size() - 1;
  }
  if (rewritten) rewritten->append(text, copied, text.size() - copied);
  return rewritten;
}

std::string number_as_written(std::string shown, std::string_view text, std::string_view pointer) {
  if (shown.empty() || (shown[0] != '-' && !is_digit(shown[0]))) return shown;
  const auto at = value_offset(text, pointer);
  const std::string_view written = at ? number_at(text, *at) : std::string_view();
  const auto read = parse_json(written);
  return read && dump_json(*read) == shown ? shortened(written, 57) : shown;
}

Error as_written(Error error, std::string_view text) {
  constexpr std::string_view kGot = ", got ";
  const auto got = error.message.rfind(kGot);
  if (got == std::string::npos) return error;
  const std::string shown = error.message.substr(got + kGot.size());
  error.message.replace(got + kGot.size(), shown.size(), number_as_written(shown, text, error.pointer));
  return error;
}

}  // namespace qamera
