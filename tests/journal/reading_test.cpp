// Reading in pieces: what is read is what was there at one moment, whatever happens between two pieces.

#include <doctest/doctest.h>

#include <thread>

#include "journal/entries.h"
#include "journal/journal.h"

namespace qamera::journal {
namespace {

constexpr std::size_t kMany = 5'000;  // several pieces

void fill(Journal& journal, std::size_t count, const char* workspace = "ws1") {
  for (std::size_t i = 0; i < count; ++i) {
    Entry entry = list_models();
    entry.workspace = workspace;
    journal.append(std::move(entry));
  }
}

/// Nothing is missing between the entries, nor between what was evicted and the first of them.
void check_whole(const View& view) {
  for (std::size_t i = 0; i < view.entries.size(); ++i) {
    REQUIRE(view.entries[i]->sequence == view.evicted + i + 1);
  }
}

}  // namespace

TEST_CASE("reading: many entries are read whole, of all and of one workspace, from any number on") {
  Journal journal({.entries = 2 * kMany});
  fill(journal, kMany, "ws1");
  fill(journal, kMany, "ws2");
  CHECK(journal.view(std::nullopt).entries.size() == 2 * kMany);
  for (const char* workspace : {"ws1", "ws2"}) CHECK(journal.view(workspace).entries.size() == kMany);
  CHECK(journal.view("ws1", 100).entries.size() == kMany - 100);
  CHECK(journal.view("ws2", 100).entries.size() == kMany);
  CHECK(journal.view("ws1", kMany).entries.empty());
  CHECK(journal.view("ws3").entries.empty());
}

TEST_CASE("reading: changes tell what is new, what is left, and when something was removed") {
  Journal journal({.entries = 4});
  fill(journal, 3);
  Changes changes = journal.changes("ws1", 0);
  CHECK(changes.view.entries.size() == 3);
  CHECK(changes.oldest == 1);
  CHECK(changes.newest == 3);
  const std::uint64_t removals = changes.removals;
  fill(journal, 3);
  changes = journal.changes("ws1", changes.newest);
  CHECK(changes.view.entries.size() == 3);
  CHECK(changes.oldest == 3);
  CHECK(changes.newest == 6);
  CHECK(changes.removals == removals);
  journal.remove(journal.view("ws1", 5).entries);
  changes = journal.changes("ws1", changes.newest);
  CHECK(changes.view.entries.empty());
  CHECK(changes.removals != removals);
  journal.clear("ws1");
  CHECK(journal.changes("ws1", 0).oldest == UINT64_MAX);
}

TEST_CASE("reading: beside appends that evict, every view is of one moment") {
  for (const auto& workspace : {std::optional<std::string>(), std::optional<std::string>("ws1")}) {
    Journal journal({.entries = kMany});
    fill(journal, kMany);
    std::thread appending([&] { fill(journal, 4 * kMany); });
    for (int i = 0; i < 50; ++i) check_whole(journal.view(workspace));
    appending.join();
    const View last = journal.view(workspace);
    check_whole(last);
    CHECK(last.entries.size() == kMany);
    CHECK(last.evicted == 4 * kMany);
  }
}

TEST_CASE("reading: beside removals, a view has all of what is removed at once or none") {
  Journal journal({.entries = 10 * kMany});
  fill(journal, kMany);
  std::thread removing([&] {
    for (int i = 0; i < 20; ++i) {
      journal.clear("ws1");
      fill(journal, 10);
    }
  });
  for (int i = 0; i < 50; ++i) {
    const View view = journal.view(std::nullopt);
    for (std::size_t at = 1; at < view.entries.size(); ++at) {
      REQUIRE(view.entries[at]->sequence == view.entries[at - 1]->sequence + 1);
    }
  }
  removing.join();
  CHECK(journal.view(std::nullopt).entries.size() == 10);
}

}  // namespace qamera::journal
