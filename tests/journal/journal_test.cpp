#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "journal/entries.h"
#include "journal/journal.h"

namespace qamera::journal {
namespace {

Entry of_workspace(std::string workspace) {
  Entry entry = list_models();
  entry.workspace = std::move(workspace);
  return entry;
}

std::vector<std::uint64_t> sequences(const std::vector<EntryPtr>& entries) {
  std::vector<std::uint64_t> numbers;
  for (const EntryPtr& entry : entries) numbers.push_back(entry->sequence);
  return numbers;
}
using Numbers = std::vector<std::uint64_t>;

TEST_CASE("journal: entries are numbered from 1, redacted, and found by id") {
  Journal journal{Limits{}};
  const EntryIds first = journal.append(list_models());
  const EntryIds second = journal.append(list_models());
  CHECK(first.sequence == 1);
  CHECK(first.id == "req_000001");
  CHECK(second.id == "req_000002");
  const EntryPtr entry = journal.find("req_000002");
  REQUIRE(entry);
  CHECK(entry->sequence == 2);
  CHECK(entry->correlation_id == second.correlation_id);
  CHECK(*entry->request_headers.find("X-Api-Key") == "mk_live_abc123.***");
  for (std::string_view unknown : {"", "req_", "req_3", "req_000003", "req_000000", "req_1", "000001", "req_000001x"}) {
    CHECK_FALSE(journal.find(unknown));
  }
}

TEST_CASE("journal: correlation ids are UUIDs that follow from seed and number") {
  const auto ids = [](std::uint64_t seed) {
    Options options;
    options.seed = seed;
    Journal journal{Limits{}, std::move(options)};
    return std::pair(journal.append(list_models()).correlation_id, journal.append(list_models()).correlation_id);
  };
  const auto [first, second] = ids(7);
  CHECK(ids(7) == std::pair(first, second));
  CHECK(ids(8).first != first);
  CHECK(first != second);
  REQUIRE(first.size() == 36);
  for (std::size_t i = 0; i < first.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    CHECK((first[i] == '-') == dash);
    if (!dash) CHECK(std::string_view("0123456789abcdef").find(first[i]) != std::string_view::npos);
  }
  CHECK(first[14] == '4');
  CHECK(std::string_view("89ab").find(first[19]) != std::string_view::npos);
}

TEST_CASE("journal: beyond the number of entries whoever holds most loses its oldest, counted against it") {
  Journal journal{Limits{.entries = 3}};
  journal.append(of_workspace("a"));
  journal.append(of_workspace("b"));
  for (int i = 0; i < 3; ++i) journal.append(of_workspace("a"));
  CHECK(sequences(journal.select({})) == Numbers{2, 4, 5});
  const Counters all = journal.counters(std::nullopt);
  CHECK(all.recorded == 5);
  CHECK(all.dropped == 2);
  CHECK(all.entries == 3);
  CHECK(all.last_dropped_sequence == 3);
  const Counters a = journal.counters("a");
  CHECK(a.recorded == 4);
  CHECK(a.dropped == 2);
  CHECK(a.entries == 2);
  CHECK(a.last_dropped_sequence == 3);
  const Counters b = journal.counters("b");
  CHECK(b.recorded == 1);
  CHECK(b.dropped == 0);
  CHECK(b.entries == 1);
  CHECK(sequences(journal.select({.workspace = "b"})) == Numbers{2});
  CHECK(sequences(journal.select({.workspace = "a"})) == Numbers{4, 5});
  CHECK_FALSE(journal.find("req_000003"));
  CHECK(journal.find("req_000002"));
}

TEST_CASE("journal: the bytes held stay under the limit, and an entry beyond it alone is dropped") {
  Journal journal{Limits{.entries = 1000, .bytes = 20'000, .body_bytes = 4'000}};
  for (int i = 0; i < 50; ++i) {
    Entry entry = list_models();
    entry.response_body.text.assign(3'000, 'x');
    journal.append(std::move(entry));
    REQUIRE(journal.counters(std::nullopt).bytes <= 20'000);
  }
  const Counters counters = journal.counters(std::nullopt);
  CHECK(counters.entries >= 3);
  CHECK(counters.entries <= 6);
  CHECK(counters.dropped == 50 - counters.entries);
  Entry huge = list_models();
  huge.target = "/" + std::string(30'000, 'x');
  journal.append(std::move(huge));
  CHECK(journal.counters(std::nullopt).entries == 0);
  CHECK(journal.counters(std::nullopt).bytes == 0);
  CHECK(journal.counters(std::nullopt).dropped == 51);
}

TEST_CASE("journal: a large body costs its prefix only") {
  Journal journal{Limits{.body_bytes = 100}};
  Entry entry = list_models();
  entry.request_body.text.assign(1'000'000, 'x');
  journal.append(std::move(entry));
  const EntryPtr kept = journal.find("req_000001");
  CHECK(kept->request_body.text.size() == 100);
  CHECK(kept->request_body.length == 1'000'000);
  CHECK(journal.counters(std::nullopt).bytes < 5'000);
}

TEST_CASE("journal: filters select by each criterion, oldest first, the newest so many") {
  Journal journal{Limits{}};
  journal.append(list_models());
  journal.append(exchange("listImages", "GET", "/api/external/image-picker?productId=p"));
  journal.append(exchange("", "GET", "/nothing", 404));
  Entry found = list_models(500);
  found.findings.push_back({finding_kind::kUndocumentedValue, "/query/statusFilter", "no"});
  journal.append(std::move(found));
  journal.append(of_workspace("other"));
  CHECK(sequences(journal.select({.workspace = "ws1"})) == Numbers{1, 2, 3, 4});
  CHECK(sequences(journal.select({.operation = "listModels"})) == Numbers{1, 4, 5});
  CHECK(sequences(journal.select({.status = 404})) == Numbers{3});
  CHECK(sequences(journal.select({.path = "/api/external/image-picker"})) == Numbers{2});
  CHECK(sequences(journal.select({.since = 3})) == Numbers{4, 5});
  CHECK(sequences(journal.select({.workspace = "ws1", .since = 3})) == Numbers{4});
  CHECK(sequences(journal.select({.limit = 2})) == Numbers{4, 5});
  CHECK(sequences(journal.select({.unmatched = true})) == Numbers{3});
  CHECK(sequences(journal.select({.findings = true})) == Numbers{4});
  CHECK(journal.select({.workspace = "nobody"}).empty());
  CHECK(journal.counters(std::nullopt).findings == 1);
  CHECK(journal.counters("ws1").unmatched == 1);
}

TEST_CASE("journal: the newest so many are those that a listing without limit ends with, however far back") {
  Journal journal{Limits{}};
  for (int i = 0; i < 3'000; ++i) {
    Entry entry = of_workspace(i % 7 == 0 ? "rare" : "ws1");
    if (i % 1'500 == 1) entry.status = 500;
    journal.append(std::move(entry));
  }
  for (Filter filter :
       {Filter{}, Filter{.workspace = "rare"}, Filter{.workspace = "ws1"}, Filter{.workspace = "nobody"},
        Filter{.status = 500}, Filter{.workspace = "rare", .since = 1'234}, Filter{.since = 3'000}}) {
    const Numbers all = sequences(journal.select(filter));
    for (const std::size_t limit : {0, 1, 2, 100, 1'024, 2'900, 5'000}) {
      filter.limit = limit;
      const std::size_t count = std::min(limit, all.size());
      CHECK(sequences(journal.select(filter)) == Numbers(all.end() - static_cast<std::ptrdiff_t>(count), all.end()));
    }
  }
}

TEST_CASE("journal: clearing one workspace leaves the others, and is no eviction") {
  Journal journal{Limits{.entries = 4}};
  for (int i = 0; i < 3; ++i) {
    journal.append(of_workspace("a"));
    journal.append(of_workspace("b"));
  }
  CHECK(journal.view("a").evicted == 1);
  CHECK(journal.clear("a") == 2);
  CHECK(journal.clear("a") == 0);
  CHECK(journal.clear("nobody") == 0);
  CHECK(sequences(journal.select({})) == Numbers{4, 6});
  CHECK(journal.view("a").evicted == 0);
  CHECK(journal.view("b").evicted == 1);
  CHECK(journal.view(std::nullopt).evicted == 1);
  CHECK(journal.counters("a").dropped == 1);
  CHECK_FALSE(journal.find("req_000005"));
  CHECK(journal.find("req_000006"));
  journal.append(of_workspace("a"));
  CHECK(sequences(journal.select({.workspace = "a"})) == Numbers{7});
  CHECK(journal.clear(std::nullopt) == 3);
  CHECK(journal.counters(std::nullopt).bytes == 0);
  CHECK(journal.view(std::nullopt).evicted == 0);
}

TEST_CASE("journal: removing picked entries leaves the rest") {
  Journal journal{Limits{}};
  for (int i = 0; i < 4; ++i) journal.append(list_models(i == 2 ? 500 : 200));
  CHECK(journal.remove(journal.select({.status = 500})) == 1);
  CHECK(sequences(journal.select({})) == Numbers{1, 2, 4});
  CHECK(sequences(journal.select({.workspace = "ws1"})) == Numbers{1, 2, 4});
  CHECK(journal.remove({}) == 0);
}

TEST_CASE("journal: a view knows whether its window was evicted") {
  Journal journal{Limits{.entries = 2}};
  for (int i = 0; i < 5; ++i) journal.append(list_models());
  CHECK(journal.view("ws1").evicted == 3);
  CHECK(journal.view("ws1", 2).evicted == 3);
  CHECK(journal.view("ws1", 3).evicted == 0);
  CHECK(sequences(journal.view("ws1", 4).entries) == Numbers{5});
  CHECK(journal.view("nobody").evicted == 0);
}

TEST_CASE("journal: a forgotten workspace starts anew, its old entries remain in the whole") {
  Journal journal{Limits{.entries = 3}};
  for (int i = 0; i < 4; ++i) journal.append(of_workspace("a"));
  journal.append(of_workspace("b"));
  CHECK(journal.known_workspaces() == 2);
  journal.remove_workspace("a");
  journal.remove_workspace("nobody");
  CHECK(journal.known_workspaces() == 1);
  CHECK(journal.counters("a").recorded == 0);
  CHECK(journal.select({.workspace = "a"}).empty());
  CHECK(journal.select({}).size() == 3);
  journal.append(of_workspace("a"));
  CHECK(sequences(journal.select({.workspace = "a"})) == Numbers{6});
  CHECK(journal.view("a").evicted == 0);
  CHECK(journal.counters("a").dropped == 0);
}

TEST_CASE("journal: workspaces that are no more are one share, and do not squeeze out those that there are") {
  Journal journal{Limits{.entries = 10}};
  for (int i = 0; i < 3; ++i) journal.append(of_workspace("a"));
  for (int i = 0; i < 1000; ++i) {
    journal.append(of_workspace("w" + std::to_string(i)));
    journal.remove_workspace("w" + std::to_string(i));
  }
  CHECK(journal.known_workspaces() == 1);
  CHECK(sequences(journal.select({.workspace = "a"})) == Numbers{1, 2, 3});
  CHECK(sequences(journal.select({.limit = 2})) == Numbers{1'002, 1'003});
  for (int i = 0; i < 9; ++i) journal.append(of_workspace("a"));
  CHECK(journal.select({.workspace = "a"}).size() == 5);
  CHECK(sequences(journal.select({})).front() == 999);
}

TEST_CASE("journal: a journal of no entries counts and keeps nothing") {
  Journal journal{Limits{.entries = 0}};
  CHECK(journal.append(list_models()).id == "req_000001");
  CHECK(journal.append(list_models()).sequence == 2);
  CHECK(journal.select({}).empty());
  CHECK(journal.counters(std::nullopt).dropped == 2);
}

TEST_CASE("journal: eight writers and four readers") {
  constexpr int kWriters = 8;
  constexpr int kEach = 500;
  Journal journal{Limits{.entries = 300}};
  const auto stream = journal.tail({.workspace = "w1", .last_event_id = "0"});
  std::atomic<int> wakes = 0;
  stream->on_ready([&] { ++wakes; });
  std::atomic<bool> done = false;
  std::atomic<bool> torn = false;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) {
        Entry entry = of_workspace("w" + std::to_string(w));
        if (i % 7 == 0) entry.findings.push_back({finding_kind::kUnknownField, "/body/x", "x"});
        const EntryIds entry_ids = journal.append(std::move(entry));
        const EntryPtr held = journal.find(entry_ids.id);
        if (held && held->correlation_id != entry_ids.correlation_id) torn = true;
        if (i % 200 == 100) journal.clear("w" + std::to_string(w));
        if (i == 300) journal.remove_workspace("w" + std::to_string(w));
      }
    });
  }
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&, r] {
      while (!done) {
        const View view = journal.view(r == 0 ? std::nullopt : std::optional("w" + std::to_string(r)));
        for (std::size_t i = 1; i < view.entries.size(); ++i) {
          if (view.entries[i - 1]->sequence >= view.entries[i]->sequence) torn = true;
        }
        journal.heartbeat();
        (void)journal.counters(std::nullopt);
        (void)journal.findings_ever();
      }
    });
  }
  readers.emplace_back([&] {
    std::string out;
    while (!done) {
      out.clear();
      stream->read(out, 1000);
    }
  });
  for (std::thread& writer : writers) writer.join();
  done = true;
  for (std::thread& reader : readers) reader.join();
  stream->on_ready(nullptr);
  CHECK_FALSE(torn);
  const Counters counters = journal.counters(std::nullopt);
  CHECK(counters.recorded == kWriters * kEach);
  CHECK(counters.entries <= 300);
  CHECK(journal.findings_ever().findings() == counters.findings);
}

}  // namespace
}  // namespace qamera::journal
