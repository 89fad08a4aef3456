#include "base/json_written.h"

namespace qamera {

const OrderedJson* WrittenJson::at(const std::string& pointer) const {
  if (!document_) {
    auto parsed = parse_ordered_json(text_);
    document_ = parsed ? *std::move(parsed) : OrderedJson();
  }
  const OrderedJson::json_pointer place(pointer);
  return document_->contains(place) ? &document_->at(place) : nullptr;
}

std::string WrittenPlace::text_of(const std::string& below, const Json& value) const {
  const OrderedJson* written = document && value.is_structured() ? document->at(pointer + below) : nullptr;
  return written ? dump_json(*written) : dump_json(value);
}

}  // namespace qamera
