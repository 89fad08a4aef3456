#include "journal/exchange_line.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "journal/entries.h"

namespace qamera::journal {
namespace {

std::string line(const Entry& entry, std::size_t columns = 0) {
  return exchange_line(entry, {"12:00", "happy-path ws1"}, {{}, columns});
}

Entry refused(int status, std::string body, std::string reason) {
  Entry entry = exchange("registerModels", "POST", "/api/external/models/register-ideas", status);
  entry.response_body.text = std::move(body);
  entry.reason = std::move(reason);
  return entry;
}

}  // namespace

TEST_CASE("line: the columns of exchanges stand below each other") {
  Entry made = exchange("registerModels", "POST", "/api/external/models/register-ideas");
  made.response_body.text = R"({"creditsReserved":30})";
  made.reason = "ok";
  CHECK(line(exchange("listModels", "GET", "/api/external/models")) ==
        "12:00 GET  /api/external/models                       200 listModels        happy-path ws1");
  CHECK(line(made) ==
        "12:00 POST /api/external/models/register-ideas        200 registerModels    happy-path ws1  30 credits "
        "reserved");
  CHECK(line(exchange("", "GET", "/x", 404)) ==
        "12:00 GET  /x                                         404 -                 happy-path ws1");
}

TEST_CASE("line: an error's text is told, and the reason where it says more") {
  const auto note = [](const Entry& entry) { return line(entry).substr(line(entry).find("ws1") + 3); };
  CHECK(note(refused(402, R"({"error":"Insufficient credits. Required: 30."})", "credits: required: 30")) ==
        "  Insufficient credits. Required: 30.");
  CHECK(note(refused(404, R"({"error":"Not found."})", "path: no documented endpoint")) ==
        "  Not found. (path: no documented endpoint)");
  CHECK(note(refused(500, "no JSON", "rule: outage")) == "  rule: outage");
  CHECK(note(refused(200, "{}", "ok; rule: drift")) == "  ok; rule: drift");
  CHECK(note(refused(500, R"({"error":{"code":1}})", "")) == "");
  Entry cut = refused(400, R"({"error":"long"})", "");
  cap_body(cut.response_body, 5);
  CHECK(note(cut) == "");
}

TEST_CASE("line: each finding stands below, and many are counted") {
  Entry entry = list_models();
  entry.findings = {{finding_kind::kUnknownField, "/body/cuont", "Field 'cuont' is not documented."},
                    {finding_kind::kRateLimitExceeded, "", "more than 60"}};
  CHECK(
      line(entry).ends_with("ws1\n  finding unknown-field /body/cuont: Field 'cuont' is not documented.\n"
                            "  finding rate-limit-exceeded: more than 60"));
  CHECK(exchange_line(entry, {"12:00", "ws1", false}, {}).ends_with("is not documented."));
  entry.findings.assign(25, {finding_kind::kUnknownField, "/x", "m"});
  CHECK(line(entry).ends_with("/x: m\n  and 5 findings more"));
}

TEST_CASE("line: clients' text is escaped, wherever it stands") {
  Entry entry = exchange("", "G\x1b[2J", "/\r\n\x1b[31m\xff\xc2\x9b", 400);
  entry.reason = "a\nb";
  entry.findings.push_back({finding_kind::kUnknownField, "/\x07", "\x7f"});
  entry.response_body.text = R"({"error":"\u001b]0;x\u0007"})";
  const std::string text = line(entry);
  CHECK(text.find("G\\x1b[2J /\\x0d\\x0a\\x1b[31m\\xff\\xc2\\x9b ") != std::string::npos);
  CHECK(text.find("\\x1b]0;x\\x07 (a\\x0ab)\n") != std::string::npos);
  CHECK(text.ends_with("/\\x07: \\x7f"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
}

TEST_CASE("line: on a terminal a long target is cut in its middle, elsewhere it is left whole") {
  const Entry entry = exchange("listImages", "GET", "/api/external/image-picker?productId=rec_product_001&x=\xc5\x82");
  CHECK(line(entry).find("rec_product_001&x=\xc5\x82 200") != std::string::npos);
  CHECK(line(entry, 300).find("rec_product_001&x=\xc5\x82  ") != std::string::npos);
  CHECK(line(entry, 40).starts_with("12:00 GET  /api/external...uct_001&x=\xc5\x82  200 "));
  const Entry wide = exchange("listImages", "GET", "/" + std::string(60, 'x') + "\xc5\x82\xc5\x82\xc5\x82");
  CHECK(line(wide, 40).find("\xc5\x82\xc5\x82\xc5\x82") != std::string::npos);
}

TEST_CASE("line: colours stand around status, finding and what is of less interest") {
  Entry entry = refused(402, R"({"error":"No."})", "");
  entry.findings.push_back({finding_kind::kUnknownField, "/x", "m"});
  CHECK(exchange_line(entry, {"12:00", "ws1"}, {colors(true), 0}) ==
        "\x1b[2m12:00\x1b[0m POST /api/external/models/register-ideas        \x1b[33m402\x1b[0m registerModels    "
        "\x1b[2mws1\x1b[0m  \x1b[33mNo.\x1b[0m\n  \x1b[33mfinding unknown-field\x1b[0m /x: m");
}

}  // namespace qamera::journal
