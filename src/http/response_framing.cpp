#include "http/response_framing.h"

#include <algorithm>
#include <charconv>

#include "http/field_syntax.h"
#include "http/reply_head.h"

namespace qamera::http {
namespace {

/// Where the head ends: behind its empty line. npos while that is not there.
std::size_t end_of_head(std::string_view text, std::size_t from) {
  for (auto at = text.find('\n', from); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] == '\n') return at + 1;
    if (text[at - 1] == '\r' && (at == 1 || text[at - 2] == '\n')) return at + 1;
  }
  return std::string_view::npos;
}

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The beginning of what came, fit to be shown.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string out(text.substr(0, kShown));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return "\"" + out + (text.size() > kShown ? "...\"" : "\"");
}

}  // namespace

ResponseFraming::ResponseFraming(bool to_head, ResponseLimits limits)
    : to_head_(to_head), limits_(limits), chunked_(chunk_limits_) {
  response_.relayed = true;
}

std::size_t ResponseFraming::advance(std::string_view input) {
  started_ = started_ || !input.empty();
  std::size_t taken = 0;
  while (!ended() && taken < input.size()) {
    const std::string_view rest = input.substr(taken);
    taken += state_ == State::kHead ? advance_head(rest) : advance_body(rest);
  }
  return taken;
}

std::size_t ResponseFraming::advance_head(std::string_view input) {
  const std::size_t before = pending_.size();
  const std::size_t taken = std::min(input.size(), limits_.head + 1 - interim_ - before);
  pending_.append(input.substr(0, taken));
  constexpr std::string_view kStart = "HTTP/1.";
  const std::string_view seen(pending_);
  if (seen.substr(0, kStart.size()) != kStart.substr(0, seen.size())) {
    break_off("the reply does not begin like HTTP/1: " + excerpt(seen));
    return taken;
  }
  const std::size_t end = end_of_head(pending_, before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    if (interim_ + pending_.size() > limits_.head) break_off("the head of the reply is too large");
    return taken;
  }
  pending_.resize(end);
  interim_ += end;
  read_head();
  return end - before;
}

void ResponseFraming::read_head() {
  std::string_view text(pending_);
  if (!read_status_line(next_line(text))) return break_off("the reply has no valid status line");
  for (std::string_view line = next_line(text); !line.empty(); line = next_line(text)) {
    if (!read_field(line)) return break_off("a header field of the reply is malformed: " + excerpt(line));
  }
  pending_.clear();
  if (response_.status == 101) return break_off("the reply switches to another protocol");
  if (response_.status >= 200) return begin_body();
  response_ = Response{};
  response_.relayed = true;
  transfer_coding_.clear();
  connection_.clear();
}

bool ResponseFraming::read_status_line(std::string_view line) {
  constexpr std::size_t kPhrase = std::string_view("HTTP/1.1 200 ").size();
  const bool framed = line.size() + 1 >= kPhrase && (line[7] == '0' || line[7] == '1') && line[8] == ' ' &&
                      (line.size() < kPhrase || line[kPhrase - 1] == ' ');
  if (!framed || !is_field_value(line)) return false;
  const auto digits = line.substr(9, 3);
  int status = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  if (parsed.ptr != digits.data() + digits.size() || status < 100) return false;
  keep_alive_ = line[7] == '1';
  response_.status = status;
  const std::string_view phrase = line.size() > kPhrase ? line.substr(kPhrase) : std::string_view();
  response_.phrase = phrase == reason_phrase(status) ? std::string_view() : phrase;
  return true;
}

bool ResponseFraming::read_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) return false;
  const auto append_to = [&](std::string& list) { list.append(list.empty() ? "" : ",").append(value); };
  if (equal_ignoring_case(name, "Transfer-Encoding")) {
    append_to(transfer_coding_);
  } else if (equal_ignoring_case(name, "Connection")) {
    append_to(connection_);
  } else if (!equal_ignoring_case(name, "Keep-Alive") && !equal_ignoring_case(name, "Proxy-Connection")) {
    response_.headers.add(std::string(name), std::string(value));
  }
  return true;
}

std::optional<std::uint64_t> ResponseFraming::read_length() {
  std::optional<std::uint64_t> length;
  for (const Header& field : response_.headers) {
    if (!equal_ignoring_case(field.name, "Content-Length")) continue;
    std::uint64_t value = 0;
    const char* end = field.value.data() + field.value.size();
    const auto parsed = std::from_chars(field.value.data(), end, value);
    if (field.value.empty() || parsed.ec != std::errc() || parsed.ptr != end || (length && *length != value)) {
      break_off("the reply's Content-Length is malformed: " + excerpt(field.value));
      return std::nullopt;
    }
    length = value;
  }
  return length;
}

void ResponseFraming::begin_body() {
  for (std::string_view options = connection_; !options.empty();) {
    if (const std::string_view name = next_element(options); is_token(name)) response_.headers.remove(name);
  }
  if (list_contains(connection_, "close")) keep_alive_ = false;
  if (list_contains(connection_, "keep-alive")) keep_alive_ = true;
  state_ = State::kComplete;
  const auto length = read_length();
  // What two readers could take differently goes no further (RFC 9110, section 8.6).
  response_.headers.remove_repeated("Content-Length");
  if (response_.status == 204) response_.headers.remove("Content-Length");
  if (state_ == State::kBroken || to_head_ || is_bodiless(response_.status)) return;
  if (!transfer_coding_.empty()) {
    if (!equal_ignoring_case(transfer_coding_, "chunked")) {
      return break_off("the reply's Transfer-Encoding is not understood: " + excerpt(transfer_coding_));
    }
    if (length) return break_off("the reply has both Content-Length and Transfer-Encoding");
    extent_ = Extent::kChunked;
    chunked_.start(limits_.body);
  } else if (length) {
    if (*length > limits_.body) return break_off("the body of the reply is too large");
    if (*length == 0) return;
    extent_ = Extent::kLength;
    left_ = *length;
  } else {
    extent_ = Extent::kUntilClose;
    keep_alive_ = false;
  }
  state_ = State::kBody;
}

std::size_t ResponseFraming::advance_body(std::string_view input) {
  if (extent_ == Extent::kChunked) return advance_chunked(input);
  std::size_t taken = input.size();
  if (extent_ == Extent::kLength) taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, taken));
  if (response_.body.size() + taken > limits_.body) {
    break_off("the body of the reply is too large");
    return taken;
  }
  response_.body.append(input.substr(0, taken));
  left_ -= extent_ == Extent::kLength ? taken : 0;
  if (extent_ == Extent::kLength && left_ == 0) state_ = State::kComplete;
  return taken;
}

std::size_t ResponseFraming::advance_chunked(std::string_view input) {
  // The decoder takes whole lines only: what it left is offered again in front of what follows.
  const std::size_t kept = pending_.size();
  if (kept > 0) pending_.append(input);
  const std::string_view offered = kept > 0 ? std::string_view(pending_) : input;
  const std::size_t taken = chunked_.advance(offered, response_.body);
  switch (chunked_.state()) {
    case ChunkedDecoder::State::kDone: state_ = State::kComplete; return taken - std::min(taken, kept);
    case ChunkedDecoder::State::kMore: pending_ = std::string(offered.substr(taken)); return input.size();
    case ChunkedDecoder::State::kMalformed: break_off("the chunked coding of the reply is broken"); break;
    case ChunkedDecoder::State::kBodyTooLarge: break_off("the body of the reply is too large"); break;
    case ChunkedDecoder::State::kTrailersTooLarge: break_off("the trailers of the reply are too large"); break;
  }
  return input.size();
}

void ResponseFraming::finish() {
  if (ended()) return;
  if (state_ == State::kBody && extent_ == Extent::kUntilClose) {
    state_ = State::kComplete;
  } else if (state_ == State::kBody) {
    break_off("the connection ended within the body of the reply");
  } else {
    break_off(started_ ? "the connection ended within the head of the reply" : "the connection ended without a reply");
  }
}

Response ResponseFraming::take_response() { return std::move(response_); }

void ResponseFraming::break_off(std::string problem) {
  state_ = State::kBroken;
  problem_ = std::move(problem);
}

}  // namespace qamera::http
