#include <algorithm>
#include <array>
#include <set>

#include "assertions/expectation.h"
#include "base/json_reader.h"
#include "base/spelling.h"
#include "base/text.h"

namespace qamera::assertions {
namespace {

constexpr std::size_t kMaxExpectations = 200;
constexpr std::size_t kMaxSteps = 100;
constexpr std::int64_t kMaxNumber = 1'000'000'000'000'000;
constexpr Duration kLongestWait = std::chrono::minutes(10);

using Names = std::span<const std::string_view>;
constexpr std::array<std::string_view, 9> kKinds = {"count",      "never",       "sequence", "pollInterval", "retries",
                                                    "noFindings", "noUnmatched", "ledger",   "records"};
constexpr std::array<std::string_view, 3> kNumbers = {"exactly", "atLeast", "atMost"};
constexpr std::array<std::string_view, 5> kPollMembers = {"atLeast", "atMost", "backoffGrows", "tolerance", "clock"};
constexpr std::array<std::string_view, 9> kRetryMembers = {
    "exactly", "atLeast", "atMost", "after", "delayAtLeast", "delayAtMost", "backoffGrows", "tolerance", "clock"};

Bounds exactly(std::int64_t number) { return {number, number}; }

/// Reads `exactly`, or `atLeast` and `atMost`.
Bounds read_bounds(ObjectReader& reader, std::int64_t least) {
  Bounds bounds;
  const auto exact = reader.integer("exactly", least, kMaxNumber);
  bounds.at_least = reader.integer("atLeast", least, kMaxNumber);
  bounds.at_most = reader.integer("atMost", least, kMaxNumber);
  if (exact && (bounds.at_least || bounds.at_most)) reader.fail("exactly", "goes alone, without atLeast and atMost");
  if (exact) return exactly(*exact);
  if (bounds.at_least && bounds.at_most && *bounds.at_least > *bounds.at_most) {
    reader.fail("atLeast", "is greater than atMost: nothing could satisfy this");
  }
  return bounds;
}

void require_bounds(ObjectReader& reader, const Bounds& bounds) {
  if (bounds.at_least || bounds.at_most) return;
  reader.errors().fail(reader.pointer(), "needs \"exactly\", \"atLeast\" or \"atMost\"");
}

Timing read_timing(ObjectReader& reader, std::string_view at_least, std::string_view at_most) {
  Timing timing;
  timing.at_least = reader.duration(at_least);
  timing.at_most = reader.duration(at_most);
  timing.backoff_grows = reader.boolean("backoffGrows").value_or(false);
  timing.tolerance = reader.duration("tolerance").value_or(Duration{0});
  timing.clock = reader.enumeration<ClockChoice>("clock").value_or(timing.clock);
  if (timing.at_least && timing.at_most && *timing.at_least > *timing.at_most) {
    reader.fail(at_least, "is longer than " + std::string(at_most) + ": nothing could satisfy this");
  }
  return timing;
}

/// The names between double braces in any text of `value`.
void collect_placeholders(const Json& value, std::set<std::string>& names) {
  if (value.is_structured()) {
    for (const Json& child : value) collect_placeholders(child, names);
  }
  if (!value.is_string()) return;
  const auto& text = value.get_ref<const std::string&>();
  for (auto open = text.find("{{"); open != std::string::npos; open = text.find("{{", open + 2)) {
    const auto close = text.find("}}", open);
    if (close == std::string::npos) return;
    names.insert(text.substr(open + 2, close - open - 2));
  }
}

class ExpectationParser {
 public:
  explicit ExpectationParser(Names operations) : operations_(operations) {}

  Result<Expectations> parse(const Json& value) {
    ObjectReader reader(errors_, value, "");
    reader.require("expect");
    const Json* list = reader.array("expect");
    out_.within = reader.duration("within");
    if (out_.within && *out_.within > kLongestWait) reader.fail("within", "is at most 10m");
    reader.finish();
    if (list && (list->empty() || list->size() > kMaxExpectations))
      reader.fail("expect", "holds 1 to 200 expectations");
    reader.each("expect", [&](const Json& one, const std::string& pointer) { parse_one(one, pointer); });
    if (!errors_.ok()) return errors_.error();
    return std::move(out_);
  }

 private:
  void parse_one(const Json& value, const std::string& pointer) {
    ObjectReader reader(errors_, value, pointer);
    Expectation one;
    one.source = value;
    journal::redact_keys(one.source);
    // It is shown in reports of one line each: a line end in it could forge one.
    one.name = without_controls(reader.string("name").value_or(""), ' ');
    journal::redact_keys(one.name);
    for (std::string_view kind : kKinds) {
      if (!reader.has(kind)) continue;
      if (!one.kind.empty()) return reader.fail(kind, "one kind at a time: \"" + one.kind + "\" stands here too");
      one.kind = kind;
    }
    const bool gaps = reader.boolean("gaps").value_or(true);
    if (reader.has("gaps") && one.kind != "sequence" && !one.kind.empty())
      return reader.fail("gaps", "goes with \"sequence\"");
    reader.finish();
    if (!errors_.ok()) return;
    if (one.kind.empty()) return errors_.fail(pointer, "needs one of " + quoted_list(kKinds));
    one.what = parse_kind(one.kind, value.at(one.kind), child_pointer(pointer, one.kind), gaps);
    out_.expect.push_back(std::move(one));
  }

  decltype(Expectation::what) parse_kind(std::string_view kind, const Json& value, const std::string& pointer,
                                         bool gaps) {
    if (kind == "count") return parse_count(value, pointer);
    if (kind == "never") return expectation::Count{pattern(value, pointer), exactly(0)};
    if (kind == "sequence") return parse_sequence(value, pointer, gaps);
    if (kind == "pollInterval") return parse_poll_interval(value, pointer);
    if (kind == "retries") return parse_retries(value, pointer);
    if (kind == "noFindings") return parse_no_findings(value, pointer);
    if (kind == "noUnmatched") return parse_no_unmatched(value, pointer);
    if (kind == "ledger") return parse_ledger(value, pointer);
    return parse_records(value, pointer);
  }

  patterns::Pattern pattern(const Json& value, const std::string& pointer, Names others = {}) {
    auto parsed = patterns::parse_pattern(value, pointer, {operations_, others});
    if (parsed) return std::move(*parsed);
    errors_.fail(parsed.error());
    return {};
  }

  expectation::Count parse_count(const Json& value, const std::string& pointer) {
    expectation::Count count{pattern(value, pointer, kNumbers), {}};
    ObjectReader reader(errors_, value, pointer);
    count.bounds = read_bounds(reader, 0);
    require_bounds(reader, count.bounds);
    return count;
  }

  expectation::Sequence parse_sequence(const Json& value, const std::string& pointer, bool gaps) {
    if (!value.is_array() || value.empty() || value.size() > kMaxSteps) {
      errors_.fail(pointer, expected_got("an array of 1 to 100 steps", value));
    }
    expectation::Sequence sequence{{}, gaps};
    std::vector<CapturedValue> known;
    for (std::size_t i = 0; i < value.size() && errors_.ok(); ++i)
      parse_step(value[i], child_pointer(pointer, i), sequence, known);
    return sequence;
  }

  void parse_step(const Json& value, const std::string& pointer, expectation::Sequence& sequence,
                  std::vector<CapturedValue>& known) {
    ObjectReader reader(errors_, value, pointer);
    reader.require("request");
    const Json* request = reader.object("request");
    const Json* captures = reader.object("capture");
    reader.finish();
    if (!request || !errors_.ok()) return;
    std::set<std::string> used;
    collect_placeholders(*request, used);
    for (const std::string& name : used) {
      const bool captured =
          std::any_of(known.begin(), known.end(), [&](const CapturedValue& one) { return one.name == name; });
      if (!captured) return reader.fail("request", "\"{{" + name + "}}\" is captured by no earlier step");
    }
    // Any value will do to see whether the pattern is well-formed.
    (void)pattern(fill_placeholders(*request, known), reader.pointer_to("request"));
    expectation::Sequence::Step step{*request, {}};
    journal::redact_keys(step.request);
    const Json none = Json::object();
    for (const auto& [name, path] : (captures ? *captures : none).items()) {
      auto parsed = patterns::JsonPath::parse(path.is_string() ? path.get_ref<const std::string&>() : std::string());
      const std::string here = child_pointer(reader.pointer_to("capture"), name);
      if (!parsed) return errors_.fail(here, parsed.error().message);
      if (!parsed->is_definite()) {
        return errors_.fail(
            here, "expected a path to one value, without \"*\", \"..\" and filters, got \"" + parsed->text() + "\"");
      }
      step.captures.push_back({name, std::move(*parsed)});
      known.push_back({name, "x"});
    }
    sequence.steps.push_back(std::move(step));
  }

  expectation::PollInterval parse_poll_interval(const Json& value, const std::string& pointer) {
    expectation::PollInterval poll{pattern(value, pointer, kPollMembers), {}};
    ObjectReader reader(errors_, value, pointer);
    poll.timing = read_timing(reader, "atLeast", "atMost");
    if (errors_.ok() && !poll.timing.at_least && !poll.timing.at_most && !poll.timing.backoff_grows) {
      errors_.fail(pointer, "needs \"atLeast\", \"atMost\" or \"backoffGrows\"");
    }
    return poll;
  }

  expectation::Retries parse_retries(const Json& value, const std::string& pointer) {
    expectation::Retries retries;
    retries.pattern = pattern(value, pointer, kRetryMembers);
    ObjectReader reader(errors_, value, pointer);
    retries.bounds = read_bounds(reader, 0);
    if (!retries.bounds.at_least && !retries.bounds.at_most) retries.bounds.at_least = 1;
    retries.timing = read_timing(reader, "delayAtLeast", "delayAtMost");
    const Json* after = reader.array("after");
    const Json standard = Json::array({429, "5xx"});
    for (const Json& status : after ? *after : standard) parse_trigger(status, reader.pointer_to("after"), retries);
    return retries;
  }

  void parse_trigger(const Json& status, const std::string& pointer, expectation::Retries& retries) {
    if (status == "fault") {
      retries.after_fault = true;
      return;
    }
    const auto parsed = patterns::parse_pattern({{"status", status}});
    if (parsed && parsed->status)
      retries.after.push_back(*parsed->status);
    else
      errors_.fail(pointer, expected_got("statuses such as 429, classes such as \"5xx\", or \"fault\"", status));
  }

  expectation::NoFindings parse_no_findings(const Json& value, const std::string& pointer) {
    if (value.is_object()) return {pattern(value, pointer)};
    if (value != true) errors_.fail(pointer, expected_got("true or a request pattern", value));
    return {};
  }

  expectation::NoUnmatched parse_no_unmatched(const Json& value, const std::string& pointer) {
    if (value != true) errors_.fail(pointer, expected_got("true", value));
    return {};
  }

  void need_workspace(const std::string& pointer) {
    if (out_.needs_workspace.empty()) out_.needs_workspace = pointer;
  }

  expectation::Ledger parse_ledger(const Json& value, const std::string& pointer) {
    need_workspace(pointer);
    ObjectReader reader(errors_, value, pointer);
    expectation::Ledger ledger;
    for (const LedgerFigure figure : kAll<LedgerFigure>) {
      const std::string_view name = name_of(figure);
      const Json* expected = reader.any(name);
      if (!expected) continue;
      if (!expected->is_object()) {
        const auto number = reader.integer(name, -kMaxNumber, kMaxNumber);
        if (number) ledger.figures.push_back({figure, exactly(*number)});
        continue;
      }
      ObjectReader bounds_reader(errors_, *expected, child_pointer(pointer, name));
      const Bounds bounds = read_bounds(bounds_reader, -kMaxNumber);
      bounds_reader.finish();
      require_bounds(bounds_reader, bounds);
      ledger.figures.push_back({figure, bounds});
    }
    reader.finish();
    if (errors_.ok() && ledger.figures.empty())
      errors_.fail(pointer, "needs one of " + quoted_list(kNames<LedgerFigure>));
    return ledger;
  }

  expectation::Records parse_records(const Json& value, const std::string& pointer) {
    need_workspace(pointer);
    if (!value.is_array()) return {{parse_group(value, pointer)}};
    expectation::Records records;
    if (value.empty()) errors_.fail(pointer, "needs at least one group");
    for (std::size_t i = 0; i < value.size() && errors_.ok(); ++i) {
      records.groups.push_back(parse_group(value[i], child_pointer(pointer, i)));
    }
    return records;
  }

  expectation::Records::Group parse_group(const Json& value, const std::string& pointer) {
    ObjectReader reader(errors_, value, pointer);
    expectation::Records::Group group;
    group.kind = reader.enumeration<RecordKind>("kind");
    group.status = reader.string("status");
    // A fixture may call a failed record otherwise, so that only what looks like a slip is refused.
    const bool known = !group.status || from_name<RecordStatus>(*group.status);
    if (const auto near = known ? "" : suggestion(*group.status, kNames<RecordStatus>, patterns::kQuestion);
        !near.empty()) {
      reader.fail("status", "no status \"" + *group.status + "\"" + near);
    }
    const Json* voting = reader.any("voting");
    if (voting && voting->is_null())
      group.voting.emplace();
    else if (const auto vote = reader.choice("voting", std::span(kNames<Voting>).subspan(1)))
      group.voting = kNames<Voting>[*vote + 1];
    group.bounds = read_bounds(reader, 0);
    reader.finish();
    require_bounds(reader, group.bounds);
    return group;
  }

  Names operations_;
  ReadErrors errors_;
  Expectations out_;
};

}  // namespace

Result<Expectations> parse_expectations(const Json& value, Names operations) {
  return ExpectationParser(operations).parse(value);
}

}  // namespace qamera::assertions
