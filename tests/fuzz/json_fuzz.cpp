// A JSON text.
//
// Held: what is read and written reads back as the same value; both parsers agree; every place in the document is found
// in its text; escaping a string gives JSON.

#include "base/check.h"
#include "base/json_reader.h"
#include "base/utf8.h"
#include "fuzz/target.h"
#include "journal/encoding.h"
#include "journal/json_path.h"

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

}  // namespace

void run(std::string_view input) {
  std::string quoted;
  append_json_string(quoted, input);
  std::string quoted_fast;
  append_json_string(quoted_fast, input);
  const auto slow = parse_json(quoted), fast = parse_json(quoted_fast);
  QM_CHECK(slow.ok() && slow->is_string() && fast.ok() && *fast == *slow, "an escaped string is JSON");
  if (is_utf8(input)) QM_CHECK(slow->get_ref<const std::string&>() == input, "an escaped string stays itself");

  const auto path = journal::JsonPath::parse(input);
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
  QM_CHECK(contains_json(*value, *value), "a document contains itself");
  constexpr std::size_t kSmall = 512;  // finding each place reads the text again
  if (input.size() <= kSmall) check_places(input, *value, "");
}

}  // namespace qamera::fuzz
