#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/cow.h"
#include "base/json.h"
#include "base/kinds.h"
#include "base/lazy.h"
#include "sim/listing.h"
#include "sim/record.h"
#include "sim/schedule.h"

namespace qamera::sim {

/// How ids of one kind are made: first those `given`, then `prefix` and a number of at least `width` digits.
struct IdPlan {
  std::string prefix;
  std::uint64_t first = 1;
  int width = 3;
  std::vector<std::string> given;  ///< what follows the prefix
};

/// What is known beforehand of a record that a client will make: a recording's, for one. "" leaves it to the templates.
struct ExpectedRecord {
  std::string id;
  std::string name;
  std::string thumbnail;              ///< once done
  std::string video_url;              ///< once done
  std::optional<std::int64_t> polls;  ///< listings that show it in progress, in place of the job policy
  bool fails = false;                 ///< how it ends, when `polls` is given
};

/// How `batchId`, `orderId` and `reservationId` are made: first those `given`, then `prefix` and a seeded token.
struct TokenPlan {
  std::string prefix;
  std::vector<std::string> given;
};

struct UrlPlan {
  std::string thumbnail;  ///< template with {id} and {suffix}
  std::string video_url;
};

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename T>
using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

/// The account that a scenario starts with (`fixtures/*.json`, `schemas/fixture.schema.json`). Immutable and shared:
/// ten thousand workspaces of one scenario hold its records once.
struct Fixture {
  std::string name;
  std::string description;
  PerKind<IdPlan> ids;
  TokenPlan batch{"batch_", {}}, order{"order_", {}}, reservation{"res_", {}};
  PerKind<std::vector<ExpectedRecord>> expected;  ///< in the order they are made, before `ids`
  PerKind<std::string> names;                     ///< templates
  PerKind<UrlPlan> urls;
  std::string failed_status = "FAILED";
  std::string failed_thumbnail;
  PerCollection<CowVector<RecordPtr>> records;  ///< oldest first, as listed in the file
  StringMap<RecordPlace> index;                 ///< by id
  StringMap<std::size_t> expected_index;        ///< by id: where in `expected` of its kind

  /// Of the record with that id, or null. Valid as long as the fixture.
  const ExpectedRecord* find_expected(RecordKind kind, std::string_view id) const;
  /// All of a collection, made when first asked for: workspaces that leave it alone share it. For the first few bases
  /// that anyone asks with; null for others, of which a client may think up any number. Thread-safe.
  ListingPtr listing(Collection collection, const AssetBase& assets) const;
  /// Whether `body` is one of those.
  bool shares(Collection collection, const ListingPtr& body) const;

 private:
  static constexpr std::size_t kBases = 2;
  PerCollection<std::array<Lazy<ListingPtr>, kBases>> listings_;
};

using FixturePtr = std::shared_ptr<const Fixture>;

/// Most records that `generate` may ask for in one collection.
inline constexpr std::int64_t kMaxGenerated = 1'000'000;

/// Reads a fixture document. Errors carry the JSON Pointer and what was expected.
Result<FixturePtr> parse_fixture(const Json& document);

/// Replaces `{name}` by the value given for `name`; unknown placeholders stay.
std::string expand(std::string_view text, std::initializer_list<std::pair<std::string_view, std::string_view>> values);

/// Fills thumbnail and video URL of a finished record from the plan of its kind.
void fill_urls(const Fixture& fixture, Record& record);

/// `prefix` and the number, padded to the plan's width.
std::string numbered_id(const IdPlan& plan, std::uint64_t number);

}  // namespace qamera::sim
