#include "sim/listing.h"

namespace qamera::sim {

bool shows(const ListQuery& query, const Record& record) {
  if (record.archived || (query.filter == ListFilter::kApproved && record.voting != Voting::kApproved)) return false;
  return query.product_id.empty() || record.product_id == query.product_id;
}

void open_listing(std::string& out, Collection collection) {
  out.append("{\"").append(name_of(collection)).append("\":[");
}

void close_listing(std::string& out, std::size_t count) {
  out.append("],\"count\":").append(std::to_string(count)).append("}");
}

}  // namespace qamera::sim
