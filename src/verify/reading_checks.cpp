#include <algorithm>
#include <set>

#include "verify/checks.h"

namespace qamera::verify {
namespace {

using contract::Action;
using contract::Operation;

constexpr std::string_view kNoSuchProduct = "qamera-mock-no-such-product";
constexpr std::size_t kMaxProducts = 3;

Json fetch(Session& session, CheckResult& check, const Operation& operation, const std::string& query) {
  return records_of(operation, session.expect(check, session.request(operation, query), {200}));
}

/// The whole listing, of an earlier check.
const Json& whole(Session& session, const Operation& operation) {
  return session.listings[std::string(operation.name)];
}

/// What is free to ask and no listing: only the reply's shape is known.
void check_reply(const Operation& operation, Session& session, CheckResult& check) {
  session.expect(check, session.request(operation), {200});
}

/// Adds a departure for each id of `part` that the whole listing lacks.
void expect_within(CheckResult& check, const Operation& operation, const Json& part, const Json& all) {
  for (const std::string& id : ids_of(part)) {
    if (find_record(all, id)) continue;
    add_departure(check, operation, "only records of the unfiltered listing", "\"" + id + "\" too");
  }
}

void check_listing(const Operation& operation, Session& session, CheckResult& check) {
  session.listings[std::string(operation.name)] = fetch(session, check, operation, "");
}

void check_approved(const Operation& operation, Session& session, CheckResult& check) {
  const Json part = fetch(session, check, operation, "statusFilter=approved");
  const Json& all = whole(session, operation);
  expect_within(check, operation, part, all);
  for (const Json& record : all) {
    const std::string id = text_of(record, "id");
    if (text_of(record, "voting") != "APPROVED" || find_record(part, id)) continue;
    add_departure(check, operation, "every approved record", "\"" + id + "\" is missing");
  }
}

void check_all(const Operation& operation, Session& session, CheckResult& check) {
  const Json part = fetch(session, check, operation, "statusFilter=all");
  const Json& every = whole(session, operation);
  expect_within(check, operation, part, every);
  if (part.size() >= every.size()) return;
  add_departure(check, operation, "the same records as without a filter (" + std::to_string(every.size()) + ")",
                std::to_string(part.size()) + " records");
}

void check_product(const Operation& operation, Session& session, CheckResult& check) {
  const Json none = fetch(session, check, operation, "productId=" + std::string(kNoSuchProduct));
  if (!none.empty()) {
    add_departure(check, operation, "no records of a product that is none", std::to_string(none.size()) + " records");
  }
  const auto products = ids_of(session.listings["listProducts"]);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < std::min(products.size(), kMaxProducts); ++i) {
    const Json part = fetch(session, check, operation, "productId=" + percent_encode(products[i]));
    expect_within(check, operation, part, whole(session, operation));
    for (const std::string& id : ids_of(part)) {
      if (seen.insert(id).second) continue;
      add_departure(check, operation, "records of one product alone", "\"" + id + "\" under two products");
    }
  }
}

void check_bound(const Operation& operation, Session& session, CheckResult& check) {
  const Json part = fetch(session, check, operation, "maxRecords=1");
  expect_within(check, operation, part, whole(session, operation));
}

}  // namespace

Json records_of(const Operation& operation, const std::optional<Json>& body) {
  if (!body || !body->is_object()) return Json::array();
  const auto found = body->find(name_of(operation.collection()));
  return found != body->end() && found->is_array() ? *found : Json::array();
}

void add_departure(CheckResult& check, const Operation& listing, std::string expected, std::string actual) {
  const std::string pointer = "/body/" + std::string(name_of(listing.collection()));
  check.add(departure_of(&listing, pointer, std::move(expected), std::move(actual)));
}

std::vector<Check> reading_checks() {
  std::vector<Check> checks;
  for (const Operation& operation : contract::operations()) {
    const auto add = [&](const char* what, void (*perform)(const Operation&, Session&, CheckResult&)) {
      checks.push_back({std::string(operation.name) + ": " + what,
                        [&operation, perform](auto& session, auto& check) { perform(operation, session, check); }});
    };
    if (operation.method == "GET" && operation.action == Action::kOther) add("the reply", check_reply);
    if (operation.action != Action::kList) continue;
    add("the listing", check_listing);
    for (const contract::QueryRule& rule : operation.query) {
      if (rule.name == "statusFilter") {
        add("statusFilter=approved", check_approved);
        add("statusFilter=all", check_all);
      } else if (rule.name == "productId") {
        add("productId", check_product);
      } else if (rule.name == "maxRecords") {
        add("maxRecords=1", check_bound);
      }
    }
  }
  return checks;
}

}  // namespace qamera::verify
