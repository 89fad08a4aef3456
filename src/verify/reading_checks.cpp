#include <algorithm>
#include <set>

#include "verify/checks.h"

namespace qamera::verify {
namespace {

using contract::Action;
using contract::Operation;

constexpr std::string_view kNoSuchProduct = "qamera-mock-no-such-product";
constexpr std::size_t kMaxProducts = 3;

std::string collection_pointer(const Operation& operation) {
  return "/body/" + std::string(name_of(operation.collection()));
}

Json fetch(Session& session, CheckResult& check, const Operation& operation, const std::string& query) {
  return records_of(operation, session.expect(check, session.request(operation, query), {200}));
}

/// The whole listing, of an earlier check.
const Json& whole(Session& session, const Operation& operation) {
  return session.listings[std::string(operation.name)];
}

/// What is free to ask and no listing: only the reply's shape is known.
Check reading(const Operation& operation) {
  return {std::string(operation.name) + ": the reply", [&operation](Session& session, CheckResult& check) {
            session.expect(check, session.request(operation), {200});
          }};
}

/// Adds a departure for each id of `part` that the whole listing lacks.
void expect_within(CheckResult& check, const Operation& operation, const Json& part, const Json& all) {
  for (const std::string& id : ids_of(part)) {
    if (find_record(all, id) == nullptr) {
      check.add(departure_of(&operation, collection_pointer(operation), "only records of the unfiltered listing",
                             "\"" + id + "\" too"));
    }
  }
}

Check listing(const Operation& operation) {
  return {std::string(operation.name) + ": the listing", [&operation](Session& session, CheckResult& check) {
            session.listings[std::string(operation.name)] = fetch(session, check, operation, "");
          }};
}

Check approved(const Operation& operation) {
  return {std::string(operation.name) + ": statusFilter=approved", [&operation](Session& session, CheckResult& check) {
            const Json part = fetch(session, check, operation, "statusFilter=approved");
            const Json& all = whole(session, operation);
            expect_within(check, operation, part, all);
            for (const Json& record : all) {
              const std::string id = text_of(record, "id");
              if (text_of(record, "voting") != "APPROVED" || find_record(part, id) != nullptr) continue;
              check.add(departure_of(&operation, collection_pointer(operation), "every approved record",
                                     "\"" + id + "\" is missing"));
            }
          }};
}

Check all(const Operation& operation) {
  return {std::string(operation.name) + ": statusFilter=all", [&operation](Session& session, CheckResult& check) {
            const Json part = fetch(session, check, operation, "statusFilter=all");
            const Json& every = whole(session, operation);
            expect_within(check, operation, part, every);
            if (part.size() < every.size()) {
              check.add(departure_of(&operation, collection_pointer(operation),
                                     "the same records as without a filter (" + std::to_string(every.size()) + ")",
                                     std::to_string(part.size()) + " records"));
            }
          }};
}

Check by_product(const Operation& operation) {
  return {std::string(operation.name) + ": productId", [&operation](Session& session, CheckResult& check) {
            const Json none = fetch(session, check, operation, "productId=" + std::string(kNoSuchProduct));
            if (!none.empty()) {
              check.add(departure_of(&operation, collection_pointer(operation), "no records of a product that is none",
                                     std::to_string(none.size()) + " records"));
            }
            const auto products = ids_of(session.listings["listProducts"]);
            std::set<std::string> seen;
            for (std::size_t i = 0; i < std::min(products.size(), kMaxProducts); ++i) {
              const Json part = fetch(session, check, operation, "productId=" + percent_encode(products[i]));
              expect_within(check, operation, part, whole(session, operation));
              for (const std::string& id : ids_of(part)) {
                if (seen.insert(id).second) continue;
                check.add(departure_of(&operation, collection_pointer(operation), "records of one product alone",
                                       "\"" + id + "\" under two products"));
              }
            }
          }};
}

Check at_most(const Operation& operation) {
  return {std::string(operation.name) + ": maxRecords=1", [&operation](Session& session, CheckResult& check) {
            const Json part = fetch(session, check, operation, "maxRecords=1");
            expect_within(check, operation, part, whole(session, operation));
          }};
}

}  // namespace

Json records_of(const Operation& operation, const std::optional<Json>& body) {
  if (!body || !body->is_object()) return Json::array();
  const auto found = body->find(name_of(operation.collection()));
  return found != body->end() && found->is_array() ? *found : Json::array();
}

std::vector<Check> reading_checks() {
  std::vector<Check> checks;
  for (const Operation& operation : contract::operations()) {
    if (operation.method == "GET" && operation.action == Action::kOther) checks.push_back(reading(operation));
    if (operation.action != Action::kList) continue;
    checks.push_back(listing(operation));
    for (const contract::QueryRule& rule : operation.query) {
      if (rule.name == "statusFilter") {
        checks.push_back(approved(operation));
        checks.push_back(all(operation));
      } else if (rule.name == "productId") {
        checks.push_back(by_product(operation));
      } else if (rule.name == "maxRecords") {
        checks.push_back(at_most(operation));
      }
    }
  }
  return checks;
}

}  // namespace qamera::verify
