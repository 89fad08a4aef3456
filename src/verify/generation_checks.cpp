#include <algorithm>
#include <array>
#include <memory>

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
};
constexpr std::array kDocumentedPrices = {
    DocumentedPrice{RecordKind::kModel, {10, 10}},     // models.txt: 3 records, 30 credits
    DocumentedPrice{RecordKind::kScenery, {10, 10}},   // sceneries.txt: 3 records, 30 credits
    DocumentedPrice{RecordKind::kImage, {10, 30}},     // photo-shoots.txt: 3 records, 30; examples.txt: 4 records, 120
    DocumentedPrice{RecordKind::kPackshot, {10, 10}},  // public pages: 3 records, 30 credits
    DocumentedPrice{RecordKind::kVideo, {10, 10}},     // videos.txt
    DocumentedPrice{RecordKind::kReel, {15, 15}},      // videos.txt
};

constexpr Duration kLongestJobPoll{10'000};

/// What happened to one job; later checks build on it.
struct Job {
  std::string id;  ///< of its one record, "" when none was made
  bool done = false;
};
using Jobs = std::map<RecordKind, Job>;

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

/// The smallest body that registers one record, or "" with the reason when the account has nothing to make it from.
std::string smallest_body(const Operation& operation, Session& session, const Jobs& jobs, std::string& reason) {
  Json body;
  switch (*operation.kind) {
    case RecordKind::kModel:
    case RecordKind::kScenery: body = {{"preferences", "qamera-mock contract check"}, {"count", 1}}; break;
    case RecordKind::kImage:
    case RecordKind::kPackshot: {
      const auto products = ids_of(session.listings["listProducts"]);
      if (products.empty()) {
        reason = "the account has no product";
        return {};
      }
      body = {{"config", {{"product", {{"id", products.front()}}}}}, {"count", 1}};
      break;
    }
    default: {
      const std::string image = source_image(session, jobs);
      if (image.empty()) {
        reason = "the account has no finished image";
        return {};
      }
      body = operation.kind == RecordKind::kReel ? Json{{"imagesIds", Json::array({image})}} : Json{{"imageId", image}};
    }
  }
  return dump_json(body);
}

void check_price(CheckResult& check, const PlannedJob& job, const Json& reply, Session& session) {
  const auto figure = reply.find("creditsReserved");
  const bool number = figure != reply.end() && figure->is_number();
  session.reserved += number ? std::max(figure->get<double>(), 0.0) : job.max_credits;
  if (!number) return;
  if (std::find(job.prices.begin(), job.prices.end(), figure->get<double>()) != job.prices.end()) return;
  check.add(departure_of(job.operation, "/body/creditsReserved",
                         joined(job.prices, " or ", credits_text) + ", the documented price of one record",
                         dump_json(*figure)));
}

Check registration(const PlannedJob& job, double budget, const std::shared_ptr<Jobs>& jobs) {
  return {std::string(job.operation->name) + ": registers one record",
          [job, budget, jobs](Session& session, CheckResult& check) {
            if (session.reserved + job.max_credits > budget) {
              return check.skip("it may take " + credits_text(job.max_credits) + " credits, and " +
                                credits_text(std::max(budget - session.reserved, 0.0)) + " of the budget are left");
            }
            std::string reason;
            const std::string body = smallest_body(*job.operation, session, *jobs, reason);
            if (body.empty()) return check.skip(reason);
            const auto reply = session.expect(check, session.request(*job.operation, "", body), {200});
            if (!reply || !reply->is_object()) return;
            check_price(check, job, *reply, session);
            const auto ids = reply->find("createdRecordIds");
            if (ids == reply->end() || !ids->is_array() || ids->empty() || !ids->front().is_string()) return;
            (*jobs)[*job.operation->kind].id = ids->front().get<std::string>();
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

/// Votes on the record just made and looks for the vote in the filtered listing.
Check vote(RecordKind kind, const std::string& voting, const std::shared_ptr<Jobs>& jobs) {
  const std::string name(name_of(kind));
  return {"updatePackshot: " + voting + " for the " + name, [kind, voting, jobs](Session& session, CheckResult& check) {
            const auto found = jobs->find(kind);
            if (found == jobs->end() || !found->second.done) return check.skip("no record was made to vote on");
            const std::string& id = found->second.id;
            const Operation& update = *contract::find_operation("updatePackshot");
            const std::string body = dump_json(Json{{"recordId", id}, {"Voting", voting}});
            const auto reply = session.expect(check, session.request(update, "", body), {200});
            if (!reply) return;
            const Operation& listing =
                *contract::find_operation(kind == RecordKind::kImage ? "listImages" : "listPackshots");
            const auto request = session.request(listing, "statusFilter=approved");
            const Json records = records_of(listing, session.expect(check, request, {200}));
            const bool listed = find_record(records, id) != nullptr;
            if (listed == (voting == "APPROVED")) return;
            add_departure(check, listing, "record \"" + id + "\" " + (listed ? "not " : "") + "among the approved",
                          listed ? "it is there" : "it is missing");
          }};
}

Check preset_creation() {
  return {"createPreset: creates a preset", [](Session& session, CheckResult& check) {
            Request request = session.request(*contract::find_operation("createPreset"));
            request.headers.add("Content-Type", "multipart/form-data; boundary=qamera-mock-boundary");
            for (const char* name : {"name", "quantityGuidelines", "qualityGuidelines"}) {
              request.body += "--qamera-mock-boundary\r\nContent-Disposition: form-data; name=\"" + std::string(name) +
                              "\"\r\n\r\nqamera-mock contract check\r\n";
            }
            request.body += "--qamera-mock-boundary--\r\n";
            session.expect(check, std::move(request), {200});
          }};
}

}  // namespace

std::vector<PlannedJob> spending_plan(const ConformanceOptions& options) {
  std::vector<PlannedJob> plan;
  double left = options.max_credits;
  for (const Operation& operation : contract::operations()) {
    if (operation.action != Action::kRegister) continue;
    const auto documented = std::find_if(kDocumentedPrices.begin(), kDocumentedPrices.end(),
                                         [&](const DocumentedPrice& one) { return one.kind == operation.kind; });
    QM_CHECK(documented != kDocumentedPrices.end(), "a kind of job lacks its price");
    PlannedJob job{&operation, documented->prices[1], {documented->prices.begin(), documented->prices.end()}};
    if (job.prices[0] == job.prices[1]) job.prices.pop_back();
    if (const double own = options.prices[*operation.kind]; own > 0) {
      job.max_credits = own;
      job.prices = {own};
    }
    if (job.max_credits > left) continue;
    left -= job.max_credits;
    plan.push_back(std::move(job));
  }
  return plan;
}

std::vector<Check> generation_checks(const ConformanceOptions& options) {
  std::vector<Check> checks;
  if (options.create_preset) checks.push_back(preset_creation());
  const auto jobs = std::make_shared<Jobs>();
  for (const PlannedJob& job : spending_plan(options)) {
    checks.push_back(registration(job, options.max_credits, jobs));
    checks.push_back(completion(*job.operation, options.timeout, jobs));
    if (job.operation->kind == RecordKind::kImage) checks.push_back(vote(RecordKind::kImage, "APPROVED", jobs));
    if (job.operation->kind == RecordKind::kPackshot) checks.push_back(vote(RecordKind::kPackshot, "REJECTED", jobs));
  }
  return checks;
}

}  // namespace qamera::verify
