// A JSON Patch and the reply it changes: {"document": ..., "patch": [...]}.
//
// Held: a patch that a rule may hold is applied or refused with the step at fault; what comes out is JSON of bounded
// depth; the same as by the library's own patch, where that takes the steps.

#include "api/json_patch.h"
#include "base/check.h"
#include "base/json_reader.h"
#include "fuzz/target.h"
#include "sim/rule.h"

namespace qamera::fuzz {

void run(std::string_view input) {
  const auto document = parse_json(input);
  if (!document.ok() || !document->is_object()) return;
  const Json patch = document->value("patch", Json());
  ReadErrors errors;
  const sim::Rule rule = sim::read_rule(errors, {{"patch", patch}}, "", "fuzz");
  if (!errors.ok() || !rule.patch) return;
  const Json before = document->value("document", Json());
  const auto patched = api::apply_patch(*parse_ordered_json(dump_json(before)), *rule.patch);
  if (!patched.ok()) {
    QM_CHECK(!patched.error().message.empty() && patched.error().pointer.starts_with("/"), "a refusal names the step");
    return;
  }
  const auto after = parse_json(dump_json(*patched));
  QM_CHECK(after.ok(), "a patched reply is JSON that a client can read");
  try {
    QM_CHECK(before.patch(*rule.patch) == *after, "the library's own patch gives another reply");
  } catch (const Json::exception&) {
    QM_CHECK(false, "the library's own patch refuses what was applied");
  }
}

}  // namespace qamera::fuzz
