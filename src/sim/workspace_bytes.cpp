// What a workspace takes in memory, kept up to date by whatever changes it.

#include <utility>

#include "sim/memory.h"
#include "sim/workspace.h"

namespace qamera::sim {
namespace {

using Records = CowVector<RecordPtr>;
constexpr std::size_t kChunkBytes = Records::kChunk * sizeof(RecordPtr);

bool is_of(const Records& base, std::size_t index, const RecordPtr& record) {
  return index < base.size() && base[index] == record;
}

}  // namespace

void Workspace::own_chunk(RecordPlace place) {
  auto& list = records_[place.collection];
  const bool is_shared =
      list.shares_chunk(place.index / Records::kChunk, scenario().fixture->records[place.collection]);
  list.edit(place.index);
  if (is_shared) own_.records += kChunkBytes;
}

void Workspace::put_record(RecordPlace place, RecordPtr record) {
  auto& list = records_[place.collection];
  const auto& base = scenario().fixture->records[place.collection];
  const std::size_t chunk = place.index / Records::kChunk;
  std::size_t bytes = own_.records + bytes_of(*record);
  if (chunk >= list.chunks() || list.shares_chunk(chunk, base)) bytes += kChunkBytes;
  if (place.index == list.size()) {
    list.push_back(std::move(record));
  } else {
    const RecordPtr& before = list[place.index];
    if (!is_of(base, place.index, before)) bytes -= bytes_of(*before);
    list.edit(place.index) = std::move(record);
  }
  own_.records = bytes;  // once nothing can fail for a want of memory
}

void Workspace::keep_listing(Collection collection, KeptListing kept) {
  own_.listings += kept.own - listings_[collection].own;
  listings_[collection] = std::move(kept);
}

void Workspace::drop_listing(Collection collection) {
  KeptListing& kept = listings_[collection];
  own_.listings += kept.product_id.size() - std::exchange(kept.own, kept.product_id.size());
  kept.body.reset();
}

Workspace::OwnBytes Workspace::count_own() const {
  OwnBytes own;
  for (const Collection collection : kAll<Collection>) {
    const auto& list = records_[collection];
    const auto& base = scenario().fixture->records[collection];
    for (std::size_t chunk = 0; chunk < list.chunks(); ++chunk) {
      if (!list.shares_chunk(chunk, base)) own.records += kChunkBytes;
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!is_of(base, i, list[i])) own.records += bytes_of(*list[i]);
    }
    const ListingPtr& body = listings_[collection].body;
    own.listings += listings_[collection].product_id.size();
    if (body && !scenario().fixture->shares(collection, body)) own.listings += KeptListing::bytes_of(*body);
  }
  if (own_keys_) {
    for (const KeyRecord& key : *own_keys_) own.keys += bytes_of(key);
  }
  if (own_jobs_) own.jobs = bytes_of(own_jobs_->document);
  for (const auto& [id, window] : *windows_) {
    own.windows += kWindow + id.size() + window.times().size() * sizeof(Instant);
  }
  for (const auto& kind : slots_) own.slots += kind.size() * sizeof(Instant);
  return own;
}

std::size_t Workspace::bytes_with(const OwnBytes& own) const {
  return sizeof(Workspace) + own.records + own.listings + own.keys + own.jobs + own.windows +
         start_.extra_rules.size() * sizeof(RulePtr) + own.slots + created_.bytes() + pending_.bytes() + due_.bytes() +
         ledger_.bytes() + script_.bytes(scenario().script);
}

std::size_t Workspace::bytes() const { return bytes_with(own_); }

std::size_t Workspace::counted_bytes() const { return bytes_with(count_own()); }

}  // namespace qamera::sim
