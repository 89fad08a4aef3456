#include "verify/recording.h"

#include "journal/ndjson.h"

namespace qamera::verify {
namespace {

RecordedExchange exchange_of(journal::Entry entry, std::string place) {
  RecordedExchange exchange;
  exchange.place = std::move(place);
  exchange.request.method = std::move(entry.method);
  exchange.request.target = std::move(entry.target);
  parse_target(exchange.request);
  exchange.request.headers = std::move(entry.request_headers);
  exchange.request_whole = !entry.request_body.truncated();
  exchange.request.body = std::move(entry.request_body.text);
  // A fault kept the reply from the client, whatever it would have been; the slow ones did not.
  const bool lost = !entry.fault.empty() && !entry.fault.starts_with("slow-");
  exchange.response.status = lost ? 0 : entry.status;
  exchange.response.headers = std::move(entry.response_headers);
  exchange.response_whole = !entry.response_body.truncated();
  exchange.response.body = std::move(entry.response_body.text);
  return exchange;
}

/// Whether the stream begins as a HAR document does, `{ "log"`; reads nothing.
bool begins_as_har(std::istream& in) {
  const auto start = in.tellg();
  std::string seen;
  char c = 0;
  constexpr std::size_t kEnough = 6;
  constexpr int kMaxBlanks = 4096;
  for (int i = 0; i < kMaxBlanks && seen.size() < kEnough && in.get(c); ++i) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && static_cast<unsigned char>(c) < 0x80) seen.push_back(c);
  }
  in.clear();
  in.seekg(start);
  return seen == "{\"log\"";
}

}  // namespace

Result<std::uint64_t> read_recording(std::istream& in, std::string_view name, const OnExchange& each,
                                     const OnWarning& on_warning) {
  if (begins_as_har(in)) return read_har(in, name, each);
  const auto reading = journal::read_ndjson(
      in, name,
      [&](journal::Entry entry, std::uint64_t line) {
        return each(exchange_of(std::move(entry), std::string(name) + ":" + std::to_string(line)));
      },
      on_warning);
  if (!reading.ok()) return reading.error();
  return reading->entries;
}

}  // namespace qamera::verify
