#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/asset_url.h"
#include "sim/record.h"

namespace qamera::sim {

/// A listing's body: `{"models":[...],"count":2}`. Clients poll listings far more often than those change, and large
/// accounts list megabytes: so the bytes are made once, and replies and journal share them. Never changed.
struct ListingBody {
  std::string text;
  std::string assets;  ///< the base of the URLs in it
};
using ListingPtr = std::shared_ptr<const ListingBody>;

/// A listing, as made for one reply.
struct Listing {
  ListingPtr body;
  /// Records that no listing has shown before as they are. Whoever finds one that must not be shown takes it back with
  /// `Workspace::drop_rendering`.
  std::vector<RecordPtr> first_shown{};
};

/// What a listing shows.
enum class ListFilter { kAll, kApproved };

struct ListQuery {
  ListFilter filter = ListFilter::kAll;
  std::string_view product_id{};  ///< "": any
  std::size_t limit = SIZE_MAX;   ///< the most records
  bool is_shown = true;           ///< false: nobody sees it (HEAD), so jobs do not count it as a poll
  AssetBase assets{};             ///< of the URLs of pictures
};

bool shows(const ListQuery& query, const Record& record);

/// What stands before and after the records, which are joined by commas.
void open_listing(std::string& out, Collection collection);
void close_listing(std::string& out, std::size_t count);

}  // namespace qamera::sim
