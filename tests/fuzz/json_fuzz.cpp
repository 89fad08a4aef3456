// A JSON text.
//
// Held: what is read and written reads back as the same value; our reader and the library's agree, and so do both
// parsers; a repeated member is found where the library meets more names than it keeps; every place in the document is
// found in its text; escaping a string gives JSON.

#include "base/check.h"
#include "base/json_compare.h"
#include "base/json_numbers.h"
#include "base/json_plain.h"
#include "base/json_reader.h"
#include "base/text.h"
#include "fuzz/target.h"
#include "journal/encoding.h"
#include "patterns/json_path.h"

namespace qamera::fuzz {
namespace {

void check_places(std::string_view text, const Json& value, const std::string& pointer) {
  const TextPosition position = locate_pointer(text, pointer);
  QM_CHECK(position.line >= 1 && position.column >= 1, "a place has a line and a column");
  if (!value.is_structured()) return;
  for (const auto& [name, child] : value.items()) {
    std::string below = pointer;
    append_pointer(below, name);
    check_places(text, child, below);
  }
}

/// Equal in value, and each number of the same type.
bool identical(const Json& a, const Json& b) {
  return a == b && a.type() == b.type() && Json::to_cbor(a) == Json::to_cbor(b);
}

void check_plain(std::string_view text) {
  const auto plain = read_plain_json(text);
  if (!plain) return;
  const Json read = Json::parse(text, nullptr, false);
  QM_CHECK(!read.is_discarded() && identical(*plain, read), "what our reader takes, the library reads alike");
}

std::size_t count_members(const Json& value) {
  std::size_t count = value.is_object() ? value.size() : 0;
  if (value.is_structured()) {
    for (const Json& child : value) count += count_members(child);
  }
  return count;
}

void check_repetition(std::string_view text, const Json& value) {
  std::size_t met = 0;
  const Json read =
      Json::parse(with_exact_numbers(text).value_or(std::string(text)), [&](int, Json::parse_event_t event, Json&) {
        met += event == Json::parse_event_t::key ? 1U : 0U;
        return true;
      });
  const auto written = parse_written_json(text);
  QM_CHECK(written.ok() == (met == count_members(value)), "a repeated member is refused, and nothing else");
  if (written.ok()) QM_CHECK(*written == read, "both parsers read the same");
}

}  // namespace

void run(std::string_view input) {
  std::string quoted;
  append_json_string(quoted, input);
  const auto unquoted = parse_json(quoted);
  QM_CHECK(unquoted.ok() && unquoted->is_string(), "an escaped string is JSON");
  if (is_utf8(input)) QM_CHECK(unquoted->get_ref<const std::string&>() == input, "an escaped string stays itself");
  check_plain(quoted);
  check_plain(input);

  const auto path = patterns::JsonPath::parse(input);
  if (path.ok()) QM_CHECK(path->pointer().empty() || path->pointer().front() == '/', "a path leads somewhere");

  const auto value = parse_json(input);
  const auto ordered = parse_ordered_json(input);
  QM_CHECK(value.ok() == ordered.ok(), "both parsers agree");
  if (!value.ok()) {
    QM_CHECK(value.error().message.starts_with("line "), "a refusal says where");
    QM_CHECK(value.error().message == ordered.error().message, "both parsers say the same");
    return;
  }
  const auto again = parse_json(dump_json(*value));
  QM_CHECK(again.ok() && dump_json(*again) == dump_json(*value), "what is written reads back");
  check_repetition(input, *value);
  const bool exact = !refuse_inexact_numbers(*value, "");
  QM_CHECK(contains_json(*value, *value) == exact, "a document contains itself, unless a number in it equals nothing");
  constexpr std::size_t kSmall = 512;  // finding each place reads the text again
  if (input.size() <= kSmall) check_places(input, *value, "");
}

}  // namespace qamera::fuzz
