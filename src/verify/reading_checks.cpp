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

bool is_approved(const Json& record) { return text_of(record, "voting") == "APPROVED"; }

/// Adds a departure for each approved record of `all` that `part` lacks.
void expect_approved(CheckResult& check, const Operation& operation, const Json& part, const Json& all) {
  expect_within(check, operation, part, all);
  for (const Json& record : all) {
    const std::string id = text_of(record, "id");
    if (!is_approved(record) || find_record(part, id)) continue;
    add_departure(check, operation, "every approved record", "\"" + id + "\" is missing");
  }
}

void check_listing(const Operation& operation, Session& session, CheckResult& check) {
  session.listings[std::string(operation.name)] = fetch(session, check, operation, "");
  const std::size_t size = whole(session, operation).size();
  for (const contract::QueryRule& rule : operation.query) {
    if (rule.name != "maxRecords" || size <= static_cast<std::size_t>(std::stoi(std::string(rule.fallback)))) continue;
    add_departure(check, operation, "at most " + std::string(rule.fallback) + " records, the default of maxRecords",
                  std::to_string(size));
  }
}

void check_approved(const Operation& operation, Session& session, CheckResult& check) {
  const Json& all = whole(session, operation);
  expect_approved(check, operation, fetch(session, check, operation, "statusFilter=approved"), all);
  if (std::all_of(all.begin(), all.end(), is_approved)) {
    check.skip(all.empty() ? "the account has no such records" : "each record is approved: the filter shows nothing");
  }
}

void check_all(const Operation& operation, Session& session, CheckResult& check) {
  const Json part = fetch(session, check, operation, "statusFilter=all");
  const Json& every = whole(session, operation);
  expect_within(check, operation, part, every);
  if (every.empty()) check.skip("the account has no such records");
  if (part.size() >= every.size()) return;
  add_departure(check, operation, "the same records as without a filter (" + std::to_string(every.size()) + ")",
                std::to_string(part.size()) + " records");
}

std::vector<std::string> first_products(Session& session) {
  auto products = ids_of(session.listings["listProducts"]);
  products.resize(std::min(products.size(), kMaxProducts));
  return products;
}

std::string of_product(const std::string& id) { return "productId=" + percent_encode(id); }

void check_product(const Operation& operation, Session& session, CheckResult& check) {
  const Json none = fetch(session, check, operation, "productId=" + std::string(kNoSuchProduct));
  if (!none.empty()) {
    add_departure(check, operation, "no records of a product that is none", std::to_string(none.size()) + " records");
  }
  std::set<std::string> seen;
  for (const std::string& product : first_products(session)) {
    const Json part = fetch(session, check, operation, of_product(product));
    expect_within(check, operation, part, whole(session, operation));
    for (const std::string& id : ids_of(part)) {
      if (seen.insert(id).second) continue;
      add_departure(check, operation, "records of one product alone", "\"" + id + "\" under two products");
    }
  }
  if (seen.empty()) check.skip("the account's first products have no such records");
}

/// Both filters at once: `?statusFilter=approved&productId=prod_abc123` is the page's own example.
void check_both_filters(const Operation& operation, Session& session, CheckResult& check) {
  bool was_told = false;  // ones that either filter alone would let through
  for (const std::string& product : first_products(session)) {
    const Json all = fetch(session, check, operation, of_product(product));
    const Json part = fetch(session, check, operation, "statusFilter=approved&" + of_product(product));
    expect_approved(check, operation, part, all);
    was_told = was_told || std::any_of(all.begin(), all.end(), is_approved);
  }
  if (!was_told) check.skip("the account's first products have no approved records");
}

void check_bound(const Operation& operation, Session& session, CheckResult& check) {
  const Json part = fetch(session, check, operation, "maxRecords=1");
  const Json& all = whole(session, operation);
  expect_within(check, operation, part, all);
  if (all.size() < 2) check.skip("the account has too few such records");
  if (part.empty() && !all.empty()) add_departure(check, operation, "one record, since maxRecords=1", "none");
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

void check_filters(const Operation& listing, Session& session, CheckResult& check) {
  check_listing(listing, session, check);
  check_approved(listing, session, check);
  check_all(listing, session, check);
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
        add("statusFilter and productId", check_both_filters);
      } else if (rule.name == "maxRecords") {
        add("maxRecords=1", check_bound);
      }
    }
  }
  return checks;
}

}  // namespace qamera::verify
