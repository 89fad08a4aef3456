#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "base/check.h"
#include "verify/checks.h"

namespace qamera::verify {
namespace {

using contract::Action;
using contract::Operation;

/// What the documents charge for one record. Where pages disagree, both figures count as documented.
struct DocumentedPrice {
  RecordKind kind;
  std::array<double, 2> prices;
  int most = 0;  ///< records of one request; 0: it makes one, and has no `count`
};
constexpr int kDefaultCount = 10;
constexpr std::array kDocumentedPrices = {
    DocumentedPrice{RecordKind::kModel, {10, 10}, 20},    // models.txt: 3 records, 30 credits
    DocumentedPrice{RecordKind::kScenery, {10, 10}, 20},  // sceneries.txt: 3 records, 30 credits
    DocumentedPrice{RecordKind::kImage, {10, 30}, 20},  // photo-shoots.txt: 3 records, 30; examples.txt: 4 records, 120
    DocumentedPrice{RecordKind::kPackshot, {10, 10}, 50},  // public pages: 3 records, 30 credits
    DocumentedPrice{RecordKind::kVideo, {10, 10}},         // videos.txt
    DocumentedPrice{RecordKind::kReel, {15, 15}},          // videos.txt
};

constexpr Duration kLongestJobPoll{10'000};

/// What happened to one job; later checks build on it.
struct Job {
  std::string id;       ///< of its one record, "" when none was made
  std::string product;  ///< that it was made of, "" for none
  bool done = false;
};
struct Jobs : std::map<RecordKind, Job> {
  std::set<std::string> told;  ///< the ids in replies so far
};

const Operation& listing_of(const Operation& operation) {
  for (const Operation& row : contract::operations()) {
    if (row.action == Action::kList && row.collection() == operation.collection()) return row;
  }
  QM_CHECK(false, "what is registered has a listing");
  return operation;
}

/// An id of an image to make videos of: the one just made, or a finished one of the account.
std::string source_image(Session& session, const Jobs& jobs) {
  if (const auto made = jobs.find(RecordKind::kImage); made != jobs.end() && made->second.done) return made->second.id;
  for (const Json& record : session.listings["listImages"]) {
    if (text_of(record, "status") == "DONE") return text_of(record, "id");
  }
  return {};
}

/// Where the page of photo shoots has more members than are required, all of them.
Json photo_shoot(const std::string& product, Session& session) {
  Json config = {
      {"product", {{"id", product}}}, {"industry", "fashion"}, {"suggestions", "qamera-mock contract check"}};
  for (auto [name, listing] :
       {std::pair("model", "listModels"), {"scenery", "listSceneries"}, {"preset", "listPresets"}}) {
    const auto ids = ids_of(session.listings[listing]);
    if (!ids.empty()) config[name] = {{"id", ids.front()}};
  }
  return {{"config", std::move(config)}, {"count", 1}};
}

/// The body that registers one record, or null with the reason when the account has nothing to make it from.
Json body_for_one(const Operation& operation, Session& session, Jobs& jobs, std::string& reason) {
  Json body;
  switch (*operation.kind) {
    case RecordKind::kModel:
    case RecordKind::kScenery: body = {{"preferences", "qamera-mock contract check"}, {"count", 1}}; break;
    case RecordKind::kImage:
    case RecordKind::kPackshot: {
      const auto products = ids_of(session.listings["listProducts"]);
      if (products.empty()) {
        reason = "the account has no product";
        return nullptr;
      }
      jobs[*operation.kind].product = products.front();
      // With everything that may be given, and with nothing but what must be.
      body = operation.kind == RecordKind::kImage
                 ? photo_shoot(products.front(), session)
                 : Json{{"config", {{"product", {{"id", products.front()}}}}}, {"count", 1}};
      break;
    }
    default: {
      const std::string image = source_image(session, jobs);
      if (image.empty()) {
        reason = "the account has no finished image";
        return nullptr;
      }
      body = operation.kind == RecordKind::kReel
                 ? Json{{"imagesIds", Json::array({image})}}
                 : Json{{"imageId", image}, {"suggestion", "qamera-mock contract check"}, {"provider", "pollo"}};
    }
  }
  return body;
}

std::string body_for(const PlannedJob& job, Session& session, Jobs& jobs, std::string& reason) {
  Json body = body_for_one(*job.operation, session, jobs, reason);
  if (body.is_null()) return {};
  if (job.asked == Asked::kDefault) body.erase("count");
  if (job.asked == Asked::kTooMany || job.asked == Asked::kMost) body["count"] = job.records;
  return dump_json(body);
}

void check_price(CheckResult& check, const PlannedJob& job, const Json& reply, Session& session) {
  const auto figure = reply.find("creditsReserved");
  const bool number = figure != reply.end() && figure->is_number();
  session.reserved += number ? std::max(figure->get<double>(), 0.0) : job.max_credits;
  if (!number) return;
  if (std::find(job.prices.begin(), job.prices.end(), figure->get<double>()) != job.prices.end()) return;
  check.add(departure_of(job.operation, "/body/creditsReserved",
                         joined(job.prices, " or ", credits_text) + ", the documented price of " +
                             (job.records == 1 ? "one record" : std::to_string(job.records) + " records"),
                         dump_json(*figure)));
}

/// Each request registers a new job: what the reply names was not there before.
void check_newness(CheckResult& check, const Operation& operation, const Json& reply, Session& session, Jobs& jobs) {
  const auto expect_new = [&](const std::string& pointer, const std::string& id, bool was_listed) {
    if (id.empty() || (jobs.told.insert(id).second && !was_listed)) return;
    check.add(departure_of(&operation, pointer, "an id that is new, since each request registers a new job",
                           "\"" + id + "\", which was there before"));
  };
  for (const char* name : {"batchId", "reservationId"})
    expect_new("/body/" + std::string(name), text_of(reply, name), false);
  const auto ids = reply.find("createdRecordIds");
  if (ids == reply.end() || !ids->is_array()) return;
  const Json& listed = session.listings[std::string(listing_of(operation).name)];
  for (std::size_t i = 0; i < ids->size(); ++i) {
    const Json& one = (*ids)[i];
    const std::string id = one.is_string() ? one.get<std::string>() : "";
    expect_new("/body/createdRecordIds/" + std::to_string(i), id, find_record(listed, id) != nullptr);
  }
}

Json listed_now(const Operation& operation, Session& session, CheckResult& check) {
  const Operation& listing = listing_of(operation);
  return records_of(listing, session.expect(check, session.request(listing), {200}));
}

/// The reply to a registration, null without one. 402 is documented, and nobody's fault: then "nothing was created",
/// for which it is asked once more between two looks at the listing.
Json registered(const PlannedJob& job, const std::string& body, Session& session, CheckResult& check) {
  const auto ask = [&] { return session.expect(check, session.request(*job.operation, "", body), {200, 402}); };
  const auto was_refused = [&] { return check.latest && check.latest->response.status == 402; };
  auto reply = ask();
  if (reply || !was_refused() || session.broken()) return reply.value_or(Json());
  const Json before = listed_now(*job.operation, session, check);
  reply = ask();
  if (reply || !was_refused() || session.broken()) return reply.value_or(Json());
  const Json after = listed_now(*job.operation, session, check);
  for (const std::string& id : ids_of(after)) {
    if (find_record(before, id) != nullptr) continue;
    add_departure(check, listing_of(*job.operation), "no new record, since 402 creates nothing", "\"" + id + "\"");
  }
  check.skip("the account has not the credits: 402, and nothing was created");
  return {};
}

/// What is registered shows in the listing: of several records all.
void check_listed(CheckResult& check, const Operation& operation, const Json& reply, Session& session) {
  const auto ids = reply.find("createdRecordIds");
  if (ids == reply.end() || !ids->is_array()) return;
  const Json records = listed_now(operation, session, check);
  const auto missing = std::count_if(ids->begin(), ids->end(), [&](const Json& id) {
    return id.is_string() && find_record(records, id.get_ref<const std::string&>()) == nullptr;
  });
  if (missing == 0 || session.broken()) return;
  add_departure(check, listing_of(operation),
                "all " + std::to_string(ids->size()) + " records of \"" + text_of(reply, "batchId") + "\"",
                std::to_string(missing) + " of them are missing");
}

std::string name_of_check(const PlannedJob& job) {
  const std::string name(job.operation->name);
  switch (job.asked) {
    case Asked::kOne: break;
    case Asked::kTooMany: return name + ": refuses count " + std::to_string(job.records);
    case Asked::kDefault: return name + ": registers " + std::to_string(job.records) + " records without count";
    case Asked::kMost: return name + ": registers " + std::to_string(job.records) + " records, the most";
  }
  return name + ": registers one record";
}

Check registration(const PlannedJob& job, double budget, const std::shared_ptr<Jobs>& jobs) {
  return {name_of_check(job), [job, budget, jobs](Session& session, CheckResult& check) {
            if (session.reserved + job.max_credits > budget) {
              return check.skip("it may take " + credits_text(job.max_credits) + " credits, and " +
                                credits_text(std::max(budget - session.reserved, 0.0)) + " of the budget are left");
            }
            std::string reason;
            const std::string body = body_for(job, session, *jobs, reason);
            if (body.empty()) return check.skip(reason);
            const Json reply = registered(job, body, session, check);
            if (!reply.is_object()) return;
            check_price(check, job, reply, session);
            check_newness(check, *job.operation, reply, session, *jobs);
            if (job.asked != Asked::kOne) return check_listed(check, *job.operation, reply, session);
            const auto ids = reply.find("createdRecordIds");
            const bool named = ids != reply.end() && ids->is_array() && !ids->empty() && ids->front().is_string();
            if (named) (*jobs)[*job.operation->kind].id = ids->front().get<std::string>();
          }};
}

/// "Maximum of 20 images per request". Whoever does not refuse spends what the budget has room for.
Check refusal(const PlannedJob& job, double budget, const std::shared_ptr<Jobs>& jobs) {
  return {name_of_check(job), [job, budget, jobs](Session& session, CheckResult& check) {
            if (session.reserved + job.max_credits > budget) {
              return check.skip("it may take " + credits_text(job.max_credits) +
                                " credits where it is not refused, and " +
                                credits_text(std::max(budget - session.reserved, 0.0)) + " of the budget are left");
            }
            std::string reason;
            const std::string body = body_for(job, session, *jobs, reason);
            if (body.empty()) return check.skip(reason);
            session.expect(check, session.request(*job.operation, "", body), {400});
            if (!check.latest || check.latest->response.status != 200) return;
            const auto reply = parse_json(check.latest->response.body);
            const bool told = reply && reply->is_object() && reply->contains("creditsReserved") &&
                              (*reply)["creditsReserved"].is_number();
            session.reserved += told ? std::max((*reply)["creditsReserved"].get<double>(), 0.0) : job.max_credits;
          }};
}

/// One look at the listing. The record's status, "" when it is not there.
std::string look(Session& session, CheckResult& check, const Operation& listing, const std::string& id) {
  const Json records = records_of(listing, session.expect(check, session.request(listing), {200}));
  const Json* record = find_record(records, id);
  return record == nullptr ? std::string() : text_of(*record, "status");
}

Check completion(const Operation& operation, Duration timeout, const std::shared_ptr<Jobs>& jobs) {
  return {std::string(operation.name) + ": the record becomes DONE",
          [&operation, timeout, jobs](Session& session, CheckResult& check) {
            Job& job = (*jobs)[*operation.kind];
            if (job.id.empty()) return check.skip("nothing was registered");
            const Operation& listing = listing_of(operation);
            Polling polling(session.pace(), timeout, kLongestJobPoll);
            std::string status = look(session, check, listing, job.id);
            while (status != "DONE" && status != "FAILED" && !session.broken() && polling.wait()) {
              status = look(session, check, listing, job.id);
            }
            job.done = status == "DONE";
            if (job.done || session.broken()) return;
            const std::string wanted = "record \"" + job.id + "\" with status DONE within " + format_duration(timeout);
            add_departure(check, listing, wanted, status.empty() ? "no such record" : "status " + status);
          }};
}

/// The new record has no vote yet: a listing of the approved leaves it out, one of all has it.
Check filtering(const Operation& operation, const std::shared_ptr<Jobs>& jobs) {
  return {std::string(operation.name) + ": the filters and the new record",
          [&operation, jobs](Session& session, CheckResult& check) {
            if ((*jobs)[*operation.kind].id.empty()) return check.skip("nothing was registered");
            check_filters(listing_of(operation), session, check);
          }};
}

/// "Poll the image-picker endpoint, filtering by your product": that is where the new image must be, and nowhere else.
Check under_product(const std::shared_ptr<Jobs>& jobs) {
  return {"registerImages: productId and the new image", [jobs](Session& session, CheckResult& check) {
            const Job& job = (*jobs)[RecordKind::kImage];
            if (job.id.empty()) return check.skip("nothing was registered");
            const Operation& listing = *contract::find_operation("listImages");
            const auto products = ids_of(session.listings["listProducts"]);
            for (std::size_t i = 0; i < std::min<std::size_t>(products.size(), 2); ++i) {
              const auto request = session.request(listing, "productId=" + percent_encode(products[i]));
              const Json records = records_of(listing, session.expect(check, request, {200}));
              const bool is_listed = find_record(records, job.id) != nullptr;
              if (is_listed == (products[i] == job.product)) continue;
              add_departure(
                  check, listing,
                  "record \"" + job.id + "\" " + (is_listed ? "not " : "") + "under product \"" + products[i] + "\"",
                  is_listed ? "it is there" : "it is missing");
            }
          }};
}

/// What a vote must have changed: approved records "appear in filtered views"; rejecting "archives" a record, so that
/// it is gone, or at least shown as rejected.
void check_vote(CheckResult& check, Session& session, const Operation& listing, const std::string& id, bool approves) {
  const Json approved =
      records_of(listing, session.expect(check, session.request(listing, "statusFilter=approved"), {200}));
  const bool is_listed = find_record(approved, id) != nullptr;
  if (is_listed != approves) {
    add_departure(check, listing, "record \"" + id + "\" " + (is_listed ? "not " : "") + "among the approved",
                  is_listed ? "it is there" : "it is missing");
  }
  const Json records = records_of(listing, session.expect(check, session.request(listing), {200}));
  const Json* record = find_record(records, id);
  const std::string voting = record != nullptr ? text_of(*record, "voting") : "";
  if (approves ? voting == "APPROVED" : record == nullptr || voting == "REJECTED") return;
  add_departure(
      check, listing,
      "record \"" + id + "\" " + (approves ? "with voting \"APPROVED\"" : "gone, or with voting \"REJECTED\""),
      record == nullptr ? "it is missing" : "voting " + actual_at(*record, "/voting"));
}

Check vote(RecordKind kind, const std::string& voting, const std::shared_ptr<Jobs>& jobs) {
  const std::string name(name_of(kind));
  return {"updatePackshot: " + voting + " for the " + name, [kind, voting, jobs](Session& session, CheckResult& check) {
            const Job& job = (*jobs)[kind];
            if (!job.done) return check.skip("no record was made to vote on");
            const Operation& update = *contract::find_operation("updatePackshot");
            const std::string body = dump_json(Json{{"recordId", job.id}, {"Voting", voting}});
            if (!session.expect(check, session.request(update, "", body), {200})) return;
            const auto* listing = contract::find_operation(kind == RecordKind::kImage ? "listImages" : "listPackshots");
            check_vote(check, session, *listing, job.id, voting == "APPROVED");
          }};
}

Check preset_creation() {
  return {"createPreset: creates a preset", [](Session& session, CheckResult& check) {
            constexpr const char* kFields[] = {"name", "quantityGuidelines", "qualityGuidelines"};
            const Operation& listing = *contract::find_operation("listPresets");
            const auto presets = [&] {
              return records_of(listing, session.expect(check, session.request(listing, "maxRecords=1000"), {200}));
            };
            const Json before = presets();
            Request request = session.request(*contract::find_operation("createPreset"));
            request.headers.add("Content-Type", "multipart/form-data; boundary=qamera-mock-boundary");
            for (const char* name : kFields) {
              request.body += "--qamera-mock-boundary\r\nContent-Disposition: form-data; name=\"" + std::string(name) +
                              "\"\r\n\r\nqamera-mock contract check\r\n";
            }
            request.body += "--qamera-mock-boundary--\r\n";
            const auto reply = session.expect(check, std::move(request), {200});
            const std::string id = reply ? text_of(*reply, "presetId") : "";
            if (id.empty()) return;
            const Json after = presets();
            const Json* preset = find_record(after, id);
            if (find_record(before, id) != nullptr) preset = nullptr;
            if (preset == nullptr) return add_departure(check, listing, "a new preset \"" + id + "\"", "there is none");
            for (const char* name : kFields) {
              if (text_of(*preset, name) == "qamera-mock contract check") continue;
              add_departure(check, listing, "the " + std::string(name) + " that preset \"" + id + "\" was given",
                            actual_at(*preset, "/" + std::string(name)));
            }
          }};
}

}  // namespace

std::vector<PlannedJob> spending_plan(const ConformanceOptions& options) {
  std::vector<PlannedJob> plan;
  double left = options.max_credits;
  const auto add = [&](const Operation& operation, const DocumentedPrice& documented, Asked asked, int records) {
    std::vector<double> prices(documented.prices.begin(), documented.prices.end());
    if (prices[0] == prices[1]) prices.pop_back();
    if (const double own = options.prices[*operation.kind]; own > 0) prices = {own};
    for (double& price : prices) price *= records;
    PlannedJob job{&operation, asked, records, prices.back(), prices};
    if (job.max_credits > left) return;
    // What is refused takes nothing; the run looks again at what is left before it asks.
    if (asked != Asked::kTooMany) left -= job.max_credits;
    plan.push_back(std::move(job));
  };
  for (const Asked asked : {Asked::kOne, Asked::kTooMany, Asked::kDefault, Asked::kMost}) {
    for (const Operation& operation : contract::operations()) {
      if (operation.action != Action::kRegister) continue;
      const auto documented = std::find_if(kDocumentedPrices.begin(), kDocumentedPrices.end(),
                                           [&](const DocumentedPrice& one) { return one.kind == operation.kind; });
      QM_CHECK(documented != kDocumentedPrices.end(), "a kind of job lacks its price");
      if (asked != Asked::kOne && documented->most == 0) continue;
      add(operation, *documented, asked,
          asked == Asked::kOne       ? 1
          : asked == Asked::kDefault ? kDefaultCount
          : asked == Asked::kMost    ? documented->most
                                     : documented->most + 1);
    }
  }
  return plan;
}

std::vector<Check> generation_checks(const ConformanceOptions& options) {
  std::vector<Check> checks;
  if (options.create_preset) checks.push_back(preset_creation());
  const auto jobs = std::make_shared<Jobs>();
  const auto plan = spending_plan(options);
  for (const PlannedJob& job : plan) {
    if (job.asked != Asked::kOne) continue;
    checks.push_back(registration(job, options.max_credits, jobs));
    checks.push_back(completion(*job.operation, options.timeout, jobs));
    const auto& query = listing_of(*job.operation).query;
    if (std::any_of(query.begin(), query.end(), [](const auto& rule) { return rule.name == "statusFilter"; })) {
      checks.push_back(filtering(*job.operation, jobs));
    }
    if (job.operation->kind == RecordKind::kImage) {
      checks.push_back(under_product(jobs));
      checks.push_back(vote(RecordKind::kImage, "APPROVED", jobs));
    }
    if (job.operation->kind != RecordKind::kPackshot) continue;
    // Rejecting what was never approved would leave the listing of the approved as it is, whatever the service does.
    for (const char* voting : {"APPROVED", "REJECTED"}) checks.push_back(vote(RecordKind::kPackshot, voting, jobs));
  }
  // Last, since videos and reels are made of the image.
  const auto is_image = [](const PlannedJob& job) { return job.operation->kind == RecordKind::kImage; };
  if (std::any_of(plan.begin(), plan.end(), is_image)) checks.push_back(vote(RecordKind::kImage, "REJECTED", jobs));
  for (const PlannedJob& job : plan) {
    if (job.asked == Asked::kOne) continue;
    checks.push_back(job.asked == Asked::kTooMany ? refusal(job, options.max_credits, jobs)
                                                  : registration(job, options.max_credits, jobs));
  }
  return checks;
}

}  // namespace qamera::verify
