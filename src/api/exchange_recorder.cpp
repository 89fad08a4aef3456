#include "api/exchange_recorder.h"

#include <chrono>
#include <utility>

#include "api/scripted_rules.h"

namespace qamera::api {
namespace {

using namespace std::string_view_literals;

/// Printable ASCII only, bounded: what may stand in a header. Clients' text can reach reasons.
std::string header_text(std::string_view text) {
  constexpr std::size_t kMaxLength = 500;
  std::string out(text.substr(0, kMaxLength));
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

std::string own_fields(const journal::EntryIds& ids, std::string_view reason, const std::vector<Finding>& findings) {
  std::string out;
  constexpr std::size_t kUsualFindings = 80;
  out.reserve(80 + ids.correlation_id.size() + ids.id.size() + reason.size() + (findings.empty() ? 0 : kUsualFindings));
  out.append("X-Correlation-Id: "sv).append(ids.correlation_id);
  out.append("\r\nX-Qamera-Mock-Request: "sv).append(ids.id);
  out.append("\r\nX-Qamera-Mock-Reason: "sv).append(reason);
  if (!findings.empty()) journal::append_findings_field(out.append("\r\nX-Qamera-Mock-Findings: "sv), findings);
  return out.append("\r\n"sv);
}

}  // namespace

ExchangeRecorder::Recorded ExchangeRecorder::record(ReceivedRequest& received, Instant at, Outcome outcome) {
  Response& response = outcome.response;
  if (!response.relayed) response.date = at;
  // A proxy that answers preflights lets the page read what they were for too.
  cors_.add_headers(received.request, response);
  auto entry = std::make_shared<journal::Entry>();
  entry->at = at;
  entry->received_at = received.received_at;
  entry->other_protocol = received.other_protocol;
  if (received.handle) entry->workspace = received.handle->id;
  if (received.route.operation) entry->operation = received.route.operation->name;
  entry->method = std::move(received.request.method);
  entry->target = std::move(received.request.target);
  entry->request_headers = std::move(received.request.headers);
  entry->request_body.text = std::move(received.request.body);
  if (received.body_state != http::BodyState::kReadable) {
    entry->request_body.coding = http::content_codings(entry->request_headers);
  }
  entry->status = response.status;
  entry->response_headers = response.headers;
  // The body that a reply to HEAD would have had is never sent.
  if (entry->method != "HEAD") entry->response_body = kept_body(received, outcome);
  if (response.relayed) entry->upstream = options_.upstream_url;
  entry->findings = std::move(outcome.findings);
  if (received.handle && received.handle->earlier != DropCause::kNothing) {
    outcome.reason.append("; ").append(described(std::exchange(received.handle->earlier, DropCause::kNothing)));
  }
  if (received.handle && !received.handle->misnamed.empty()) {
    const std::string& serving = received.handle->workspace.scenario().name;
    outcome.reason.append("; ")
        .append(received.handle->misnamed)
        .append(": ")
        .append(serving)
        .append(" serves the key");
  }
  entry->reason = header_text(outcome.reason);
  // Clients' text reaches reasons and methods; a key in it must reach neither header nor log.
  journal::redact_keys(entry->reason);
  journal::redact_keys(entry->method);
  if (outcome.script.fault) entry->fault = outcome.script.fault->kind;
  const Delivery delivery = delivery_of(outcome.script);
  entry->rule = std::move(outcome.script.rules);
  entry->draws = std::move(outcome.script.draws);
  const MonotonicTime took = time_.monotonic() - received.started;
  entry->duration = std::chrono::duration_cast<std::chrono::microseconds>(took);
  RequestLog::Notes notes;
  if (log_.is_on() && received.handle) notes = log_.take_notes(*received.handle, *entry);
  journal::EntryIds ids = journal_.append(entry);
  return {std::move(entry),         std::move(ids), std::move(response), delivery,
          received.route.operation, took,           std::move(notes)};
}

Reply ExchangeRecorder::reply(Recorded recorded) const {
  count(recorded);
  if (log_.is_on()) log_.write(*recorded.entry, recorded.notes);
  Reply reply;
  reply.response = std::move(recorded.response);
  reply.delivery = recorded.delivery;
  if (reply.response.relayed) return reply;
  reply.response.own_fields = own_fields(recorded.ids, recorded.entry->reason, recorded.entry->findings);
  return reply;
}

Reply ExchangeRecorder::show(Request request, access::Cors::Answer answer, Instant at) const {
  const MonotonicTime started = time_.monotonic();
  journal::Entry entry;
  entry.at = at;
  entry.received_at = time_.wall();
  entry.method = std::move(request.method);
  entry.target = std::move(request.target);
  entry.request_headers = std::move(request.headers);
  entry.status = answer.response.status;
  entry.response_headers = answer.response.headers;
  entry.reason = header_text(answer.reason);
  journal::redact(entry);
  journal_.show(entry);
  metrics_.count(metrics::OtherTraffic::kPreflight, entry.status, time_.monotonic() - started);
  if (log_.is_on()) log_.write(entry, {});
  Reply reply;
  reply.response = std::move(answer.response);
  reply.response.date = at;
  reply.response.headers.add("X-Qamera-Mock-Reason", std::move(entry.reason));
  return reply;
}

Reply ExchangeRecorder::refuse(Refusal refusal, Instant at) {
  ReceivedRequest received{std::move(refusal.request), time_.monotonic(), time_.wall()};
  received.other_protocol = refusal.other_protocol;
  return reply(record(received, at, error_outcome(refusal.status, refusal.message, std::move(refusal.reason))));
}

journal::KeptBody ExchangeRecorder::kept_body(const ReceivedRequest& received, Outcome& outcome) const {
  const Response& response = outcome.response;
  if (outcome.readable_body) return {*std::move(outcome.readable_body), 0, ""};
  if (!response.shared_body) {
    journal::KeptBody kept{response.body, 0, ""};
    if (outcome.body_state != http::BodyState::kReadable) kept.coding = http::content_codings(response.headers);
    return kept;
  }
  LockedWorkspace& target = *received.handle;
  const Collection collection = received.route.operation->collection();
  auto& [listing, kept, own] = target.kept_listings[static_cast<std::size_t>(collection)];
  const bool same = !listing.owner_before(response.shared_body) && !response.shared_body.owner_before(listing);
  if (same) return kept;
  listing = response.shared_body;
  const bool is_shared = target.workspace.shares_listing(collection, response.shared_body.get());
  kept = is_shared ? keep_shared(response.shared_body) : journal_.keep(response.shared_body);
  target.kept_bytes -= std::exchange(own, is_shared ? 0 : kept.content().size());
  target.kept_bytes += own;
  return kept;
}

journal::KeptBody ExchangeRecorder::keep_shared(const std::shared_ptr<const std::string>& body) const {
  const std::lock_guard lock(shared_mutex_);
  std::erase_if(shared_bodies_, [](const auto& one) { return one.first.expired(); });
  for (const auto& [known, kept] : shared_bodies_) {
    if (known.lock() == body) return kept;
  }
  return shared_bodies_.emplace_back(body, journal_.keep(body)).second;
}

void ExchangeRecorder::count(const Recorded& recorded) const {
  const journal::Entry& entry = *recorded.entry;
  metrics_.count(recorded.operation, entry.status, recorded.took);
  for (const Finding& finding : entry.findings) metrics_.count(finding);
  if (!entry.fault.empty()) metrics_.count_fault(entry.fault);
}

}  // namespace qamera::api
