#include "contract/form.h"

namespace qamera::contract {

Json form_fields(const std::vector<Part>& parts) {
  Json fields = Json::object();
  for (const Part& part : parts) {
    if (part.name == "gallery") {
      fields["gallery"].push_back(part.filename);
    } else if (part.is_file && part.name != "cover") {
      fields.emplace(part.name, Json::object({{"file", part.filename}}));
    } else {
      fields.emplace(part.name, part.is_file ? part.filename : part.content);
    }
  }
  return fields;
}

}  // namespace qamera::contract
