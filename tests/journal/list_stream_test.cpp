#include "journal/list_stream.h"

#include <doctest/doctest.h>

#include "journal/entry.h"

namespace qamera::journal {
namespace {

OrderedJson shown(const Entry& entry) {
  return {{"id", entry.id}, {"text", "a\nb"}, {"none", OrderedJson::array()}, {"some", {1, {{"x", nullptr}}}}};
}

std::string streamed(const OrderedJson& frame, const std::vector<EntryPtr>& entries, std::size_t piece) {
  const auto stream = list_stream(frame, "requests", entries, shown);
  std::string text;
  while (stream->read(text, piece) == ReplyStream::State::kMore) {}
  return text;
}

}  // namespace

TEST_CASE("lists: piece by piece they are the same text as made at once, and parts before and after stay") {
  for (const OrderedJson& frame :
       {OrderedJson{{"requests", OrderedJson::array()}, {"meta", {{"total", 3}}}},
        OrderedJson{{"removed", "\"requests\": []"}, {"requests", OrderedJson::array()}, {"last", {}}}}) {
    std::vector<EntryPtr> entries;
    OrderedJson whole = frame;
    for (int count = 0; count < 4; ++count) {
      for (const std::size_t piece : {1, 7, 4096}) {
        CHECK(streamed(frame, entries, piece) == pretty_json(whole));
      }
      auto entry = std::make_shared<Entry>();
      entry->id = "req_" + std::to_string(count);
      whole["requests"].push_back(shown(*entry));
      entries.push_back(std::move(entry));
    }
  }
}

}  // namespace qamera::journal
