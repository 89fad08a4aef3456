#include "http/multipart.h"

#include <doctest/doctest.h>

#include <vector>

using namespace qamera;
using http::field_parameter;
using http::parse_multipart;

namespace {

Request form(std::string body, std::string type = "multipart/form-data; boundary=b-1") {
  Request request;
  request.method = "POST";
  request.target = "/";
  request.headers.add("Content-Type", std::move(type));
  request.body = std::move(body);
  return request;
}

std::string part(const std::string& disposition, const std::string& content, const std::string& more = "") {
  return "--b-1\r\nContent-Disposition: form-data; " + disposition + "\r\n" + more + "\r\n" + content + "\r\n";
}

const std::string kEnd = "--b-1--\r\n";

}  // namespace

TEST_CASE("multipart: parts keep their order, repeated names included") {
  const auto parts = parse_multipart(form(part("name=\"z\"", "1") + part("name=\"a\"", "2") + part("name=\"z\"", "3") +
                                          part("name=\"empty\"", "") + kEnd));
  REQUIRE(parts.size() == 4);
  CHECK(parts[0].name == "z");
  CHECK(parts[0].content == "1");
  CHECK(parts[1].name == "a");
  CHECK(parts[2].name == "z");
  CHECK(parts[2].content == "3");
  CHECK(parts[3].name == "empty");
  CHECK(parts[3].content == "");
  CHECK_FALSE(parts[0].is_file);
}

TEST_CASE("multipart: files have a name, a type and bytes as sent") {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes.push_back(static_cast<char>(i * 7));
  bytes += "\r\n--b-not-the-boundary\r\n\r\n--b-";
  const auto parts = parse_multipart(
      form(part("name=\"f\"; filename=\"a b.png\"", bytes, "Content-Type: image/png\r\n") +
           part("name=\"none\"; filename=\"\"", "", "Content-Type: application/octet-stream\r\n") + kEnd));
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].filename == "a b.png");
  CHECK(parts[0].content_type == "image/png");
  CHECK(parts[0].content == bytes);
  CHECK(parts[0].is_file);
  CHECK(parts[1].filename == "");
  CHECK(parts[1].is_file);
}

TEST_CASE("multipart: what clients really send is understood") {
  struct Row {
    const char* what;
    std::string disposition, name, filename;
  };
  const std::vector<Row> rows = {
      {".NET leaves quotes out", "name=f; filename=x.png; filename*=utf-8''x.png", "f", "x.png"},
      {"filename before name", "filename=\"x.png\"; name=\"f\"", "f", "x.png"},
      {"an extended filename only", "name=\"f\"; filename*=UTF-8''%c3%a9.png", "f", "\xc3\xa9.png"},
      {"an escaped quote", "name=\"f\"; filename=\"a\\\"b.png\"", "f", "a\"b.png"},
      {"a Windows path", "name=\"f\"; filename=\"C:\\dir\\x.png\"", "f", "C:\\dir\\x.png"},
      {"a semicolon in quotes", "name=\"f\"; filename=\"a;name=b.png\"", "f", "a;name=b.png"},
      {"UTF-8 in the name", "name=\"\xc3\xa9\"; filename=\"\xc3\xa9\"", "\xc3\xa9", "\xc3\xa9"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto parts = parse_multipart(form(part(row.disposition, "x") + kEnd));
    REQUIRE(parts.size() == 1);
    CHECK(parts[0].name == row.name);
    CHECK(parts[0].filename == row.filename);
    CHECK(parts[0].is_file);
  }
}

TEST_CASE("multipart: forms of the whole that clients send") {
  const std::string one = part("name=\"a\"", "1");
  CHECK(parse_multipart(form(one + "--b-1--")).size() == 1);
  CHECK(parse_multipart(form("preamble\r\n" + one + kEnd + "epilogue")).size() == 1);
  CHECK(parse_multipart(form("--preamble\r\n" + one + kEnd)).size() == 1);
  CHECK(parse_multipart(form("\r\n" + one + kEnd)).size() == 1);
  CHECK(parse_multipart(form(one + kEnd, "Multipart/Form-Data; charset=utf-8; boundary=\"b-1\"")).size() == 1);
  CHECK(parse_multipart(form(one + kEnd, "multipart/form-data; boundary=b-1; charset=utf-8")).size() == 1);
  CHECK(parse_multipart(form(kEnd)).empty());
}

TEST_CASE("multipart: a delimiter inside a line of the preamble begins no part") {
  const auto parts = parse_multipart(form("preamble--b-1\r\n\r\n" + part("name=\"a\"", "1") + kEnd));
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].name == "a");
  CHECK(parts[0].content == "1");
}

TEST_CASE("multipart: the line end of a part's head may be that of the next delimiter") {
  const std::string empty = "--b-1\r\nContent-Disposition: form-data; name=\"e\"\r\n\r\n";
  const auto parts = parse_multipart(form(empty + part("name=\"a\"", "1") + empty + kEnd));
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].name == "e");
  CHECK(parts[0].content == "");
  CHECK(parts[1].content == "1");
  CHECK(parts[2].content == "");
}

TEST_CASE("multipart: a malformed body has no parts") {
  const std::string one = part("name=\"a\"", "1");
  const std::vector<std::pair<const char*, Request>> rows = {
      {"no boundary", form(one + kEnd, "multipart/form-data")},
      {"an empty boundary", form(one + kEnd, "multipart/form-data; boundary=")},
      {"a boundary with a line end", form(one + kEnd, "multipart/form-data; boundary=\"b\r\nX: y\"")},
      {"an overlong boundary", form(one + kEnd, "multipart/form-data; boundary=" + std::string(71, 'b'))},
      {"another boundary", form(one + kEnd, "multipart/form-data; boundary=b-2")},
      {"another type", form(one + kEnd, "text/plain; boundary=b-1")},
      {"an empty body", form("")},
      {"no closing delimiter", form(one)},
      {"a cut head", form("--b-1\r\nContent-Disposition: form-data; name=\"a\"")},
      {"no head", form("--b-1\r\n\r\n1\r\n" + kEnd)},
      {"a part without a disposition", form("--b-1\r\nContent-Type: text/plain\r\n\r\n1\r\n" + kEnd)},
      {"a part without a name", form(part("filename=\"x\"", "1") + kEnd)},
      {"an empty name", form(part("name=\"\"", "1") + kEnd)},
      {"an unfinished quote", form(part("name=\"a", "1") + kEnd)},
      {"an attachment", form("--b-1\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n" + kEnd)},
      {"two dispositions", form(part("name=\"a\"", "1", "Content-Disposition: form-data; name=\"b\"\r\n") + kEnd)},
      {"a head without end", form(part("name=\"a\"", "1", "X: " + std::string(9000, 'x') + "\r\n") + kEnd)},
      {"a control byte in a head", form(part("name=\"a\"; filename=\"x\ny\"", "1") + kEnd)},
      {"a delimiter with more on its line", form("--b-1x\r\n" + one + kEnd)},
      {"content with the start of a delimiter", form(part("name=\"a\"", "1\r\n--b-12") + kEnd)},
      {"white space after a delimiter", form("--b-1 \r\n" + one.substr(7) + kEnd)},
      {"text after the closing delimiter", form(one + "--b-1--x")},
      {"a closing delimiter cut short", form(one + "--b-1-")},
      {"bare line feeds", form("--b-1\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b-1--\n")},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(parse_multipart(row.second).empty());
  }
}

TEST_CASE("multipart: a form has at most 1,000 parts") {
  std::string body;
  for (int i = 0; i < 1'000; ++i) body += part("name=\"a\"", "1");
  CHECK(parse_multipart(form(body + kEnd)).size() == 1'000);
  CHECK(parse_multipart(form(body + part("name=\"a\"", "1") + kEnd)).empty());
}

TEST_CASE("field_parameter: finds a parameter, and not one that only looks like it") {
  CHECK(field_parameter("a/b; x=1; y=\"2\"", "y") == "2");
  CHECK(field_parameter("a/b;x=1", "X") == "1");
  CHECK(field_parameter("a/b; x=\"y=3\"; y=4", "y") == "4");
  CHECK(field_parameter("a/b; flag; y=4", "y") == "4");
  CHECK(field_parameter("a/b; xy=3", "y") == std::nullopt);
  CHECK(field_parameter("a/b", "y") == std::nullopt);
  CHECK(field_parameter("y=1", "y") == std::nullopt);
}
