// Bytes from an upstream through the framing of its replies.
//
// Held: how the bytes are split changes nothing; limits; a reply relayed to a client reads as the same reply.

#include "base/check.h"
#include "fuzz/target.h"
#include "http/field_syntax.h"
#include "http/reply_head.h"
#include "http/response_framing.h"

namespace qamera::fuzz {
namespace {

using http::ResponseFraming;
using State = ResponseFraming::State;

// Small, so that inputs of a few hundred bytes reach them.
constexpr http::ResponseLimits kLimits{.head = 300, .body = 128};

enum class Split { kWhole, kBytes, kPieces };

struct Reading {
  State state = State::kHead;
  std::string problem;
  bool keep_alive = false;
  Response response;
};

Reading read(std::string_view input, Split split) {
  ResponseFraming framing(false, kLimits);
  for (std::size_t at = 0; at < input.size() && !framing.ended();) {
    const std::size_t size = split == Split::kWhole   ? input.size()
                             : split == Split::kBytes ? 1
                                                      : next_piece(input.size(), at);
    const std::size_t taken = framing.advance(input.substr(at, size));
    QM_CHECK(taken <= size, "framing takes what it was given");
    QM_CHECK(framing.ended() || taken == size, "framing leaves nothing as long as it wants more");
    at += size;
  }
  framing.finish();
  QM_CHECK(framing.ended(), "an end ends it");
  Reading reading{framing.state(), framing.problem(), framing.keep_alive(), {}};
  QM_CHECK((reading.state == State::kBroken) == !reading.problem.empty(), "a broken reply says why");
  if (reading.state == State::kComplete) reading.response = framing.take_response();
  return reading;
}

bool same(const Response& a, const Response& b) {
  if (a.status != b.status || a.phrase != b.phrase || a.body != b.body || a.headers.size() != b.headers.size()) {
    return false;
  }
  auto other = b.headers.begin();
  for (const Header& header : a.headers) {
    if (header.name != other->name || header.value != other->value) return false;
    ++other;
  }
  return true;
}

void check_reply(const Response& response) {
  QM_CHECK(response.status >= 200 && response.relayed, "an interim reply is none");
  QM_CHECK(response.body.size() <= kLimits.body, "a body within its limit");
  for (const Header& header : response.headers) {
    QM_CHECK(http::is_token(header.name) && http::is_field_value(header.value), "fields that can be sent on");
  }
}

/// What a client reads of the relayed reply.
void check_relayed(const Response& response) {
  std::string bytes;
  http::append_head(bytes, response, http::BodyLength::kKnown, response.body.size(), http::Persistence::kKeepAlive);
  ResponseFraming framing(false);
  bytes += response.body;
  QM_CHECK(framing.advance(bytes) == bytes.size() && framing.state() == State::kComplete, "one whole reply");
  Response expected = response;
  const bool invents_length = !response.headers.find("Content-Length") && !http::is_bodiless(response.status);
  if (invents_length) expected.headers.add("Content-Length", std::to_string(response.body.size()));
  QM_CHECK(same(framing.take_response(), expected), "the same reply");
}

}  // namespace

void run(std::string_view input) {
  const Reading whole = read(input, Split::kWhole);
  for (Split split : {Split::kBytes, Split::kPieces}) {
    const Reading other = read(input, split);
    QM_CHECK(other.state == whole.state, "the same end however the bytes come");
    QM_CHECK(other.keep_alive == whole.keep_alive && same(other.response, whole.response), "the same reply");
  }
  if (whole.state != State::kComplete) return;
  check_reply(whole.response);
  check_relayed(whole.response);
}

}  // namespace qamera::fuzz
