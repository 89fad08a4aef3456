#include "base/printable.h"

namespace qamera {

std::string printable(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out.push_back(c);
    } else {
      out.append("\\x").append({kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

}  // namespace qamera
