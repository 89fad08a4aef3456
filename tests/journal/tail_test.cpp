#include <doctest/doctest.h>

#include "journal/entries.h"
#include "journal/journal.h"

namespace qamera::journal {
namespace {

using State = ReplyStream::State;

/// Everything the stream has now.
std::string drain(ReplyStream& stream, State* last = nullptr) {
  std::string out;
  State state = State::kMore;
  for (int i = 0; i < 10'000 && state == State::kMore; ++i) state = stream.read(out, 4096);
  if (last) *last = state;
  return out;
}

int count(std::string_view text, std::string_view part) {
  int times = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++times;
  return times;
}

Entry of_workspace(std::string workspace) {
  Entry entry = list_models();
  entry.workspace = std::move(workspace);
  return entry;
}

TEST_CASE("tail: without an id only later entries come, each with id and JSON, and idle streams are woken once") {
  Journal journal{Limits{}};
  journal.append(list_models());
  const auto stream = journal.tail({});
  int wakes = 0;
  stream->on_ready([&] { ++wakes; });
  State state = State::kMore;
  CHECK(drain(*stream, &state) == ": journal entries follow\n\n");
  CHECK(state == State::kIdle);
  journal.append(list_models());
  journal.append(list_models(500));
  CHECK(wakes == 1);
  const std::string events = drain(*stream);
  CHECK(events.starts_with("id: 2\nevent: entry\ndata: {\"id\":\"req_000002\","));
  CHECK(events.find("\n\nid: 3\nevent: entry\n") != std::string::npos);
  CHECK(events.ends_with("\n\n"));
  CHECK(events.find("secret456") == std::string::npos);
}

TEST_CASE("tail: Last-Event-ID resumes after the entry named") {
  Journal journal{Limits{}};
  for (int i = 0; i < 5; ++i) journal.append(list_models());
  const std::string events = drain(*journal.tail({.last_event_id = "3"}));
  CHECK(count(events, "event: entry") == 2);
  CHECK(events.find("id: 4\n") != std::string::npos);
  CHECK(count(events, "missed") == 0);
  CHECK(count(drain(*journal.tail({.last_event_id = "0"})), "event: entry") == 5);
  CHECK(count(drain(*journal.tail({.last_event_id = "5"})), "event: entry") == 0);
  CHECK(count(drain(*journal.tail({.last_event_id = "nonsense"})), "event: entry") == 0);
}

TEST_CASE("tail: a reader that lags is told how many it missed, and appending goes on") {
  Journal journal{Limits{.entries = 3}};
  const auto stream = journal.tail({});
  drain(*stream);
  for (int i = 0; i < 10; ++i) journal.append(list_models());
  const std::string events = drain(*stream);
  CHECK(events.starts_with("event: missed\ndata: {\"missed\":7}\n\nid: 8\n"));
  CHECK(count(events, "event: entry") == 3);
  CHECK(count(drain(*journal.tail({.last_event_id = "2"})), "{\"missed\":5}") == 1);
}

TEST_CASE("tail: a stream of one workspace counts only what it missed of that workspace") {
  Journal journal{Limits{.entries = 2}};
  const auto stream = journal.tail({.workspace = "a"});
  drain(*stream);
  int wakes = 0;
  stream->on_ready([&] { ++wakes; });
  journal.append(of_workspace("b"));
  CHECK(wakes == 0);
  journal.append(of_workspace("a"));
  CHECK(wakes == 1);
  CHECK(drain(*stream).starts_with("id: 2.1\n"));
  for (int i = 0; i < 3; ++i) journal.append(of_workspace("a"));  // 3, 4, 5: only 5 of a is left
  for (int i = 0; i < 3; ++i) journal.append(of_workspace("b"));  // 6, 7, 8
  const std::string events = drain(*stream);
  CHECK(events.starts_with("event: missed\ndata: {\"missed\":2}\n\nid: 5.4\n"));
  CHECK(count(events, "event: entry") == 1);
  // Resuming with the whole id is exact; with the bare number only a bound is known.
  CHECK(count(drain(*journal.tail({.workspace = "a", .last_event_id = "2.1"})), "{\"missed\":2}") == 1);
  CHECK(count(drain(*journal.tail({.workspace = "a", .last_event_id = "2"})), "{\"missed\":3,\"atMost\":true}") == 1);
  CHECK(count(drain(*journal.tail({.workspace = "a", .last_event_id = "4"})), "missed") == 0);
}

TEST_CASE("tail: an id of a journal before this one says restarted and starts from the beginning") {
  Journal journal{Limits{}};
  journal.append(list_models());
  const std::string events = drain(*journal.tail({.last_event_id = "500"}));
  CHECK(count(events, "event: restarted\ndata: {\"lastEventId\":500,\"newest\":1}") == 1);
  CHECK(count(events, "event: entry") == 1);
}

TEST_CASE("tail: a heartbeat is a comment, the end ends, and a stream may outlive its journal") {
  std::unique_ptr<ReplyStream> stream;
  int wakes = 0;
  {
    Journal journal{Limits{}};
    stream = journal.tail({});
    stream->on_ready([&] { ++wakes; });
    drain(*stream);
    journal.heartbeat();
    CHECK(wakes == 1);
    CHECK(drain(*stream) == ": still here\n\n");
    journal.append(list_models());
    CHECK(wakes == 2);
  }
  CHECK(wakes == 3);
  State state = State::kMore;
  CHECK(count(drain(*stream, &state), "event: entry") == 1);
  CHECK(state == State::kEnd);
}

TEST_CASE("tail: large entries come in pieces of the length asked for") {
  Journal journal{Limits{}};
  Entry entry = list_models();
  entry.response_body.text.assign(50'000, 'x');
  journal.append(std::move(entry));
  const auto stream = journal.tail({.last_event_id = "0"});
  std::string all;
  for (State state = State::kMore; state == State::kMore;) {
    std::string piece;
    state = stream->read(piece, 1000);
    CHECK(piece.size() <= 1000);
    all += piece;
  }
  CHECK(all.size() > 50'000);
  CHECK(all.ends_with("}\n\n"));
}

}  // namespace
}  // namespace qamera::journal
