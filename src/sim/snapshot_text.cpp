#include "sim/snapshot_text.h"

#include <algorithm>
#include <utility>

namespace qamera::sim {

SnapshotText::SnapshotText(Workspace workspace) : workspace_(std::move(workspace)) {
  const Json frame = workspace_.snapshot_frame();
  std::string text;
  for (const auto& [name, value] : frame.items()) {
    append_json_string(text.append(text.empty() && parts_.empty() ? "{" : ","), name);
    text.push_back(':');
    if (name == "jobs") {
      const auto& all = kAll<Collection>;
      parts_.push_back({std::exchange(text, "]") + "[", {all.begin(), all.end()}, true});
    } else if (name == "records") {
      std::vector<Collection> sorted(kAll<Collection>.begin(), kAll<Collection>.end());
      std::sort(sorted.begin(), sorted.end(), [](Collection a, Collection b) { return name_of(a) < name_of(b); });
      for (const Collection collection : sorted) {
        append_json_string(text.append(collection == sorted.front() ? "{" : ","), name_of(collection));
        parts_.push_back({std::exchange(text, "]") + ":[", {collection}, false});
      }
      text.push_back('}');
    } else {
      text += dump_json(value);
    }
  }
  parts_.push_back({std::move(text) + "}", {}, false});
}

bool SnapshotText::append(std::string& out) {
  if (part_ == parts_.size()) return false;
  Part& part = parts_[part_];
  if (!part.text.empty()) {
    out += std::exchange(part.text, {});
    collection_ = record_ = 0;
    is_first_ = true;
  }
  append_some(part, out);
  if (collection_ == part.collections.size()) ++part_;
  return true;
}

void SnapshotText::append_some(const Part& part, std::string& out) {
  constexpr std::size_t kAtOnce = 64;
  for (std::size_t looked = 0; collection_ < part.collections.size(); ++collection_, record_ = 0) {
    const Collection collection = part.collections[collection_];
    for (; record_ < workspace_.record_count(collection); ++record_, ++looked) {
      if (looked == kAtOnce) return;
      const Record& record = *workspace_.records(collection)[record_];
      const Job* job = part.lists_jobs ? workspace_.job_at({collection, record_}) : nullptr;
      if (part.lists_jobs && !job) continue;
      if (!std::exchange(is_first_, false)) out.push_back(',');
      out += dump_json(job ? job_to_json(*job, record.id) : record_to_json(record));
    }
  }
}

}  // namespace qamera::sim
