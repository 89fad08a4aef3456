#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/kinds.h"
#include "base/memory_budget.h"
#include "base/time.h"
#include "http/message.h"
#include "verify/judge.h"

namespace qamera::verify {

/// What a service showed one account, turned into a scenario with its fixture (schemas/scenario.schema.json) that shows
/// the same offline: the records it had, those that were made (ids, names, URLs, how many listings showed them in
/// progress, how they ended), prices. Replies that such an account would not give by itself (errors, and whatever is
/// outside the contract) become rules, by their place among the requests of the operation.
class AccountCapture {
 public:
  /// `judge` must outlive this.
  explicit AccountCapture(const Judge& judge) : judge_(judge) {}

  /// The exchanges in the order of the replies; `at` is when the request was received.
  void add(const Request& request, const Response& response, Instant at);

  /// The memory that it takes, in bytes, about: replies kept as rules, and records as far as their replies were long.
  std::size_t bytes() const { return rule_bytes_ + record_bytes_; }
  /// Exchanges that found no room in the scenario any more.
  std::uint64_t left_out() const { return left_out_; }

  /// Keys are redacted in every text.
  Json scenario(const std::string& name, const std::string& origin) const;

  /// The most replies kept as rules.
  static constexpr std::size_t kMaxRules = 5'000;
  /// The most bytes of replies kept as rules.
  static constexpr std::size_t kMaxRuleBytes = std::size_t{64} << 20;

 private:
  /// A record seen in listings.
  struct CapturedRecord {
    Json shown;         ///< as last listed
    Json voting;        ///< as first listed
    Instant listed_at;  ///< when that listing was asked for
    std::string product_id;
    bool ours = false;  ///< made by a request of this capture
    RecordKind kind = RecordKind::kImage;
    std::int64_t polls = 0;  ///< listings that showed it in progress
    bool listed = false;
  };
  /// The records of a collection, in the order of the listings.
  struct CollectionCapture {
    std::vector<std::string> order;
    std::map<std::string, CapturedRecord> records;
    std::set<std::string> named;  ///< by requests that were accepted, listed or not
    bool listed_whole = false;    ///< a listing without a filter was seen
  };
  /// The requests that one condition of a rule tells apart, and the replies that need a rule.
  struct Subject {
    Json when;
    std::int64_t requests = 0;
    std::vector<Json> rules;
  };

  // `at` is when the request was received.
  void take(const Request& request, const Response& response, Instant at);
  void take_listing(const contract::Operation& operation, const Request& request, const Json& body, Instant at);
  void take_registration(const contract::Operation& operation, const Json& body, Subject& subject, Instant at);
  void take_references(const contract::Operation& operation, const Json& sent);
  void take_created(RecordKind kind, const std::string& id, Instant at);
  /// Whether the id is a record of this collection: the first in which it was seen, since ids are unique in a fixture.
  bool claim(Collection collection, const std::string& id);
  /// Where a record goes that requests named and no reply showed.
  Collection collection_named(const std::string& id) const;
  std::int64_t credits() const;
  void record_reply(Subject& subject, const Response& response);
  /// A rule for the latest request of the subject; `effect` is the rule's member, `size` the bytes that count.
  void record_rule(Subject& subject, const char* effect, Json content, std::size_t size);
  Json fixture(const std::string& name, const std::string& origin) const;
  Json expected_records(const std::string& origin) const;
  void add_unlisted(Collection collection, Json& list) const;
  Json id_plans() const;

  const Judge& judge_;
  Instant started_{};
  bool any_ = false;
  PerCollection<CollectionCapture> captures_;
  std::map<std::string, Collection> owners_;  ///< of every record in `captures_`
  PerKind<std::vector<std::string>> made_;
  std::vector<std::string> batches_, orders_, reservations_;
  std::map<RecordKind, std::int64_t> prices_;
  std::map<std::string, Subject> subjects_;
  std::size_t rules_ = 0;
  std::size_t rule_bytes_ = 0;
  std::size_t record_bytes_ = 0;
  std::uint64_t left_out_ = 0;
};

/// The captures of every account that a proxy served. Once the memory budget does not hold, nothing more is kept.
/// Thread-safe.
class Capture {
 public:
  /// `judge` must outlive this.
  Capture(const Judge& judge, MemoryBudgetPtr budget) : judge_(judge), budget_(std::move(budget)), share_(budget_) {}

  /// `account` tells accounts apart; "" for requests without a usable key, which no scenario can answer for.
  void add(const std::string& account, const Request& request, const Response& response, Instant at);

  /// A scenario an account, in the order they were first seen: called `name`, `name-2` and so on.
  std::vector<Json> scenarios(const std::string& name, const std::string& origin) const;

  /// Exchanges that are in none of them.
  std::uint64_t left_out() const;

 private:
  const Judge& judge_;
  const MemoryBudgetPtr budget_;
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, AccountCapture>> accounts_;  // guarded by mutex_
  std::uint64_t without_account_ = 0;                             // guarded by mutex_
  std::uint64_t without_room_ = 0;                                // guarded by mutex_
  std::size_t bytes_ = 0;                                         // guarded by mutex_
  MemoryShare share_;
};

}  // namespace qamera::verify
