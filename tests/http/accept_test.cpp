#include "http/accept.h"

#include <doctest/doctest.h>

namespace qamera::http {
namespace {

int text(std::string_view accept) { return accepted_weight(accept, "text/plain", "0.0.4"); }

}  // namespace

TEST_CASE("accept: the most specific range that takes the type in says how much it is wanted") {
  CHECK(text("text/plain") == 1000);
  CHECK(text("TEXT/Plain; charset=utf-8") == 1000);
  CHECK(text("*/*") == 1000);
  CHECK(text("text/*;q=0.5, */*;q=0.1") == 500);
  CHECK(text("*/*;q=0.1,text/plain;q=0.25") == 250);
  CHECK(text("text/plain;q=0, */*") == 0);
  CHECK(text("text/plain;q=0.2, text/plain;version=0.0.4;q=0.9") == 900);
  CHECK(text("text/plain;q=0.9, text/plain;q=0.3") == 900);
  CHECK(text("text/html, text/plai, textplain, */plain, text, ,;q=1") == 0);
  CHECK(text("") == 0);
}

TEST_CASE("accept: a range of another version is of another type") {
  CHECK(text("text/plain;version=1.0.0") == 0);
  CHECK(text("text/plain; version=\"0.0.4\"; q=0.4") == 400);
  CHECK(text("text/plain;version=1.0.0;q=0.9, text/plain;version=0.0.4;q=0.2, */*;q=0.1") == 200);
  CHECK(text("text/plain;version=1.0.0;q=0.9, */*;q=0.1") == 100);
}

TEST_CASE("accept: a weight has one digit and up to three behind the point") {
  CHECK(text("text/plain;q=0.123") == 123);
  CHECK(text("text/plain;Q=1.000") == 1000);
  CHECK(text("text/plain;q=0.") == 0);
  CHECK(text("text/plain;q=1.9") == 1000);
  CHECK(text("text/plain;q=00") == 1000);
  CHECK(text("text/plain;q=-1") == 1000);
  CHECK(text("text/plain;q=0.x") == 1000);
  CHECK(text("text/plain;q=") == 1000);
  CHECK(text("text/plain;q") == 1000);
  CHECK(text("text/plain;charset=utf-8;q=0.00001") == 0);
}

}  // namespace qamera::http
