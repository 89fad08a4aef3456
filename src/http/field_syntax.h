#pragma once

#include <string>
#include <string_view>

namespace qamera {
struct Request;
}

/// The small grammar of RFC 9110, section 5.6: tokens, white space, lists.
namespace qamera::http {

/// A byte of a token: letters, digits and !#$%&'*+-.^_`|~
bool is_token_byte(char c);
bool is_token(std::string_view text);

/// Whether `text` may stand in a field value: no control byte other than a tab.
bool is_field_value(std::string_view text);

/// What in a request's head would end it early, or make another request of it: "its method", "its path or query", "the
/// name of a header field", "the value of its header field X". "" when nothing would.
std::string forbidden_in_head(const Request& request);

/// Without spaces and tabs at either end.
std::string_view trim(std::string_view text);

/// Of a field such as Content-Type what stands before its parameters: `application/json; charset=utf-8` is
/// "application/json".
std::string_view media_type(std::string_view field);

/// Cuts the first element off a comma-separated list: returns it trimmed and shortens `list`. An empty list
/// gives "".
std::string_view next_element(std::string_view& list);

/// Whether `list` holds `token`, ignoring case.
bool list_contains(std::string_view list, std::string_view token);

}  // namespace qamera::http
