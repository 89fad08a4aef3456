#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qamera::http {

/// What the head of one part says.
struct PartHead {
  std::string name;
  std::string filename;
  std::string content_type;
  bool is_file = false;
};

/// The body from its first delimiter on, which stands at the start of a line; "" when there is none. What goes
/// before it is no part (RFC 2046, section 5.1.1).
std::string_view without_preamble(std::string_view body, std::string_view boundary);

/// The heads of all parts of a multipart body, or nothing when one is malformed or has no name. Read here and
/// not by cpp-httplib because its versions disagree: 0.11 knows neither unquoted parameters (which .NET's
/// client sends) nor `filename` before `name`, runs std::regex on each, and no version tells an empty
/// filename from none.
std::optional<std::vector<PartHead>> read_part_heads(std::string_view body, std::string_view boundary);

}  // namespace qamera::http
