#include "http/request_framing.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "http/field_syntax.h"

namespace qamera::http {
namespace {

constexpr std::size_t kMaxBodyReserve = 64u << 10;  // an announced length alone must not cost memory
constexpr std::size_t kMaxLengthDigits = 18;        // of a Content-Length: any such number has 64 bits

bool is_control_or_space(char c) { return is_control(c) || c == ' '; }

/// Of a name: unreserved characters and all delimiters but the comma, which would make a list of the field. Percent
/// escapes and what stands in brackets are looked at apart.
constexpr std::array<bool, 256> bytes_of_names() {
  std::array<bool, 256> table{};
  for (char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+;=")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr std::array<bool, 256> kInName = bytes_of_names();

bool is_plausible_target(std::string_view method, std::string_view target) {
  if (target.empty() || std::any_of(target.begin(), target.end(), [](char c) { return is_control_or_space(c); }))
    return false;
  if (target.front() == '/') return true;
  if (target == "*") return method == "OPTIONS";
  if (method == "CONNECT") return target.find('/') == std::string_view::npos;
  const std::size_t colon = target.find("://");
  return colon != std::string_view::npos && (equal_ignoring_case(target.substr(0, colon), "http") ||
                                             equal_ignoring_case(target.substr(0, colon), "https"));
}

/// The length of an address in brackets at the front; 0 when there is none.
std::size_t length_of_literal(std::string_view host) {
  const auto close = host.find(']');
  if (close == std::string_view::npos) return 0;
  const std::string_view address = host.substr(1, close - 1);
  const bool fits =
      std::all_of(address.begin(), address.end(), [](char c) { return hex_digit(c) >= 0 || c == ':' || c == '.'; });
  return fits && std::count(address.begin(), address.end(), ':') >= 2 ? close + 1 : 0;
}

/// `name`, `name:port` or `[v6]:port` (RFC 3986, section 3.2), of no user. Empty: the client knows none.
bool is_authority(std::string_view text) {
  if (text.empty()) return true;
  std::size_t at = text.front() == '[' ? length_of_literal(text) : 0;
  if (text.front() != '[') {
    for (; at < text.size() && text[at] != ':'; ++at) {
      if (kInName[static_cast<unsigned char>(text[at])]) continue;
      const bool escape = text[at] == '%' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0;
      if (!escape || hex_digit(text[at + 2]) < 0) return false;
      at += 2;
    }
  }
  if (at == 0) return false;
  if (at == text.size()) return true;
  constexpr std::size_t kMaxPort = 5;
  const std::string_view port = text.substr(at + 1);
  return text[at] == ':' && port.size() <= kMaxPort && std::all_of(port.begin(), port.end(), is_digit);
}

/// Of a target in absolute form what stands between the scheme and the path; nothing for other forms.
std::optional<std::string_view> authority_of(std::string_view target) {
  if (target.empty() || target.front() == '/' || target == "*") return std::nullopt;
  const auto scheme = target.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  target.remove_prefix(scheme + 3);
  return target.substr(0, target.find_first_of("/?#"));
}

/// A client that greets in another protocol is told so: its own message would only say that it was not understood.
bool begins_as_tls(std::string_view line) {
  constexpr char kHandshake = 0x16;
  constexpr char kMajorVersion = 3;
  return line[0] == kHandshake && (line.size() == 1 || line[1] == kMajorVersion);
}

}  // namespace

std::size_t body_limit(const FramingLimits& limits, const Request& request) {
  if (!limits.trusted_prefix.empty() && request.target.starts_with(limits.trusted_prefix)) return limits.trusted_body;
  const std::string_view type = request.headers.value_or("Content-Type", "");
  return equal_ignoring_case(media_type(type), "multipart/form-data") ? limits.multipart_body : limits.body;
}

Refusal out_of_memory() {
  return {.status = 503, .message = "Out of memory for this request.", .reason = "edge: out of memory", .request = {}};
}

std::size_t RequestFraming::advance(std::string_view input) {
  std::size_t taken = 0;
  while (state_ == State::kHead && taken < input.size()) {
    const std::string_view rest = input.substr(taken);
    if (!has_request_line_ && begins_as_tls(rest)) {
      started_ = true;
      refusal_.other_protocol = true;
      refuse(400, "This looks like TLS: this port speaks plain HTTP.",
             "edge: looks like TLS: this port speaks plain HTTP");
      return taken;
    }
    const std::size_t end = rest.find('\n', std::min(scanned_, rest.size()));
    if (end == std::string_view::npos) {
      scanned_ = rest.size();
      head_line_pending(rest);
      return taken;
    }
    scanned_ = 0;
    if (!take_line(rest.substr(0, end + 1))) return taken;
    taken += end + 1;
  }
  if (state_ == State::kBody) taken += advance_body(input.substr(taken));
  return taken;
}

void RequestFraming::head_line_pending(std::string_view part) {
  // Another protocol (a TLS greeting, say) is told so at once: no line end of it may ever arrive.
  if (!has_request_line_ && part.front() != '\r') {
    started_ = true;
    if (!is_token_byte(part.front())) {
      return refuse(400, "Malformed request line.", "edge: the request line begins with a byte that no method has");
    }
    if (part.size() > limits_.request_line + 1) {
      return refuse(414, "Request line too long.", "edge: request line over the limit");
    }
  }
  if (head_bytes_ + part.size() > limits_.head) {
    refuse(431, "Request header fields too large.", "edge: head over the limit");
  }
}

bool RequestFraming::take_line(std::string_view line) {
  head_bytes_ += line.size();
  if (line.size() < 2 || line[line.size() - 2] != '\r') {
    refuse(400, "Malformed request: a line does not end in CRLF.", "edge: bare LF in the head");
    return false;
  }
  line.remove_suffix(2);
  if (!has_request_line_ && line.size() > limits_.request_line) {
    refuse(414, "Request line too long.", "edge: request line over the limit");
  } else if (head_bytes_ > limits_.head) {
    refuse(431, "Request header fields too large.", "edge: head over the limit");
  } else if (!has_request_line_) {
    // Some clients end a body with a line end too many (RFC 9112, section 2.2).
    if (line.empty()) return true;
    started_ = true;
    parse_request_line(line);
  } else if (line.empty()) {
    finish_head();
  } else {
    parse_header(line);
  }
  return state_ != State::kRefused;
}

void RequestFraming::parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  const std::string_view method = line.substr(0, first);
  if (second == std::string_view::npos || !is_token(method)) {
    return refuse(400, "Malformed request line.", "edge: not `method target version`");
  }
  const std::string_view target = line.substr(first + 1, second - first - 1);
  framed_.request.method = method;
  if (line == "PRI * HTTP/2.0") {
    refusal_.other_protocol = true;
    return refuse(505, "This looks like HTTP/2: this port speaks HTTP/1.1.",
                  "edge: looks like HTTP/2: this port speaks HTTP/1.1");
  }
  parse_version(line.substr(second + 1));
  if (state_ == State::kRefused) return;
  if (!is_plausible_target(method, target)) {
    return refuse(400, "Malformed request target.", "edge: malformed request target");
  }
  framed_.request.target = target;
  has_request_line_ = true;
}

void RequestFraming::parse_version(std::string_view version) {
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || !is_digit(version[5]) || version[6] != '.' ||
      !is_digit(version[7])) {
    refuse(400, "Malformed HTTP version.", "edge: malformed HTTP version");
  } else if (version[5] != '1') {
    refuse(505, "HTTP version not supported.", "edge: only HTTP/1.0 and HTTP/1.1 are served");
  } else {
    framed_.http_1_0 = version[7] == '0';
  }
}

void RequestFraming::parse_header(std::string_view line) {
  if (framed_.request.headers.size() >= limits_.header_count) {
    return refuse(431, "Too many request header fields.", "edge: header fields over the limit");
  }
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse(400, "Malformed header field: line folding is obsolete.", "edge: line folding");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse(400, "Malformed header field name.", "edge: malformed header field name");
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) {
    return refuse(400, "Malformed header field value.", "edge: control byte in a header field");
  }
  framed_.request.headers.add(std::string(line.substr(0, colon)), std::string(value));
}

void RequestFraming::finish_head() {
  read_connection_options();
  check_host();
  read_transfer_coding();
  const std::optional<std::uint64_t> length = read_content_length();
  if (is_chunked_ && length) {
    refuse(400, "Content-Length and Transfer-Encoding exclude each other.",
           "edge: both Content-Length and Transfer-Encoding");
  }
  read_expectation();
  if (state_ == State::kRefused) return;
  body_limit_ = body_limit(limits_, framed_.request);
  if (length.value_or(0) > body_limit_) return refuse_body_size();
  // Without either field the body is empty (RFC 9112, section 6.3): plain `curl -X POST` sends that.
  body_left_ = length.value_or(0);
  if (is_chunked_) {
    chunked_.start(body_limit_);
    state_ = State::kBody;
  } else if (body_left_ > 0) {
    framed_.request.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, kMaxBodyReserve)));
    state_ = State::kBody;
  } else {
    state_ = State::kComplete;
  }
}

void RequestFraming::check_host() {
  std::size_t count = 0;
  for (const Header& header : framed_.request.headers) {
    if (!equal_ignoring_case(header.name, "Host")) continue;
    ++count;
    if (!is_authority(header.value)) refuse(400, "Malformed Host header field.", "edge: malformed Host");
  }
  if (count > 1) refuse(400, "More than one Host header field.", "edge: duplicate Host");
  if (count == 0 && !framed_.http_1_0) refuse(400, "Missing Host header field.", "edge: HTTP/1.1 without Host");
  if (const auto authority = authority_of(framed_.request.target)) take_authority(*authority);
}

void RequestFraming::take_authority(std::string_view authority) {
  if (authority.empty() || !is_authority(authority)) {
    return refuse(400, "Malformed request target.", "edge: the authority of the target is malformed");
  }
  // It counts, whatever the field says (RFC 9112, section 3.2.2): two readers of one request must see one host.
  for (Header& header : framed_.request.headers) {
    if (equal_ignoring_case(header.name, "Host")) return header.value.assign(authority), void();
  }
  framed_.request.headers.add("Host", std::string(authority));
}

void RequestFraming::read_transfer_coding() {
  std::size_t codings = 0;
  is_chunked_ = false;
  for (const Header& header : framed_.request.headers) {
    if (!equal_ignoring_case(header.name, "Transfer-Encoding")) continue;
    is_chunked_ = true;
    std::string_view list = header.value;
    while (!list.empty()) {
      const std::string_view coding = next_element(list);
      if (coding.empty()) continue;
      ++codings;
      if (!equal_ignoring_case(coding, "chunked")) {
        return refuse(501, "Transfer coding not supported.", "edge: only the chunked transfer coding is read");
      }
    }
  }
  if (is_chunked_ && (codings != 1 || framed_.http_1_0)) {
    refuse(400, "Malformed Transfer-Encoding header field.", "edge: malformed Transfer-Encoding");
  }
}

std::optional<std::uint64_t> RequestFraming::read_content_length() {
  std::optional<std::uint64_t> length;
  for (const Header& header : framed_.request.headers) {
    if (!equal_ignoring_case(header.name, "Content-Length")) continue;
    const std::string& digits = header.value;
    const bool good = !length && !digits.empty() && digits.size() <= kMaxLengthDigits &&
                      std::all_of(digits.begin(), digits.end(), is_digit);
    if (!good) refuse(400, "Malformed Content-Length header field.", "edge: malformed or duplicate Content-Length");
    length = good ? std::stoull(digits) : 0;
  }
  return length;
}

void RequestFraming::read_expectation() {
  expects_continue_ = false;
  for (const Header& header : framed_.request.headers) {
    if (framed_.http_1_0 || !equal_ignoring_case(header.name, "Expect")) continue;
    expects_continue_ = true;
    if (!equal_ignoring_case(header.value, "100-continue")) {
      refuse(417, "Expectation failed.", "edge: the only expectation served is 100-continue");
    }
  }
}

void RequestFraming::read_connection_options() {
  framed_.keep_alive = !framed_.http_1_0;
  bool close = false;
  for (const Header& header : framed_.request.headers) {
    if (!equal_ignoring_case(header.name, "Connection")) continue;
    close = close || list_contains(header.value, "close");
    if (list_contains(header.value, "keep-alive")) framed_.keep_alive = true;
  }
  if (close) framed_.keep_alive = false;
}

std::size_t RequestFraming::advance_body(std::string_view input) {
  std::string& body = framed_.request.body;
  if (!input.empty()) expects_continue_ = false;
  if (!is_chunked_) {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, input.size()));
    body.append(input.substr(0, size));
    body_left_ -= size;
    if (body_left_ == 0) state_ = State::kComplete;
    return size;
  }
  const std::size_t taken = chunked_.advance(input, body);
  switch (chunked_.state()) {
    case ChunkedDecoder::State::kMore: break;
    case ChunkedDecoder::State::kDone: state_ = State::kComplete; break;
    case ChunkedDecoder::State::kBodyTooLarge: refuse_body_size(); break;
    case ChunkedDecoder::State::kMalformed: refuse(400, "Malformed chunked body.", "edge: malformed chunk"); break;
    case ChunkedDecoder::State::kTrailersTooLarge:
      refuse(431, "Trailer fields too large.", "edge: trailers over the limit");
      break;
  }
  return taken;
}

bool RequestFraming::take_expectation() { return std::exchange(expects_continue_, false) && state_ == State::kBody; }

void RequestFraming::refuse_body_size() {
  refuse(413, "Request body too large: the limit is " + std::to_string(body_limit_) + " bytes.",
         "edge: body over the limit");
}

void RequestFraming::refuse(int status, std::string message, std::string reason) {
  if (state_ == State::kRefused) return;
  state_ = State::kRefused;
  refusal_.status = status;
  refusal_.message = std::move(message);
  refusal_.reason = std::move(reason);
}

void RequestFraming::refuse_for_memory() {
  std::string().swap(framed_.request.body);
  state_ = State::kRefused;
  refusal_ = out_of_memory();
}

FramedRequest RequestFraming::take_request() {
  QM_CHECK(state_ == State::kComplete, "no complete request to take");
  FramedRequest taken = std::move(framed_);
  framed_ = FramedRequest();
  state_ = State::kHead;
  started_ = false;
  has_request_line_ = false;
  expects_continue_ = false;
  head_bytes_ = 0;
  scanned_ = 0;
  return taken;
}

Refusal RequestFraming::take_refusal() {
  QM_CHECK(state_ == State::kRefused, "no refusal to take");
  refusal_.request = std::move(framed_.request);
  framed_ = FramedRequest();
  return std::move(refusal_);
}

}  // namespace qamera::http
