#include "sim/key.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

/// "valid", or why not, of a key in a workspace with these `keys`.
std::string key_status(const Workspace& w, std::string_view id) {
  const KeyStatus found = w.key_status(id);
  CHECK(found.valid == found.reason.empty());
  return found.valid ? "valid" : std::string(found.reason);
}

}  // namespace

TEST_CASE("keys: the documented form is split at the first dot") {
  const auto key = parse_api_key("mk_live_abc123.secret456");
  REQUIRE(key);
  CHECK(key->id == "abc123");
  CHECK(key->secret == "secret456");
  const auto dotted = parse_api_key("mk_live_credit-exhaustion.worker.7");
  REQUIRE(dotted);
  CHECK(dotted->id == "credit-exhaustion");
  CHECK(dotted->secret == "worker.7");
  CHECK(parse_api_key("mk_live_A_z-9.B_y-8"));
  CHECK(parse_api_key("mk_live_" + std::string(64, 'a') + "." + std::string(128, 'b')));
}

TEST_CASE("keys: every other form is refused") {
  for (const std::string text :
       {"", "mk_live_", "mk_live_abc", "mk_live_.secret", "mk_live_abc.", "mk_test_abc.secret", "MK_LIVE_abc.secret",
        " mk_live_abc.secret", "mk_live_abc.secret ", "mk_live_a b.secret", "mk_live_abc.sec ret", "mk_live_*.secret",
        "mk_live_abc.sec/ret", "mk_live_\xc3\xa9.secret", "Bearer mk_live_abc.secret", "mk_liveabc.secret",
        "mk_live_a,b.secret"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_api_key(text));
  }
  CHECK_FALSE(parse_api_key("mk_live_" + std::string(65, 'a') + ".b"));
  CHECK_FALSE(parse_api_key("mk_live_a." + std::string(129, 'b')));
  CHECK_FALSE(parse_api_key(std::string("mk_live_a.b\0", 12)));
}

TEST_CASE("keys: a key that nobody declared is valid and undeclared") {
  const Workspace w = workspace_of("");
  CHECK(key_status(w, "abc") == "valid");
  CHECK_FALSE(w.key_status("abc").record);
}

TEST_CASE("keys: revoked, expired and active ones") {
  const Workspace w = workspace_of(R"("keys": [{"id": "a"}, {"id": "b", "state": "revoked"},
    {"id": "c", "state": "expired"}, {"id": "d", "state": "active", "scopes": []}])");
  CHECK(key_status(w, "a") == "valid");
  CHECK(key_status(w, "b") == "revoked");
  CHECK(key_status(w, "c") == "expired");
  CHECK(key_status(w, "d") == "valid");
  CHECK(w.key_status("a").record);
  CHECK_FALSE(w.key_status("B").record);
}

TEST_CASE("keys: * is every key without an entry of its own, wherever it stands") {
  for (const char* keys : {R"("keys": [{"id": "*", "state": "revoked"}, {"id": "good"}])",
                           R"("keys": [{"id": "good"}, {"id": "*", "state": "revoked"}])"}) {
    CAPTURE(keys);
    const Workspace w = workspace_of(keys);
    CHECK(key_status(w, "good") == "valid");
    CHECK(key_status(w, "any") == "revoked");
    CHECK(w.key_status("any").record->id == "*");
    CHECK(w.key_status("good").record->id == "good");
  }
}

TEST_CASE("keys: expiry begins at the instant itself") {
  Workspace w = workspace_of(R"("keys": [{"id": "at", "expiresAt": "2026-03-27T12:00:10.000Z"},
    {"id": "after", "expiresAfter": "20s"}, {"id": "now", "expiresAfter": "0s"},
    {"id": "both", "expiresAt": "2030-01-01T00:00:00Z", "expiresAfter": "20s"},
    {"id": "revoked", "state": "revoked", "expiresAt": "2020-01-01T00:00:00Z"}])");
  CHECK(key_status(w, "now") == "expired");
  CHECK(key_status(w, "revoked") == "revoked");
  elapse(w, Duration(9'999));
  CHECK(key_status(w, "at") == "valid");
  elapse(w, Duration(1));
  CHECK(key_status(w, "at") == "expired");
  elapse(w, Duration(9'999));
  CHECK(key_status(w, "after") == "valid");
  CHECK(key_status(w, "both") == "valid");
  elapse(w, Duration(1));
  CHECK(key_status(w, "after") == "expired");
  CHECK(key_status(w, "both") == "expired");
}

TEST_CASE("keys: scopes are all when none are listed, and only those listed otherwise") {
  const Workspace w = workspace_of(R"("keys": [{"id": "all"}, {"id": "none", "scopes": []},
    {"id": "read", "scopes": ["content.read"]}, {"id": "both", "scopes": ["content.read", "content.register"]}])");
  CHECK(w.key_status("all").record->has_scope(kRegisterScope));
  CHECK_FALSE(w.key_status("none").record->has_scope(kRegisterScope));
  CHECK_FALSE(w.key_status("read").record->has_scope(kRegisterScope));
  CHECK(w.key_status("read").record->has_scope("content.read"));
  CHECK(w.key_status("both").record->has_scope(kRegisterScope));
  CHECK(w.key_status("none").record->has_scope(""));
}

TEST_CASE("keys: a record written as JSON is read back the same") {
  for (const char* text : {R"({"id": "a", "state": "active"})", R"({"id": "*", "state": "revoked", "scopes": []})",
                           R"({"id": "b", "state": "expired", "scopes": ["x"], "expiresAfter": "90s",
                               "expiresAt": "2026-03-27T12:00:00.000Z"})"}) {
    ReadErrors errors;
    const KeyRecord key = read_key_record(errors, parsed(text), "");
    REQUIRE(errors.ok());
    CHECK(key_record_to_json(key) == parsed(text));
  }
}

}  // namespace qamera::sim
