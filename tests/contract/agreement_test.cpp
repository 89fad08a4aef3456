#include <doctest/doctest.h>

#include <string>

#include "base/embedded.h"
#include "base/json_plain.h"
#include "contract/generator.h"
#include "contract/oracle.h"
#include "contract/schema.h"
#include "contract/test_data.h"

namespace qamera::contract {
namespace {

constexpr Wording kWording{.subject = "It", .unknown = "is unknown", .values = Wording::Values::kQuote};

struct Tally {
  int accepted = 0;
  int refused = 0;
};

/// Whether a fault can be where `pointer` says: at a value, or where a member is missing from an object.
bool is_place(const Json& document, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  if (document.contains(at)) return true;
  // Of a missing object, its first missing leaf.
  for (Json::json_pointer above = at; !above.empty();) {
    above = above.parent_pointer();
    if (document.contains(above)) return document[above].is_object();
  }
  return false;
}

void check_words(const OrderedJson& schema, const Json& document, const std::optional<Violation>& fault) {
  REQUIRE(fault);
  CHECK(is_place(document, fault->pointer));
  // Only what stands in `pattern` has no words.
  const bool worded = fault->message.find("does not conform") == std::string::npos;
  CHECK((worded || dump_json(schema).find("\"pattern\"") != std::string::npos));
}

/// Judges documents by our reading of the schema and by the oracle's.
Tally compare(const OrderedJson& schema, int documents) {
  const Schema ours(schema);
  const Oracle oracle{Json(schema)};
  Generator generator(schema);
  Tally tally;
  for (int i = 0; i < documents; ++i) {
    const Json document = generator.next();
    INFO(dump_json(document));
    const bool accepted = ours.accepts(document);
    ++(accepted ? tally.accepted : tally.refused);
    CHECK(accepted == oracle.accepts(document));
    const auto fault = ours.fault(document, kWording);
    CHECK(accepted == !fault);
    if (!accepted) check_words(schema, document, fault);
    if (ours.accepts_plain(dump_json(document))) CHECK(accepted);
  }
  return tally;
}

}  // namespace

TEST_CASE("agreement: bodies, replies and other documents get valijson's verdict, and refusals are worded") {
  int schemas = 0;
  for (const EmbeddedFile& file : embedded_files()) {
    if (!file.path.starts_with("schemas/") || file.path.starts_with("schemas/control/")) continue;
    CAPTURE(file.path);
    const bool request = file.path.ends_with(".request.json");
    const Tally tally = compare(embedded_json(file.path), request ? 600 : 200);
    // The generator cannot make texts of a pattern, such as a journal entry's times.
    if (request || file.path.ends_with(".response.json")) CHECK(tally.accepted > 15);
    CHECK(tally.refused > 50);
    ++schemas;
  }
  CHECK(schemas >= 27);
}

TEST_CASE("agreement: a text is accepted in passing when its document is, unless it is oddly spelt") {
  int accepted = 0;
  for (const Operation& operation : operations()) {
    CAPTURE(operation.name);
    const OrderedJson source = embedded_json("schemas/" + std::string(operation.name) + ".response.json");
    const Schema schema(source);
    Generator generator(source);
    for (int i = 0; i < 300; ++i) {
      const Json document = generator.next();
      const std::string text = dump_json(document);
      INFO(text);
      if (read_plain_json(text)) CHECK(schema.accepts_plain(text) == schema.accepts(document));
      accepted += schema.accepts_plain(text) ? 1 : 0;
    }
  }
  CHECK(accepted > 500);
}

}  // namespace qamera::contract
