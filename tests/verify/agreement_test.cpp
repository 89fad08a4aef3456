// What the proxy finds in an exchange, `check` finds in its recording, NDJSON or HAR: one judge, whoever asks.

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "control/served.h"
#include "journal/export.h"
#include "recordings/recording.h"
#include "verify/judge.h"

namespace qamera::verify {
namespace {

constexpr std::size_t kExchanges = 10'000;

std::string compressed(const std::string& text, int window_bits) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string gzipped(const std::string& text) { return compressed(text, 15 + 16); }

/// Draws by an own seed, so that a failure can be had again.
class Draw {
 public:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  template <typename Range>
  auto one_of(const Range& range) {
    return range[below(std::size(range))];
  }

  /// A body in a coding, or not in the one that the header says.
  void encode(Headers& headers, std::string& body) {
    switch (below(12)) {
      case 0: headers.add("Content-Encoding", "gzip"), body = gzipped(body); break;
      case 1: headers.add("Content-Encoding", "deflate"), body = compressed(body, 15); break;
      case 2: headers.add("Content-Encoding", "DEFLATE"), body = compressed(body, -15); break;
      case 3: headers.add("Content-Encoding", "gzip, gzip"), body = gzipped(gzipped(body)); break;
      case 4: headers.add("Content-Encoding", "gzip"), body = gzipped(gzipped(body)); break;
      case 5: headers.add("Content-Encoding", "gzip"), body = gzipped(body).substr(0, 12); break;
      case 6: headers.add("Content-Encoding", "gzip"); break;
      // {"models":[],"count":0}, and nothing.
      case 7: headers.add("Content-Encoding", "br"), body = kBrotli; break;
      case 8: headers.add("Content-Encoding", "br"); break;
      case 9: headers.add("Content-Encoding", "zstd"), body = "\x28\xb5\x2f\xfd" + body; break;
      default: break;
    }
  }

 private:
  static inline const std::string kBrotli{
      "\x0b\x0b\x80\x7b\x22\x6d\x6f\x64\x65\x6c\x73\x22\x3a\x5b\x5d\x2c\x22"
      "\x63\x6f\x75\x6e\x74\x22\x3a\x30\x7d\x03",
      27};
  std::mt19937 random_{20'261'125};
};

Request drawn_request(Draw& draw) {
  static const std::vector<std::string> kTargets = {"/api/external/models",
                                                    "/api/external/models?statusFilter=approved",
                                                    "/api/external/models?colour=red&page=2",
                                                    "/api/external/models/register-ideas",
                                                    "/api/external/presets",
                                                    "/api/external/packshots/update-packshot",
                                                    "/api/external/nothing",
                                                    "/elsewhere",
                                                    "/base/api/external/models",
                                                    "/api/external/models#x",
                                                    "http://h/api/external/models"};
  static const std::vector<std::string> kBodies = {
      "",
      "{}",
      R"({"preferences":"x"})",
      R"({"preferences":"x","count":99,"odd":1})",
      R"({"recordId":"r","Voting":"MAYBE"})",
      "{nonsense",
      "\xff\xfe",
      "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--b--\r\n",
      "--b--",
      "[]"};
  static const std::vector<std::string> kMethods = {"GET", "POST", "HEAD", "PUT", "OPTIONS"};
  static const std::vector<std::string> kTypes = {"application/json", "text/plain", "multipart/form-data; boundary=b",
                                                  "multipart/form-data"};
  Request request;
  request.method = draw.one_of(kMethods);
  request.target = draw.one_of(kTargets);
  if (draw.below(3) == 0) request.headers.add("Content-Type", draw.one_of(kTypes));
  request.headers.add("X-Note", draw.below(2) == 0 ? "plain" : "latin \xe9");
  request.body = draw.one_of(kBodies);
  if (draw.below(2) == 0) draw.encode(request.headers, request.body);
  return request;
}

Response drawn_response(Draw& draw) {
  static const std::vector<std::string> kBodies = {R"({"models":[],"count":0})",
                                                   R"({"models":[],"count":1})",
                                                   R"({"models":[{}],"count":"1","odd":1})",
                                                   R"({"error":"x"})",
                                                   "oops",
                                                   "",
                                                   "\xff\xfe",
                                                   R"({"createdRecordIds":["a"],"batchId":"b"})"};
  static const std::vector<int> kStatuses = {200, 200, 201, 204, 304, 400, 401, 418, 500};
  Response response;
  response.relayed = true;
  response.status = draw.one_of(kStatuses);
  if (draw.below(5) > 0) response.headers.add("Content-Type", draw.below(4) > 0 ? "application/json" : "text/html");
  response.headers.add("Server", "x");
  response.body = draw.one_of(kBodies);
  if (draw.below(2) == 0) draw.encode(response.headers, response.body);
  return response;
}

class ScriptedUpstream final : public Upstream {
 public:
  void send(Request request, Done done) override {
    sent = std::move(request);
    done(replied(reply));
  }
  Response reply;
  Request sent;
};

/// The pointers of what is found in a recording of one exchange.
std::vector<std::string> found_by_check(const Judge& judge, const std::string& recording) {
  std::vector<std::string> found;
  std::istringstream in(recording);
  const auto count = recordings::read_recording(
      in, "recording",
      [&](const recordings::RecordedExchange& exchange) -> Result<void> {
        for (const auto& one : judge.request(exchange.request, exchange.request_known)) {
          found.push_back("request " + one.pointer);
        }
        for (const auto& one : judge.response(exchange.request, exchange.response, exchange.response_known)) {
          found.push_back("response " + one.pointer);
        }
        return {};
      },
      [](const std::string&) {});
  REQUIRE(count.ok());
  REQUIRE(*count == 1);
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> found_by_proxy(const journal::Entry& entry) {
  std::vector<std::string> found;
  // A request that reaches no operation is unmatched, which is no finding.
  if (entry.operation.empty() && contract::is_api_path(journal::path_of(entry))) found.push_back("request /path");
  for (const Finding& finding : entry.findings) {
    if (finding.kind == finding_kind::kRateLimitExceeded) continue;
    found.push_back((finding.kind == finding_kind::kResponseBreach ? "response " : "request ") + finding.pointer);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string har_of(const journal::EntryPtr& entry) {
  const auto stream = journal::har_export({entry}, {.base_url = "http://127.0.0.1:4010", .version = "0"});
  std::string har;
  constexpr std::size_t kPiece = 4'096;
  while (stream->read(har, kPiece) == ReplyStream::State::kMore) {}
  return har;
}

}  // namespace

TEST_CASE("agreement: proxy and check find the same in each of 10,000 drawn exchanges") {
  const contract::Contract contract;
  const Judge judge(contract);
  ScriptedUpstream upstream;
  control::Served::Overrides overrides;
  overrides.options.proxy.upstream = &upstream;
  overrides.options.proxy.upstream_url = "http://upstream";
  overrides.options.proxy.judge_reply = [&](const Request& request, const Response& response, http::BodyState state) {
    return as_findings(judge.response(request, response, {.body = state}));
  };
  control::Served served(std::move(overrides));
  Draw draw;
  std::size_t with_findings = 0;
  for (std::size_t i = 1; i <= kExchanges; ++i) {
    const Request request = drawn_request(draw);
    upstream.reply = drawn_response(draw);
    if (request.method == "HEAD") upstream.reply.body.clear();
    CAPTURE(i);
    CAPTURE(request.method + " " + request.target);
    CAPTURE(request.headers.value_or("Content-Encoding", "-"));
    CAPTURE(upstream.reply.headers.value_or("Content-Encoding", "-"));
    Reply reply = served.ask(request.method, request.target, request.body, request.headers);
    if (reply.pending) REQUIRE(reply.pending->poll(true).has_value());
    CHECK(upstream.sent.body == request.body);
    const auto entries = served.journal.select({.limit = 1});
    REQUIRE(entries.size() == 1);
    REQUIRE(entries[0]->sequence == i);
    const auto expected = found_by_proxy(*entries[0]);
    with_findings += expected.empty() ? 0 : 1;
    std::string line;
    journal::append_json(line, *entries[0]);
    REQUIRE(found_by_check(judge, line + "\n") == expected);
    REQUIRE(found_by_check(judge, har_of(entries[0])) == expected);
  }
  CHECK(with_findings > kExchanges / 10);
  CHECK(with_findings < kExchanges);
}

}  // namespace qamera::verify
