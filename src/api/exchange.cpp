#include "api/exchange.h"

namespace qamera::api {

std::string error_body(std::string_view message) {
  std::string body = "{\"error\":";
  append_json_string(body, message);
  body.push_back('}');
  return body;
}

Answer error_answer(int status, std::string_view message, std::string reason) {
  return {status, error_body(message), std::move(reason)};
}

std::string header_text(std::string_view text) {
  constexpr std::size_t kMax = 500;
  std::string out(text.substr(0, kMax));
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

}  // namespace qamera::api
