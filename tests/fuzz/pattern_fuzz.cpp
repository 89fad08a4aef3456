// A request pattern, as JSON.
//
// Held: what a pattern keeps of its source reads back as the same pattern; a request matches exactly when nothing
// is left to explain, and is then at no distance; a pattern that is suggested for a request matches it.

#include "base/check.h"
#include "fuzz/target.h"
#include "fuzz/traffic.h"
#include "patterns/pattern.h"

namespace qamera::fuzz {

void run(std::string_view input) {
  const auto document = parse_json(input);
  if (!document.ok()) return;
  const auto pattern = patterns::parse_pattern(*document);
  if (!pattern.ok()) {
    QM_CHECK(!pattern.error().message.empty(), "a refusal says why");
    return;
  }
  const auto again = patterns::parse_pattern(pattern->source);
  QM_CHECK(again.ok() && again->source == pattern->source, "a pattern's source is a pattern");
  for (const journal::EntryPtr& entry : sample_traffic()) {
    const patterns::RequestView view(*entry);
    const patterns::Truth truth = patterns::match(*pattern, view);
    QM_CHECK(patterns::match(*again, view) == truth, "a pattern read back judges the same");
    const bool yes = truth == patterns::Truth::kYes;
    const auto differences = patterns::explain(*pattern, view);
    QM_CHECK(!yes || differences.empty(), "nothing keeps what matches from matching");
    QM_CHECK(yes || !differences.empty(), "something keeps what does not match from matching");
    const double distance = patterns::distance(*pattern, view);
    QM_CHECK(distance >= 0 && distance <= 1, "a distance lies in 0 to 1");
    QM_CHECK(!yes || distance < 1e-9, "what matches is at no distance");
    const Json suggested = patterns::suggest(*pattern, view);
    if (suggested.is_null()) continue;
    const auto fitting = patterns::parse_pattern(suggested);
    QM_CHECK(fitting.ok() && patterns::match(*fitting, view) == patterns::Truth::kYes, "a suggested pattern matches");
  }
  patterns::near_misses(*pattern, sample_traffic());
}

}  // namespace qamera::fuzz
