#include "recordings/recording.h"

#include <algorithm>
#include <array>

#include "contract/operation.h"
#include "http/content_coding.h"
#include "journal/ndjson.h"
#include "recordings/har_reader.h"
#include "recordings/repaired_text.h"

namespace qamera::recordings {
namespace {

using http::BodyState;

RecordedExchange exchange_of(journal::Entry entry, std::string place) {
  RecordedExchange exchange;
  exchange.place = std::move(place);
  exchange.request.method = std::move(entry.method);
  exchange.request.target = std::move(entry.target);
  parse_target(exchange.request);
  exchange.request.headers = std::move(entry.request_headers);
  if (entry.request_body.truncated()) exchange.request_known.body = BodyState::kCut;
  exchange.request.body = std::move(entry.request_body.text);
  decode(exchange.request.body, entry.request_body.coding, exchange.request_known);
  // A fault kept the reply from the client, whatever it would have been; the slow ones did not.
  const bool lost = !entry.fault.empty() && !entry.fault.starts_with("slow-");
  exchange.response.status = lost ? 0 : entry.status;
  exchange.response.headers = journal::shown_response_headers(entry);
  if (entry.response_body.truncated()) exchange.response_known.body = BodyState::kCut;
  exchange.response.body = std::move(entry.response_body.text);
  decode(exchange.response.body, entry.response_body.coding, exchange.response_known);
  conclude(exchange);
  return exchange;
}

/// Whether the first member of the document that is known at all is one of HAR's. Reads no further than that.
bool begins_as_har(std::istream& in) {
  constexpr std::array<std::string_view, 6> kHar = {"log", "entries", "creator", "browser", "pages", "version"};
  constexpr std::array<std::string_view, 8> kJournal = {"id",        "sequence",      "at",      "receivedAt",
                                                        "workspace", "correlationId", "request", "response"};
  const auto is_one_of = [](std::string_view name, const auto& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  int depth = 0;
  bool in_string = false;
  bool is_escaped = false;
  bool is_name = false;  // of the string that follows, or that this is
  std::string name;
  for (char c = 0; in.get(c);) {
    if (in_string) {
      in_string = is_escaped || c != '"';
      is_escaped = !is_escaped && c == '\\';
      if (in_string && is_name && name.size() < 32) name.push_back(c);
      if (in_string || !is_name) continue;
      if (is_one_of(name, kHar)) return true;
      if (is_one_of(name, kJournal)) return false;
      is_name = false;
    } else if (c == '"') {
      if (depth == 0) return false;
      in_string = true;
      name.clear();
    } else if (c == '{' || c == '[') {
      if (depth == 0 && c == '[') return false;
      is_name = depth == 0;
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth <= 0) return false;
    } else if (c == ',') {
      is_name = depth == 1;
    }
  }
  return false;
}

}  // namespace

bool is_of_api(const RecordedExchange& exchange) {
  return !exchange.is_preflight && contract::is_api_path(exchange.request.path);
}

void decode(std::string& body, std::string_view codings, Known& known) {
  constexpr std::size_t kMaxDecoded = std::size_t{16} << 20;
  if (codings.empty() || known.body != BodyState::kReadable) return;
  auto decoded = http::decode_content(codings, body, kMaxDecoded);
  known.body = decoded.state;
  if (decoded.body) body = *std::move(decoded.body);
}

void conclude(RecordedExchange& exchange) {
  exchange.is_preflight = exchange.is_preflight || is_preflight(exchange.request.method, exchange.request.headers);
  // Refused by our own edge, which did not read to the end.
  if (exchange.response.headers.value_or("X-Qamera-Mock-Reason", "").starts_with("edge:")) {
    exchange.request_known.body = BodyState::kNotRecorded;
  }
}

Result<std::uint64_t> read_recording(std::istream& in, std::string_view name, const OnExchange& each,
                                     const OnWarning& on_warning, const ReadFile& read_file) {
  const auto start = in.tellg();
  RepairedText beginning(in, RepairedText::Repair::kNothing);
  std::istream first(&beginning);
  const bool is_har = begins_as_har(first);
  in.clear();
  in.seekg(start);
  if (is_har) return read_har(in, name, each, on_warning, read_file);
  RepairedText text(in, RepairedText::Repair::kNothing);
  std::istream lines(&text);
  const auto reading = journal::read_ndjson(
      lines, name,
      [&](journal::Entry entry, std::uint64_t line) {
        return each(exchange_of(std::move(entry), std::string(name) + ":" + std::to_string(line)));
      },
      on_warning);
  if (!reading.ok()) return reading.error();
  if (in.bad()) return Error{ErrorCode::kIo, std::string(name) + ": cannot be read to the end", ""};
  return reading->entries;
}

}  // namespace qamera::recordings
