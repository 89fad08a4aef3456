#include "verify/capture.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "contract/operation.h"
#include "http/asset_url.h"
#include "http/field_syntax.h"
#include "journal/entry.h"

namespace qamera::verify {
namespace {

using contract::Action;
using contract::Operation;

// The operations that change records without being listings or jobs.
constexpr std::string_view kVote = "updatePackshot";
constexpr std::string_view kCreatePreset = "createPreset";

constexpr std::int64_t kPlentyOfCredits = 100'000;
constexpr std::int64_t kMaxCredits = 1'000'000'000'000'000;  // of a scenario

bool is_in_progress(const Json& record) { return text_of(record, "status") == "INPROGRESS"; }

/// Where `id` goes in `order`: behind the record that the listing has before it, which is in `order` by then.
void place_in(std::vector<std::string>& order, const Json& records, std::size_t index) {
  const std::string id = text_of(records[index], "id");
  auto at = order.begin();
  if (index > 0) {
    at = std::find(order.begin(), order.end(), text_of(records[index - 1], "id"));
    if (at != order.end()) ++at;
  } else if (records.size() > 1) {
    at = std::find(order.begin(), order.end(), text_of(records[1], "id"));
  } else {
    at = order.end();
  }
  order.insert(at, id);
}

/// Ids that all begin as the documented ones do need only what follows.
Json token_plan(const std::string& usual_prefix, const std::vector<std::string>& ids) {
  const bool usual = std::all_of(ids.begin(), ids.end(), [&](const std::string& id) {
    return id.starts_with(usual_prefix) && id.size() > usual_prefix.size();
  });
  Json given = Json::array();
  for (const std::string& id : ids) given.push_back(usual ? id.substr(usual_prefix.size()) : id);
  return {{"prefix", usual ? usual_prefix : std::string()}, {"given", std::move(given)}};
}

void copy_member(const Json& from, const char* name, Json& to) {
  if (from.contains(name)) to[name] = from[name];
}

/// Of pictures that the server makes, being one of these, the path alone: they are made again where the scenario runs.
void shorten_own_urls(Json& record, const std::string& origin) {
  for (const char* name : {"thumbnail", "videoUrl"}) {
    const std::string url = text_of(record, name);
    if (url.starts_with(origin + std::string(kAssetRoot))) record[name] = without_asset_base(url);
  }
}

/// The reply as a rule's `respond`.
Json respond_of(const Response& response) {
  Json respond = {{"status", std::clamp(response.status, 200, 599)}};
  const auto body = parse_json(response.body);
  const std::string_view type = response.headers.value_or("Content-Type", "");
  if (body.ok())
    respond["body"] = *body;
  else
    respond["text"] = response.body;
  Json headers = Json::object();
  if (!body.ok() || !equal_ignoring_case(http::media_type(type), "application/json")) {
    if (!type.empty()) headers["Content-Type"] = std::string(type);
  }
  for (const char* name : {"Retry-After", "Location", "WWW-Authenticate", "Allow"}) {
    if (const std::string* value = response.headers.find(name)) headers[name] = *value;
  }
  if (!headers.empty()) respond["headers"] = std::move(headers);
  return respond;
}

}  // namespace

void AccountCapture::add(const Request& request, const Response& response, Instant at) {
  constexpr std::size_t kRecord = 1024;
  constexpr std::size_t kParsed = 3;  // a parsed text takes, as a multiple of it
  const std::size_t known = owners_.size();
  take(request, response, at);
  const std::size_t added = owners_.size() - known;
  if (added > 0) record_bytes_ += added * (kRecord + kParsed * response.body.size() / owners_.size());
}

void AccountCapture::take(const Request& request, const Response& response, Instant at) {
  if (!any_) started_ = at;
  any_ = true;
  const contract::Route route = contract::route(request.method, request.path);
  const Operation* operation = route.operation;
  std::string key = operation ? std::string(operation->name) : request.method + " " + request.path;
  // In the path of a rule `*` stands for anything, and it is text: it cannot mean this one alone.
  const bool unspeakable = !operation && (request.path.find('*') != std::string::npos || !is_utf8(request.path));
  if (unspeakable || (!operation && !subjects_.contains(key) && subjects_.size() >= kMaxRules)) {
    ++left_out_;
    return;
  }
  Subject& subject = subjects_[key];
  ++subject.requests;
  if (subject.when.is_null()) {
    subject.when =
        operation ? Json{{"operation", operation->name}} : Json{{"method", request.method}, {"path", request.path}};
  }
  const auto body = parse_json(response.body);
  const bool plain = operation && response.relayed && response.status == 200 && request.method != "HEAD" && body.ok() &&
                     judge_.response(request, response).empty();
  if (!plain) {
    if (request.method != "HEAD") record_reply(subject, response);
    return;
  }
  if (const auto sent = parse_json(request.body); sent.ok()) take_references(*operation, *sent);
  switch (operation->action) {
    case Action::kList: return take_listing(*operation, request, *body, at);
    case Action::kRegister: return take_registration(*operation, *body, subject, at);
    case Action::kOther: break;
  }
  if (operation->name == kCreatePreset) return take_created(RecordKind::kPreset, text_of(*body, "presetId"), at);
  // A vote's reply follows from the vote. What any other operation said follows from nothing that was captured.
  if (operation->name != kVote) record_reply(subject, response);
}

bool AccountCapture::claim(Collection collection, const std::string& id) {
  return owners_.try_emplace(id, collection).first->second == collection;
}

void AccountCapture::take_listing(const Operation& operation, const Request& request, const Json& body, Instant at) {
  const Collection collection = operation.collection();
  CollectionCapture& capture = captures_[collection];
  const Json& records = body[std::string(name_of(collection))];
  const std::string* product = request.query_value("productId");
  const bool whole = request.query.empty();
  capture.listed_whole = capture.listed_whole || whole;
  bool foreign = false;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Json& record = records[i];
    const std::string id = text_of(record, "id");
    if (!claim(collection, id)) {
      foreign = true;
      continue;
    }
    CapturedRecord& seen = capture.records[id];
    if (!seen.listed) {
      seen.listed = true;
      seen.listed_at = at;
      seen.voting = record.value("voting", Json());
      if (!seen.ours) {
        seen.kind = *operation.kind;
        place_in(capture.order, records, i);
      }
    }
    seen.shown = record;
    if (product) seen.product_id = *product;
    if (is_in_progress(record)) ++seen.polls;
  }
  if (foreign) ++left_out_;
  if (!whole) return;
  // A filtered listing tells nothing of what stands between its records; this one does.
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < records.size(); ++i) places.emplace(text_of(records[i], "id"), i);
  const auto place = [&](const std::string& id) {
    const auto found = places.find(id);
    return found == places.end() ? records.size() : found->second;
  };
  std::stable_sort(capture.order.begin(), capture.order.end(),
                   [&](const std::string& a, const std::string& b) { return place(a) < place(b); });
}

void AccountCapture::take_references(const Operation& operation, const Json& sent) {
  const auto name = [this](Collection collection, const Json& id) {
    if (id.is_string() && !id.get_ref<const std::string&>().empty()) {
      captures_[collection].named.insert(id.get<std::string>());
    }
  };
  if (operation.name == kVote) return name(Collection::kPackshots, sent.value("recordId", Json()));
  if (!sent.is_object()) return;
  const Json config = sent.value("config", Json::object());
  constexpr std::pair<const char*, Collection> kConfigured[] = {{"product", Collection::kProducts},
                                                                {"preset", Collection::kPresets},
                                                                {"scenery", Collection::kSceneries},
                                                                {"model", Collection::kModels}};
  for (const auto& [member, collection] : kConfigured) {
    if (config.is_object() && config.contains(member)) name(collection, Json(text_of(config[member], "id")));
  }
  // An image may be a packshot or a product picture; which one, no reply tells.
  for (const char* member : {"generatedImageId", "imageId"}) {
    if (sent.contains(member)) name(Collection::kImages, sent[member]);
  }
  for (const Json& id : sent.value("imagesIds", Json::array())) name(Collection::kImages, id);
}

void AccountCapture::take_registration(const Operation& operation, const Json& body, Subject& subject, Instant at) {
  const Json& ids = body["createdRecordIds"];
  for (const Json& id : ids) take_created(*operation.kind, id.get<std::string>(), at);
  batches_.push_back(text_of(body, "batchId"));
  orders_.push_back(text_of(body, "orderId"));
  reservations_.push_back(text_of(body, "reservationId"));
  const Json& reserved = body["creditsReserved"];
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(ids.size(), 1));
  const double each = reserved.get<double>() / static_cast<double>(count);
  const std::int64_t price =
      prices_.try_emplace(*operation.kind, std::llround(std::clamp(each, 0.0, 1e9))).first->second;
  // A scenario has one price a kind, and replies of the endpoint pages' form: others are made to be as they came.
  Json patch = Json::array();
  if (reserved != Json(price * count)) {
    patch.push_back({{"op", "replace"}, {"path", "/creditsReserved"}, {"value", reserved}});
  }
  if (body.contains("status")) patch.push_back({{"op", "add"}, {"path", "/status"}, {"value", body["status"]}});
  if (!patch.empty()) record_rule(subject, "patch", std::move(patch), 0);
}

void AccountCapture::take_created(RecordKind kind, const std::string& id, Instant at) {
  const Collection collection = collection_of(kind);
  if (!claim(collection, id)) {
    ++left_out_;
    return;
  }
  CollectionCapture& capture = captures_[collection];
  CapturedRecord& seen = capture.records[id];
  // A listing may show a record before the reply comes that says it was made: its request had come before.
  if (seen.ours || (seen.listed && seen.listed_at < at)) return;
  if (seen.listed) std::erase(capture.order, id);
  seen.ours = true;
  seen.kind = kind;
  made_[kind].push_back(id);
}

void AccountCapture::record_reply(Subject& subject, const Response& response) {
  if (response.status < 200 || response.status > 599) {
    ++left_out_;
    return;
  }
  record_rule(subject, "respond", respond_of(response), response.body.size());
}

void AccountCapture::record_rule(Subject& subject, const char* effect, Json content, std::size_t size) {
  if (rules_ >= kMaxRules || rule_bytes_ + size > kMaxRuleBytes) {
    ++left_out_;
    return;
  }
  // The same reply again and again is one rule.
  for (Json& rule : subject.rules) {
    if (rule.value(effect, Json()) != content) continue;
    rule["when"]["nth"].push_back(subject.requests);
    return;
  }
  Json when = subject.when;
  when["nth"] = Json::array({subject.requests});
  subject.rules.push_back({{"when", std::move(when)}, {effect, std::move(content)}});
  ++rules_;
  rule_bytes_ += size;
}

Json AccountCapture::id_plans() const {
  return {{"batch", token_plan("batch_", batches_)},
          {"order", token_plan("order_", orders_)},
          {"reservation", token_plan("res_", reservations_)}};
}

Json AccountCapture::expected_records(const std::string& origin) const {
  Json expected = Json::object();
  for (const RecordKind kind : kAll<RecordKind>) {
    const auto& capture = captures_[collection_of(kind)];
    for (const std::string& id : made_[kind]) {
      const CapturedRecord& seen = capture.records.at(id);
      Json record = {{"id", id}};
      if (seen.listed) {
        for (const char* name : {"name", "thumbnail", "videoUrl"}) copy_member(seen.shown, name, record);
        shorten_own_urls(record, origin);
      }
      if (seen.listed && kind != RecordKind::kPreset) {
        record["polls"] = seen.polls;
        if (text_of(seen.shown, "status") == "FAILED") record["status"] = "FAILED";
      }
      expected[std::string(name_of(kind))].push_back(std::move(record));
    }
  }
  return expected;
}

Collection AccountCapture::collection_named(const std::string& id) const {
  // An image of a request may be a packshot or a product picture: whoever else names the id knows better.
  for (const Collection collection : kAll<Collection>) {
    if (collection != Collection::kImages && captures_[collection].named.contains(id)) return collection;
  }
  return Collection::kImages;
}

std::int64_t AccountCapture::credits() const {
  std::int64_t spent = 0;
  for (const auto& [kind, price] : prices_) {
    const auto count = static_cast<std::int64_t>(made_[kind].size());
    spent += std::min(count * price, kMaxCredits - spent);
  }
  return std::max(kPlentyOfCredits, spent);
}

/// What requests named without its being in a listing: there must be one, or they would be refused offline.
void AccountCapture::add_unlisted(Collection collection, Json& list) const {
  const CollectionCapture& capture = captures_[collection];
  for (const std::string& id : capture.named) {
    if (owners_.contains(id) || collection_named(id) != collection) continue;
    Json record = {{"id", id}, {"name", id}, {"createdAt", format_instant(started_)}};
    if (collection == Collection::kProducts) record["status"] = "UPLOADED";
    if (collection != Collection::kProducts && collection != Collection::kPresets) {
      record["status"] = "DONE";
      // A rejected record can be named, but is in no listing.
      record["voting"] = capture.listed_whole ? Json("REJECTED") : Json();
    }
    list.push_back(std::move(record));
  }
}

Json AccountCapture::fixture(const std::string& name, const std::string& origin) const {
  Json out = {{"name", name}, {"description", "Records seen at " + origin}, {"ids", id_plans()}};
  if (Json expected = expected_records(origin); !expected.empty()) out["expected"] = std::move(expected);
  for (const Collection collection : kAll<Collection>) {
    Json list = Json::array();
    for (const std::string& id : captures_[collection].order) {
      const CapturedRecord& seen = captures_[collection].records.at(id);
      Json record = seen.shown;
      shorten_own_urls(record, origin);
      if (record.contains("voting")) record["voting"] = seen.voting;
      const bool of_product = seen.kind == RecordKind::kImage || seen.kind == RecordKind::kPackshot;
      if (of_product && !seen.product_id.empty()) record["productId"] = seen.product_id;
      list.push_back(std::move(record));
    }
    add_unlisted(collection, list);
    if (!list.empty()) out[std::string(name_of(collection))] = std::move(list);
  }
  return out;
}

Json AccountCapture::scenario(const std::string& name, const std::string& origin) const {
  Json plan = {{"available", credits()}};
  for (const auto& [kind, price] : prices_) plan["prices"][std::string(name_of(kind))] = price;
  Json rules = Json::array();
  for (const auto& [key, subject] : subjects_) {
    for (const Json& rule : subject.rules) rules.push_back(rule);
  }
  Json out = {{"name", name},
              {"description", "Recorded from " + origin + " on " + format_instant(started_)},
              {"clock", {{"mode", "real"}, {"start", format_instant(started_)}}},
              {"credits", std::move(plan)},
              {"fixture", fixture(name, origin)}};
  if (!rules.empty()) out["rules"] = std::move(rules);
  journal::redact_keys(out);
  return out;
}

void Capture::add(const std::string& account, const Request& request, const Response& response, Instant at) {
  const std::lock_guard lock(mutex_);
  if (account.empty()) {
    ++without_account_;
    return;
  }
  if (budget_->is_exceeded()) {
    ++without_room_;
    return;
  }
  auto found =
      std::find_if(accounts_.begin(), accounts_.end(), [&](const auto& known) { return known.first == account; });
  if (found == accounts_.end()) {
    accounts_.emplace_back(account, AccountCapture(judge_));
    found = std::prev(accounts_.end());
  }
  const std::size_t before = found->second.bytes();
  found->second.add(request, response, at);
  bytes_ += found->second.bytes() - before;
  share_.set(bytes_);
}

std::vector<Json> Capture::scenarios(const std::string& name, const std::string& origin) const {
  const std::lock_guard lock(mutex_);
  std::vector<Json> out;
  for (const auto& [account, capture] : accounts_) {
    out.push_back(capture.scenario(out.empty() ? name : name + "-" + std::to_string(out.size() + 1), origin));
  }
  return out;
}

std::uint64_t Capture::left_out() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = without_account_ + without_room_;
  for (const auto& [account, capture] : accounts_) count += capture.left_out();
  return count;
}

}  // namespace qamera::verify
