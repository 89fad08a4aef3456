// A recording: journal NDJSON, or HAR.
//
// Held: what an entry keeps is written and read back as the same line; what is read of NDJSON and written as HAR is
// read as the same exchanges; each exchange can be judged by the contract.

#include <sstream>

#include "base/check.h"
#include "fuzz/target.h"
#include "fuzz/world.h"
#include "http/message.h"
#include "journal/export.h"
#include "journal/ndjson.h"
#include "recordings/recording.h"
#include "verify/judge.h"

namespace qamera::fuzz {
namespace {

std::vector<recordings::RecordedExchange> exchanges_of(const std::string& text) {
  std::vector<recordings::RecordedExchange> exchanges;
  std::istringstream in(text);
  const auto count = recordings::read_recording(
      in, "input",
      [&](recordings::RecordedExchange exchange) -> Result<void> {
        exchanges.push_back(std::move(exchange));
        return {};
      },
      [](const std::string& warning) { QM_CHECK(warning.starts_with("input "), "a warning names its line"); });
  if (!count.ok()) QM_CHECK(!count.error().message.empty(), "a refusal says why");
  if (count.ok()) QM_CHECK(*count == exchanges.size(), "each exchange is handed over");
  return exchanges;
}

std::vector<journal::EntryPtr> entries_of(const std::string& text) {
  std::vector<journal::EntryPtr> entries;
  std::istringstream in(text);
  const auto reading = journal::read_ndjson(
      in, "input",
      [&](journal::Entry entry, std::uint64_t) -> Result<void> {
        entries.push_back(std::make_shared<const journal::Entry>(std::move(entry)));
        return {};
      },
      [](const std::string&) {});
  if (reading.ok()) QM_CHECK(reading->entries == entries.size(), "each entry is handed over");
  return entries;
}

void check_written_again(const journal::Entry& entry) {
  std::string line;
  journal::append_json(line, entry);
  const auto json = parse_json(line);
  QM_CHECK(json.ok(), "an entry is JSON");
  const auto again = journal::entry_from_json(*json);
  QM_CHECK(again.ok(), "an entry written is one");
  std::string second;
  journal::append_json(second, *again);
  QM_CHECK(second == line, "an entry read back is written the same");
}

std::string har_of(std::vector<journal::EntryPtr> entries) {
  const auto stream = journal::har_export(std::move(entries), {.base_url = "http://127.0.0.1:4010", .version = "0"});
  std::string har;
  constexpr std::size_t kLimit = 4'096;
  while (stream->read(har, kLimit) == ReplyStream::State::kMore) {}
  return har;
}

std::vector<verify::Departure> departures_of(const recordings::RecordedExchange& exchange) {
  static const verify::Judge judge(contract());
  std::vector<verify::Departure> departures = judge.request(exchange.request, exchange.request_known);
  for (auto& one : judge.response(exchange.request, exchange.response, exchange.response_known)) {
    departures.push_back(std::move(one));
  }
  return departures;
}

void check_judged(const recordings::RecordedExchange& exchange) {
  const auto departures = departures_of(exchange);
  QM_CHECK(departures.size() <= 2 * verify::kMaxDepartures + 1, "the list of departures is bounded");
  for (const verify::Departure& one : departures) {
    const std::string text = verify::to_text(one);
    QM_CHECK(text.find_first_of("\r\n\x1b") == std::string::npos, "a departure is one line");
  }
}

void check_exported(const std::vector<journal::EntryPtr>& entries,
                    const std::vector<recordings::RecordedExchange>& recorded) {
  const std::string har = har_of(entries);
  QM_CHECK(parse_json(har).ok(), "a HAR export is JSON");
  const auto exchanges = exchanges_of(har);
  QM_CHECK(exchanges.size() == entries.size(), "a HAR export holds every exchange");
  if (recorded.size() != entries.size()) return;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    QM_CHECK(exchanges[i].request.method == entries[i]->method, "a HAR export keeps the method");
    QM_CHECK(exchanges[i].response.status == recorded[i].response.status, "a HAR export keeps the status");
    const auto here = departures_of(exchanges[i]);
    const auto there = departures_of(recorded[i]);
    QM_CHECK(here.size() == there.size(), "a HAR export is judged as the recording is");
    for (std::size_t k = 0; k < here.size(); ++k) {
      QM_CHECK(here[k].pointer == there[k].pointer, "a HAR export departs where the recording does");
    }
  }
}

}  // namespace

void run(std::string_view input) {
  const std::string text(input);
  const std::vector<recordings::RecordedExchange> recorded = exchanges_of(text);
  for (const recordings::RecordedExchange& exchange : recorded) check_judged(exchange);
  const std::vector<journal::EntryPtr> entries = entries_of(text);
  for (const journal::EntryPtr& entry : entries) check_written_again(*entry);
  if (!entries.empty()) check_exported(entries, recorded);
}

}  // namespace qamera::fuzz
