#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace qamera {

/// The value of a field as a client sees it, whether it is one of `headers` or of `own_fields`; "" for none.
inline std::string_view response_field(const Response& response, std::string_view name) {
  const std::string_view own = response.own_fields;
  const std::string start = std::string(name) + ": ";
  for (std::size_t at = 0; at < own.size(); at = own.find("\r\n", at) + 2) {
    const std::string_view line = own.substr(at, own.find("\r\n", at) - at);
    if (line.starts_with(start)) return line.substr(start.size());
  }
  return response.headers.value_or(name, "");
}

}  // namespace qamera
