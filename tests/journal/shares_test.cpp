#include "journal/shares.h"

#include <doctest/doctest.h>

#include <map>
#include <random>

#include "journal/entries.h"
#include "journal/journal.h"

namespace qamera::journal {
namespace {

using Numbers = std::vector<std::uint64_t>;

Entry of_workspace(std::string workspace, std::size_t body = 0) {
  Entry entry = list_models();
  entry.workspace = std::move(workspace);
  entry.response_body.text.assign(body, 'x');
  return entry;
}

Numbers held(const Journal& journal, const std::optional<std::string>& workspace) {
  Numbers numbers;
  for (const EntryPtr& entry : journal.select({.workspace = workspace})) numbers.push_back(entry->sequence);
  return numbers;
}

TEST_CASE("shares: the largest is told by entries and by bytes, the earliest among equals") {
  Shares shares(100'000);
  Shares::Share a, b, c;
  CHECK(shares.largest(Bound::kEntries) == nullptr);
  shares.add(a, 2'000);
  shares.add(b, 90'000);
  shares.add(c, 2'000);
  CHECK(shares.largest(Bound::kEntries) == &a);
  CHECK(shares.largest(Bound::kBytes) == &b);
  shares.add(a, 2'000);
  shares.add(c, 2'000);
  CHECK(shares.largest(Bound::kEntries) == &a);
  shares.remove(a, 2'000);
  CHECK(shares.largest(Bound::kEntries) == &c);
  CHECK(c.held(Bound::kEntries) == 2);
  CHECK(c.held(Bound::kBytes) == 4'000);
  shares.remove(b, 90'000);
  CHECK(shares.largest(Bound::kBytes) == &c);
  shares.remove(a, 2'000);
  shares.remove(c, 2'000);
  shares.remove(c, 2'000);
  CHECK(shares.largest(Bound::kEntries) == nullptr);
  CHECK(shares.largest(Bound::kBytes) == nullptr);
}

TEST_CASE("shares: whatever changes, the largest is one of those that hold most") {
  std::mt19937 random(1);  // NOLINT: the same each time
  std::vector<Shares::Share> owners(7);
  std::vector<std::vector<std::size_t>> costs(owners.size());
  constexpr std::size_t kBytes = 4096 * 100;
  Shares shares(kBytes);
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t i = random() % owners.size();
    if (random() % 2 == 0 && !costs[i].empty()) {
      shares.remove(owners[i], costs[i].back());
      costs[i].pop_back();
    } else {
      costs[i].push_back(random() % 5'000);
      shares.add(owners[i], costs[i].back());
    }
    for (const Bound bound : kAll<Bound>) {
      std::size_t most = 0;
      for (const Shares::Share& owner : owners) most = std::max(most, owner.held(bound));
      const Shares::Share* largest = shares.largest(bound);
      REQUIRE((largest ? largest->held(bound) : 0) + (bound == Bound::kBytes ? kBytes / 4096 : 1) > most);
    }
  }
}

TEST_CASE("journal: a loud workspace does not evict a quiet one's entries, by number or by bytes") {
  for (const Limits limits : {Limits{.entries = 100}, Limits{.entries = 10'000, .bytes = 200'000}}) {
    Journal journal{limits};
    journal.append(of_workspace("quiet"));
    journal.append(of_workspace(""));
    for (int i = 0; i < 5'000; ++i) journal.append(of_workspace("loud", 1'000));
    journal.append(of_workspace("quiet"));
    CHECK(held(journal, "quiet") == Numbers{1, 5'003});
    CHECK(held(journal, "") == Numbers{2});
    CHECK(journal.view("quiet").evicted == 0);
    CHECK(journal.view("loud").evicted + held(journal, "loud").size() == 5'000);
    CHECK(held(journal, "loud").back() == 5'002);
    CHECK(journal.counters(std::nullopt).bytes <= limits.bytes);
    CHECK(journal.counters(std::nullopt).entries <= limits.entries);
  }
}

TEST_CASE("journal: by bytes it is the one with most bytes that loses, though another has more entries") {
  Journal journal{Limits{.entries = 10'000, .bytes = 400'000}};
  for (int i = 0; i < 50; ++i) journal.append(of_workspace("many"));
  for (int i = 0; i < 20; ++i) journal.append(of_workspace("large", 50'000));
  CHECK(held(journal, "many").size() == 50);
  CHECK(held(journal, "large").back() == 70);
  Entry huge = of_workspace("huge");
  huge.target = "/" + std::string(500'000, 'x');
  journal.append(std::move(huge));  // has no room at all, and takes none
  CHECK(held(journal, "huge").empty());
  CHECK(journal.view("huge").evicted == 1);
  CHECK(held(journal, "many").size() == 50);
}

TEST_CASE("journal: of ten thousand workspaces with an entry each the oldest goes") {
  Journal journal{Limits{.entries = 10'000}};
  for (int i = 0; i < 10'050; ++i) journal.append(of_workspace("w" + std::to_string(i)));
  CHECK(held(journal, std::nullopt).front() == 51);
  CHECK(held(journal, "w49").empty());
  CHECK(held(journal, "w50") == Numbers{51});
  for (int i = 0; i < 100; ++i) journal.append(of_workspace("w50"));
  CHECK(held(journal, "w50").size() == 1);  // its own, as soon as it holds more than the others
  CHECK(journal.view("w10049").evicted == 0);
}

TEST_CASE("journal: a view of all workspaces says whether evicted ones stood between") {
  Journal journal{Limits{.entries = 3}};
  for (int i = 0; i < 5; ++i) journal.append(of_workspace("a"));
  CHECK(journal.view(std::nullopt).evicted == 2);
  CHECK_FALSE(journal.view(std::nullopt).scattered);
  journal.append(of_workspace("b"));
  journal.append(of_workspace("a"));
  CHECK_FALSE(journal.view(std::nullopt).scattered);
  for (int i = 0; i < 3; ++i) journal.append(of_workspace("a"));
  CHECK(held(journal, std::nullopt) == Numbers{6, 9, 10});
  CHECK(journal.view(std::nullopt).scattered);
  CHECK_FALSE(journal.view("a").scattered);
  journal.clear(std::nullopt);
  CHECK(journal.view(std::nullopt).evicted == 0);
}

TEST_CASE("journal: a stream of everything tells how many are missing, wherever they stood") {
  Journal journal{Limits{.entries = 3}};
  journal.append(of_workspace("quiet"));
  for (int i = 0; i < 6; ++i) journal.append(of_workspace("loud"));
  const auto stream = journal.tail({.last_event_id = "0"});
  std::string out;
  while (stream->read(out, 10'000) == ReplyStream::State::kMore) {}
  const auto missed = out.find("event: missed\ndata: {\"missed\":4}");
  CHECK(out.find("id: 1\nevent: entry") < missed);
  CHECK(missed < out.find("id: 6\nevent: entry"));
  CHECK(out.find("id: 7\nevent: entry") != std::string::npos);
}

/// What a journal is to hold of each workspace.
using Model = std::map<std::string, Numbers>;

void check_held(const Journal& journal, const Model& model) {
  Numbers all;
  for (const auto& [workspace, numbers] : model) {
    if (workspace != "gone") REQUIRE(held(journal, workspace) == numbers);
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  std::sort(all.begin(), all.end());
  REQUIRE(held(journal, std::nullopt) == all);
  REQUIRE(journal.counters(std::nullopt).entries == all.size());
}

TEST_CASE(
    "journal: whatever is appended, removed, cleared and forgotten, the largest share pays, and the rest is found") {
  std::mt19937 random(7);  // NOLINT: the same each time
  Journal journal{Limits{.entries = 40}};
  Model model;
  std::uint64_t sequence = 0;
  for (int step = 0; step < 6'000; ++step) {
    const std::string workspace = "w" + std::to_string(random() % (1 + random() % 6));
    const auto action = random() % 200;
    if (action == 0) {
      journal.clear(workspace);
      model[workspace].clear();
    } else if (action == 1) {
      journal.remove_workspace(workspace);
      auto& gone = model["gone"];
      gone.insert(gone.end(), model[workspace].begin(), model[workspace].end());
      model[workspace].clear();
    } else if (action == 2) {
      const auto newest = journal.select({.workspace = workspace, .limit = 3});
      journal.remove(newest);
      auto& numbers = model[workspace];
      numbers.resize(numbers.size() - newest.size());
    } else {
      std::size_t most = 0;
      model[workspace].push_back(++sequence);
      std::size_t total = 0;
      for (const auto& [id, numbers] : model) {
        most = std::max(most, numbers.size());
        total += numbers.size();
      }
      const EntryIds ids = journal.append(of_workspace(workspace));
      REQUIRE((ids.evicted != nullptr) == (total > 40));
      if (ids.evicted) {
        bool paid = false;
        for (auto& [id, numbers] : model) {
          const auto at = std::find(numbers.begin(), numbers.end(), ids.evicted->sequence);
          if (at == numbers.end()) continue;
          paid = numbers.size() == most && (id == "gone" || at == numbers.begin());
          numbers.erase(at);
        }
        REQUIRE(paid);
      }
    }
    if (step % 50 == 0) check_held(journal, model);
  }
  check_held(journal, model);
  CHECK(journal.counters(std::nullopt).bytes > 0);
  journal.clear(std::nullopt);
  CHECK(journal.counters(std::nullopt).bytes == 0);
}

}  // namespace
}  // namespace qamera::journal
