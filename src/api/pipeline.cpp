#include "api/pipeline.h"

#include <algorithm>

#include "api/json_patch.h"
#include "api/product_api.h"
#include "base/eager_lock.h"
#include "contract/form.h"
#include "http/handler.h"

namespace qamera::api {
namespace {

using contract::BodyFormat;

Answer invalid_key(std::string reason) { return error_answer(401, "Invalid API key.", "key: " + std::move(reason)); }

Answer invalid_body(std::string_view message, std::string reason) {
  return error_answer(400, "Validation failed: " + std::string(message), "body: " + std::move(reason));
}

/// Sent as a form, but without a part that can be read. A form of no fields is its closing delimiter, one line.
bool is_broken_form(const Request& request) {
  constexpr std::string_view kForm = "multipart/form-data";
  const std::string_view type = request.headers.value_or("Content-Type", "");
  if (!request.parts.empty() || !equal_ignoring_case(type.substr(0, kForm.size()), kForm)) return false;
  std::string_view line = request.body;
  if (line.ends_with("\r\n")) line.remove_suffix(2);
  return !line.empty() &&
         (line.find('\n') != std::string_view::npos || !line.starts_with("--") || !line.ends_with("--"));
}

}  // namespace

std::string_view presented_key(const Request& request) {
  if (const std::string* key = request.headers.find("X-Api-Key")) return *key;
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view value = request.headers.value_or("Authorization", "");
  if (value.size() < kScheme.size() || !equal_ignoring_case(value.substr(0, kScheme.size()), kScheme)) return {};
  const auto start = value.find_first_not_of(' ', kScheme.size());
  return start == std::string_view::npos ? std::string_view() : value.substr(start);
}

Pipeline::Pipeline(Options options, Workspaces& workspaces, const contract::Contract& contract,
                   journal::Journal& journal, const TimeSource& time, const Log& log)
    : options_(std::move(options)),
      workspaces_(workspaces),
      contract_(contract),
      journal_(journal),
      time_(time),
      log_(log) {}

Reply Pipeline::handle(Request request) {
  if (auto reply = preflight(request)) return *std::move(reply);
  Exchange exchange;
  exchange.started = time_.monotonic();
  exchange.received_at = exchange.at = time_.wall();
  exchange.request = std::move(request);
  if (options_.upstream) return relay(std::move(exchange));
  auto refused = resolve(exchange);
  if (!exchange.handle) {
    record(exchange, *std::move(refused));
    return reply_to(exchange);
  }
  examine(exchange);
  {
    // The journal is written under the workspace's lock too, so that its order is the order of the changes.
    const auto lock = lock_eagerly(exchange.handle->mutex);
    record(exchange, judge(exchange, std::move(refused)));
  }
  return reply_to(exchange);
}

Reply Pipeline::refuse(Refusal refusal) {
  Exchange exchange;
  exchange.started = time_.monotonic();
  exchange.received_at = exchange.at = time_.wall();
  exchange.request = std::move(refusal.request);
  record(exchange, error_answer(refusal.status, refusal.message, std::move(refusal.reason)));
  return reply_to(exchange);
}

std::optional<Answer> Pipeline::resolve(Exchange& exchange) {
  const contract::Route route = contract::route(exchange.request.method, exchange.request.path);
  exchange.operation = route.operation;
  std::optional<Answer> unmatched;
  if (!route.operation && route.allow.empty()) {
    unmatched = error_answer(404, "Not found.", "path: no documented endpoint");
  } else if (!route.operation) {
    exchange.response.headers.add("Allow", route.allow);
    unmatched = error_answer(405, "Method not allowed.", "method: the path takes " + route.allow);
  }
  const std::string_view key = presented_key(exchange.request);
  if (key.empty()) return unmatched ? unmatched : invalid_key("none was sent");
  auto handle = workspaces_.for_key(key);
  if (!handle.ok()) return unmatched ? unmatched : invalid_key(handle.error().message);
  // What a known key asks of an undocumented path belongs to its workspace too: rules may answer it.
  exchange.handle = *std::move(handle);
  exchange.key_id = sim::parse_api_key(key)->id;
  return unmatched;
}

std::optional<Answer> Pipeline::enter(Exchange& exchange) const {
  sim::Workspace& workspace = exchange.handle->workspace;
  workspace.sync(time_.monotonic());
  exchange.at = workspace.now();
  ++exchange.handle->requests;
  if (workspace.maintenance()) {
    return error_answer(503, "Service temporarily unavailable. Please retry later.", "maintenance window");
  }
  return std::nullopt;
}

Answer Pipeline::judge(Exchange& exchange, std::optional<Answer> unmatched) {
  if (auto closed = enter(exchange)) return *std::move(closed);
  if (!unmatched) {
    if (auto refused = admit(exchange)) return *std::move(refused);
  }
  const sim::ScriptDecision script = decide(exchange);
  if (script.respond) return scripted_answer(exchange, *script.respond);
  Answer answer = unmatched ? *std::move(unmatched) : genuine_answer(exchange, script);
  alter(exchange, script, answer);
  if (!script.rules.empty()) answer.reason += "; rule: " + script.rules;
  return answer;
}

void Pipeline::parse_body(Exchange& exchange) {
  const BodyFormat format = exchange.operation ? exchange.operation->body : BodyFormat::kJson;
  if (format == BodyFormat::kNone || (!exchange.operation && exchange.request.body.empty())) return;
  if (format == BodyFormat::kMultipart) {
    if (is_broken_form(exchange.request)) {
      exchange.body_problem =
          "Content-Type needs a boundary, the body a closing delimiter and at most 1,000 parts, and "
          "each part a name";
      return;
    }
    exchange.body = contract::form_fields(exchange.request.parts);
    exchange.has_body = true;
    return;
  }
  auto parsed = parse_json(exchange.request.body);
  if (parsed.ok())
    exchange.body = *std::move(parsed);
  else
    exchange.body_problem = parsed.error().message;
  exchange.has_body = exchange.body_problem.empty();
}

sim::ScriptDecision Pipeline::decide(Exchange& exchange) {
  sim::Workspace& workspace = exchange.handle->workspace;
  if (workspace.script().rules().empty()) return {};
  const sim::RequestFacts facts{exchange.operation ? exchange.operation->name : std::string_view(), exchange.request,
                                exchange.has_body ? &exchange.body : nullptr};
  sim::ScriptDecision script = workspace.decide(facts);
  exchange.rule = script.rules;
  exchange.draws = script.draws;
  exchange.delivery.delay = script.delay;
  exchange.delivery.throttle_bytes_per_second = script.throttle;
  if (script.fault) {
    exchange.fault = script.fault->kind;
    exchange.delivery.fault = script.fault->fault;
    if (auto* garbage = std::get_if<fault::Garbage>(&*exchange.delivery.fault)) garbage->seed = script.fault_seed;
  }
  return script;
}

Answer Pipeline::scripted_answer(Exchange& exchange, const sim::Respond& respond) {
  for (const Header& field : respond.headers) exchange.response.headers.set(field.name, field.value);
  return {respond.status, respond.body, "rule: " + exchange.rule};
}

Answer Pipeline::genuine_answer(Exchange& exchange, const sim::ScriptDecision& script) {
  if (auto refused = check_body(exchange)) return *std::move(refused);
  // A listing changes nothing but jobs that count polls, so it needs no copy of an account that may be large.
  const bool harmless =
      exchange.operation->action == contract::Action::kList && exchange.handle->workspace.pending() == 0;
  if (!script.fault || script.fault->commit == sim::Commit::kAfter || harmless) {
    return perform_checked(exchange, exchange.handle->workspace);
  }
  // Before the commit: the bytes that the fault spoils come from a copy, and the workspace stays as it was.
  sim::Workspace copy = exchange.handle->workspace;
  return perform_checked(exchange, copy);
}

void Pipeline::alter(Exchange& exchange, const sim::ScriptDecision& script, Answer& answer) {
  if (script.patch) {
    auto body = parse_ordered_json(answer.content());
    auto patched = body.ok() ? apply_patch(*std::move(body), *script.patch)
                             : Error{ErrorCode::kInvalid, "the reply is not JSON", ""};
    if (patched.ok()) {
      answer.body = dump_json(*patched);
      answer.listing.reset();
    } else {
      const std::string& why = patched.error().message;
      answer.reason += "; patch not applied: " + why;
      log_.warning("a rule's patch does not fit the reply",
                   {{"rule", exchange.rule}, {"step", patched.error().pointer}, {"why", why}});
    }
  }
  if (script.alter) {
    if (script.alter->status) answer.status = *script.alter->status;
    for (const Header& field : script.alter->headers) exchange.response.headers.set(field.name, field.value);
  }
}

std::optional<Answer> Pipeline::admit(Exchange& exchange) {
  sim::Workspace& workspace = exchange.handle->workspace;
  const sim::KeyStatus key_status = workspace.key_status(exchange.key_id);
  if (!key_status.valid) return invalid_key(std::string(key_status.reason));
  const std::string_view scope = exchange.operation->scope;
  if (key_status.record && !key_status.record->has_scope(scope)) {
    const std::string quoted = "'" + std::string(scope) + "'";
    return error_answer(403, "Missing required scope: " + quoted + ".", "scope: the key lacks " + quoted);
  }
  if (workspace.admit(exchange.key_id)) return std::nullopt;
  const sim::RateLimit& limit = workspace.scenario().rate_limit;
  const auto rule = [&] { return std::to_string(limit.requests) + " requests in " + format_duration(limit.window); };
  if (limit.mode == sim::RateMode::kEnforce) {
    return error_answer(
        429, "Too many requests. Please retry after a short delay.",
        "rate limit: " + rule() + ", free again in " + format_duration(workspace.retry_after(exchange.key_id)));
  }
  exchange.findings.push_back({finding_kind::kRateLimitExceeded, "", "more than the documented " + rule()});
  return std::nullopt;
}

void Pipeline::examine(Exchange& exchange) const {
  parse_body(exchange);
  if (!exchange.operation) return;
  const contract::Operation& operation = *exchange.operation;
  exchange.tolerated =
      contract_.request_findings(operation, exchange.request, exchange.has_body ? &exchange.body : nullptr);
  if (exchange.has_body) exchange.violation = contract_.check_request(operation, exchange.body);
}

std::optional<Answer> Pipeline::check_body(Exchange& exchange) const {
  std::vector<Finding>& findings = exchange.tolerated;
  const bool strictly_refused = options_.strict && !findings.empty();
  const std::string first = strictly_refused ? findings.front().message : std::string();
  const std::string first_reason =
      strictly_refused ? std::string(findings.front().kind) + " " + findings.front().pointer : std::string();
  exchange.findings.insert(exchange.findings.end(), std::make_move_iterator(findings.begin()),
                           std::make_move_iterator(findings.end()));
  if (!exchange.body_problem.empty()) {
    const bool form = exchange.operation->body == BodyFormat::kMultipart;
    return invalid_body(std::string("the request body is not ") + (form ? "a valid form (" : "valid JSON (") +
                            exchange.body_problem + ").",
                        form ? "not a form" : "not JSON");
  }
  if (exchange.violation) return invalid_body(exchange.violation->message, exchange.violation->pointer);
  if (strictly_refused) return error_answer(400, "Validation failed: " + first, "strict: " + first_reason);
  return std::nullopt;
}

Answer Pipeline::perform_checked(Exchange& exchange, sim::Workspace& workspace) {
  Answer answer = perform(exchange, workspace, contract_);
  std::string breach = workspace.take_breach();
  // Listings are made of records that were checked when they were written down; the rest is small enough to check.
  if (breach.empty() && exchange.operation->action != contract::Action::kList) {
    const auto wrong = contract_.check_response_text(*exchange.operation, answer.status, answer.body);
    if (wrong) breach = wrong->pointer + ": " + wrong->message;
  }
  if (breach.empty()) return answer;
  log_.error("bug in qamera-mock: a reply would break the contract",
             {{"operation", exchange.operation->name}, {"breach", breach}, {"body", answer.content()}});
  exchange.findings.push_back({finding_kind::kResponseBreach, "", breach});
  return error_answer(500, "Internal server error.", "bug in qamera-mock: " + breach);
}

void Pipeline::record(Exchange& exchange, Answer answer) {
  Response& response = exchange.response;
  response.status = answer.status;
  response.body = std::move(answer.body);
  response.shared_body = std::move(answer.listing);
  const bool own = exchange.upstream.empty();
  if (own && !response.headers.find("Content-Type")) response.headers.add("Content-Type", "application/json");
  if (own) add_cors_headers(exchange.request, response);
  auto written = std::make_shared<journal::Entry>();
  journal::Entry& entry = *written;
  entry.at = exchange.at;
  entry.received_at = exchange.received_at;
  if (exchange.handle) entry.workspace = exchange.handle->id;
  if (exchange.operation) entry.operation = exchange.operation->name;
  entry.method = exchange.request.method;
  entry.target = exchange.request.target;
  entry.request_headers = std::move(exchange.request.headers);
  entry.request_body.text = std::move(exchange.request.body);
  entry.status = response.status;
  entry.response_headers = response.headers;
  entry.response_body = kept_body(exchange);
  entry.upstream = exchange.upstream;
  entry.findings = std::move(exchange.findings);
  entry.reason = header_text(answer.reason);
  // Clients' text reaches reasons and methods; a key in it must reach neither header nor log.
  journal::redact_keys(entry.reason);
  journal::redact_keys(entry.method);
  entry.rule = exchange.rule;
  entry.fault = exchange.fault;
  entry.draws = std::move(exchange.draws);
  entry.duration = std::chrono::duration_cast<std::chrono::microseconds>(time_.monotonic() - exchange.started);
  exchange.took = entry.duration;
  exchange.reason = entry.reason;
  exchange.request.method = entry.method;
  exchange.entry_ids = journal_.append(written);
}

Reply Pipeline::reply_to(Exchange& exchange) const {
  journal::EntryIds& entry_ids = exchange.entry_ids;
  Response& response = exchange.response;
  log_exchange(exchange);
  if (exchange.upstream.empty()) {
    response.headers.add("X-Correlation-Id", std::move(entry_ids.correlation_id));
    response.headers.add("X-Qamera-Mock-Request", std::move(entry_ids.id));
    response.headers.add("X-Qamera-Mock-Reason", std::move(exchange.reason));
  }
  Reply reply;
  reply.response = std::move(response);
  reply.delivery = exchange.delivery;
  return reply;
}

journal::KeptBody Pipeline::kept_body(Exchange& exchange) const {
  const Response& response = exchange.response;
  if (exchange.readable_body) return {*std::move(exchange.readable_body), 0, ""};
  if (!response.shared_body) return {response.body, 0, ""};
  auto& [listing, kept] = exchange.handle->kept_listings[static_cast<std::size_t>(exchange.operation->collection())];
  const bool same = !listing.owner_before(response.shared_body) && !response.shared_body.owner_before(listing);
  if (!same) {
    kept = journal_.keep(response.shared_body);
    listing = response.shared_body;
  }
  return kept;
}

void Pipeline::log_exchange(const Exchange& exchange) const {
  if (!options_.log_requests || !log_.writes(LogLevel::kInfo)) return;
  std::string target = exchange.request.target;
  journal::redact_target(target);
  const std::string status = std::to_string(exchange.response.status);
  const std::string micros = std::to_string(exchange.took.count());
  log_.info(exchange.request.method + " " + target + " " + status,
            {{"reason", exchange.reason},
             {"workspace", exchange.handle ? std::string_view(exchange.handle->id) : "-"},
             {"request", exchange.entry_ids.id},
             {"correlationId", exchange.entry_ids.correlation_id},
             {"micros", micros}});
}

void Pipeline::add_cors_headers(const Request& request, Response& response) const {
  if (options_.allow_origins.empty()) return;
  const std::string* origin = request.headers.find("Origin");
  if (!origin) return;
  const bool allowed = std::any_of(options_.allow_origins.begin(), options_.allow_origins.end(),
                                   [&](const std::string& o) { return o == "*" || o == *origin; });
  if (!allowed) return;
  response.headers.add("Access-Control-Allow-Origin", *origin);
  response.headers.add("Vary", "Origin");
  response.headers.add("Access-Control-Expose-Headers",
                       "X-Correlation-Id, X-Qamera-Mock-Request, X-Qamera-Mock-Reason");
}

std::optional<Reply> Pipeline::preflight(const Request& request) const {
  if (options_.allow_origins.empty() || request.method != "OPTIONS" ||
      !request.headers.find("Access-Control-Request-Method")) {
    return std::nullopt;
  }
  Reply reply;
  reply.response.status = 204;
  add_cors_headers(request, reply.response);
  reply.response.headers.add("Access-Control-Allow-Methods", "GET, POST");
  reply.response.headers.add("Access-Control-Allow-Headers", "X-Api-Key, Authorization, Content-Type");
  reply.response.headers.add("Access-Control-Max-Age", "600");
  return reply;
}

}  // namespace qamera::api
