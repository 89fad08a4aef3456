// Bytes from a client through the edge's framing: one connection's worth, several requests perhaps.
//
// Held: how the bytes are split changes nothing of what is accepted; no limit is exceeded; a request written again in
// its plainest form is the same request.

#include <vector>

#include "base/check.h"
#include "fuzz/target.h"
#include "http/multipart.h"
#include "http/request_framing.h"

namespace qamera::fuzz {
namespace {

using http::FramedRequest;
using http::FramingLimits;
using http::RequestFraming;
using State = RequestFraming::State;

// Small, so that inputs of a few hundred bytes reach them.
const FramingLimits kLimits{.request_line = 96,
                            .head = 400,
                            .header_count = 8,
                            .body = 128,
                            .multipart_body = 256,
                            .trusted_prefix = "/__admin/",
                            .trusted_body = 512,
                            .chunk_line = 24,
                            .trailers = 48};

struct Reading {
  std::vector<FramedRequest> requests;
  int refused = 0;           ///< status, 0 for none
  bool awaits_more = false;  ///< bytes of a further request came
};

enum class Split { kWhole, kBytes, kPieces };

/// As a connection reads: what is not taken is offered again with what follows.
Reading read(std::string_view input, Split split) {
  RequestFraming framing(kLimits);
  Reading reading;
  std::string held;
  for (std::size_t at = 0; at < input.size();) {
    const std::size_t size = split == Split::kWhole   ? input.size()
                             : split == Split::kBytes ? 1
                                                      : next_piece(input.size(), at);
    held += input.substr(at, size);
    at += size;
    for (bool progress = true; progress && !held.empty();) {
      const std::size_t taken = framing.advance(held);
      QM_CHECK(taken <= held.size(), "framing takes what it was given");
      held.erase(0, taken);
      framing.take_expectation();
      progress = framing.state() == State::kComplete;
      if (progress) reading.requests.push_back(framing.take_request());
    }
    if (framing.state() != State::kRefused) continue;
    const Refusal refusal = framing.take_refusal();
    QM_CHECK(refusal.status >= 400 && !refusal.message.empty() && !refusal.reason.empty(), "a refusal says why");
    reading.refused = refusal.status;
    return reading;
  }
  reading.awaits_more = framing.started();
  return reading;
}

bool same(const FramedRequest& a, const FramedRequest& b) {
  if (a.request.method != b.request.method || a.request.target != b.request.target ||
      a.request.body != b.request.body || a.keep_alive != b.keep_alive || a.http_1_0 != b.http_1_0 ||
      a.request.headers.size() != b.request.headers.size()) {
    return false;
  }
  auto other = b.request.headers.begin();
  for (const Header& header : a.request.headers) {
    if (header.name != other->name || header.value != other->value) return false;
    ++other;
  }
  return true;
}

void check_limits(const FramedRequest& framed) {
  const Request& request = framed.request;
  QM_CHECK(request.method.size() + request.target.size() + 10 <= kLimits.request_line, "the request line's limit");
  QM_CHECK(request.headers.size() <= kLimits.header_count, "the limit of header fields");
  std::size_t head = 0;
  for (const Header& header : request.headers) {
    head += header.name.size() + header.value.size();
    QM_CHECK(!header.name.empty() && header.value.find_first_of("\r\n\0") == std::string::npos, "a header is one line");
  }
  QM_CHECK(head <= kLimits.head, "the head's limit");
  QM_CHECK(request.body.size() <= kLimits.trusted_body, "the greatest limit of a body");
  const bool trusted = request.target.starts_with(kLimits.trusted_prefix);
  const bool multipart = request.headers.value_or("Content-Type", "").find('/') != std::string_view::npos;
  if (!trusted && !multipart) QM_CHECK(request.body.size() <= kLimits.body, "the limit of a plain body");
}

std::string written(const FramedRequest& framed) {
  const Request& request = framed.request;
  std::string out = request.method + " " + request.target + (framed.http_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  bool chunked = false;
  for (const Header& header : request.headers) {
    out += header.name + ":" + header.value + "\r\n";
    chunked = chunked || equal_ignoring_case(header.name, "Transfer-Encoding");
  }
  out += "\r\n";
  if (!chunked) return out + request.body;
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : request.body) out += std::string("1;x\r\n") + c + "\r\n";
  return out + kDigits[0] + "\r\n\r\n";
}

void check_written_again(const FramedRequest& framed) {
  const std::string text = written(framed);
  const Reading again = read(text, Split::kPieces);
  QM_CHECK(again.refused == 0 && again.requests.size() == 1 && !again.awaits_more, "a request written again is one");
  QM_CHECK(same(framed, again.requests.front()), "a request written again is the same");
}

void check_parts(Request request) {
  parse_target(request);
  QM_CHECK(request.path.size() + request.query.size() <= request.target.size() + 1, "decoding adds nothing");
  std::size_t content = 0;
  for (const Part& part : http::parse_multipart(request)) content += part.content.size();
  QM_CHECK(content <= request.body.size(), "parts are of the body");
}

}  // namespace

void run(std::string_view input) {
  const Reading whole = read(input, Split::kWhole);
  for (const Split split : {Split::kBytes, Split::kPieces}) {
    const Reading other = read(input, split);
    QM_CHECK(other.requests.size() == whole.requests.size(), "as many requests, however they are split");
    for (std::size_t i = 0; i < other.requests.size(); ++i) {
      QM_CHECK(same(other.requests[i], whole.requests[i]), "the same requests, however they are split");
    }
    QM_CHECK((other.refused != 0) == (whole.refused != 0), "refused or not, however it is split");
    QM_CHECK(other.awaits_more == whole.awaits_more, "awaited or not, however it is split");
  }
  for (const FramedRequest& framed : whole.requests) {
    check_limits(framed);
    check_written_again(framed);
    check_parts(framed.request);
  }
}

}  // namespace qamera::fuzz
