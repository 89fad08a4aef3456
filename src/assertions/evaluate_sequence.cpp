#include <algorithm>
#include <optional>

#include "assertions/evaluate.h"

namespace qamera::assertions {
namespace {

/// Comparisons of one request with one pattern before the search gives up: captures can make it branch.
constexpr std::size_t kMaxComparisons = 300'000;

using Captures = std::vector<CapturedValue>;

/// How far the search came at best.
struct Furthest {
  std::vector<std::size_t> taken;  ///< index of the entry for each step done
  Captures captures;
  /// An entry that matched the next step but had nothing to capture there.
  std::optional<std::size_t> nothing_to_capture;
  std::string capture_pointer;
};

class Search {
 public:
  Search(const expectation::Sequence& sequence, const journal::View& view)
      : sequence_(sequence), entries_(view.entries) {}

  bool run() { return find({}, 0, {}); }
  bool gave_up() const { return comparisons_ >= kMaxComparisons; }
  std::uint64_t unknown() const { return unknown_; }
  const Furthest& furthest() const { return furthest_; }

  patterns::Pattern pattern_of(std::size_t step, const Captures& captures) const {
    auto pattern = patterns::parse_pattern(fill_placeholders(sequence_.steps[step].request, captures));
    // A captured value can make a pattern too long, say: then nothing matches it.
    return pattern ? std::move(*pattern) : patterns::Pattern{};
  }

 private:
  bool find(const std::vector<std::size_t>& taken, std::size_t from, const Captures& captures) {
    const std::size_t step = taken.size();
    if (step > furthest_.taken.size() || step == 0) furthest_ = {taken, captures, std::nullopt, ""};
    if (step == sequence_.steps.size()) return true;
    const auto parsed = patterns::parse_pattern(fill_placeholders(sequence_.steps[step].request, captures));
    if (!parsed) return false;
    const bool adjacent = !sequence_.gaps && step > 0;
    std::vector<Captures> tried;  // what later steps see is all that a later choice could change
    for (std::size_t i = from; i < entries_.size() && !gave_up(); ++i) {
      if (takes(*parsed, i)) {
        Captures more = captures;
        const bool captured = capture(step, i, more);
        // With gaps an earlier request leaves more to choose from than a later one with the same captures.
        const bool fresh = !sequence_.gaps || std::find(tried.begin(), tried.end(), more) == tried.end();
        if (captured && fresh) {
          tried.push_back(more);
          std::vector<std::size_t> longer = taken;
          longer.push_back(i);
          if (find(longer, i + 1, more)) return true;
          if (sequence_.gaps && sequence_.steps[step].captures.empty()) return false;
        }
      }
      if (adjacent) return false;
    }
    return false;
  }

  bool takes(const patterns::Pattern& pattern, std::size_t index) {
    ++comparisons_;
    const patterns::Truth truth = match(pattern, patterns::RequestView(*entries_[index]));
    if (truth == patterns::Truth::kUnknown) ++unknown_;
    return truth == patterns::Truth::kYes;
  }

  bool capture(std::size_t step, std::size_t index, Captures& captures) {
    const auto& wanted = sequence_.steps[step].captures;
    if (wanted.empty()) return true;
    const journal::KeptBody& body = entries_[index]->response_body;
    if (body.truncated()) {
      ++unknown_;
      return false;
    }
    const auto json = parse_json(body.content());
    for (const auto& [name, path] : wanted) {
      const auto found = json ? path.find(*json) : patterns::JsonPath::Found();
      if (found.values.empty()) {
        if (step == furthest_.taken.size() && !furthest_.nothing_to_capture) {
          furthest_.nothing_to_capture = index;
          furthest_.capture_pointer = "/response/body" + path.pointer();
        }
        return false;
      }
      captures.push_back({name, *found.values.front()});
    }
    return true;
  }

  const expectation::Sequence& sequence_;
  const std::vector<journal::EntryPtr>& entries_;
  std::size_t comparisons_ = 0;
  std::uint64_t unknown_ = 0;
  Furthest furthest_;
};

std::string steps_done(const Furthest& furthest, const journal::View& view) {
  std::string text;
  for (std::size_t i = 0; i < furthest.taken.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::string("step ") + std::to_string(i + 1) + " was " +
            view.entries[furthest.taken[i]]->id;
  }
  return text;
}

/// What stopped the search at its furthest: the step it could not find.
void explain_stop(ExpectationResult& outcome, const Search& search, const expectation::Sequence& sequence,
                  const journal::View& view) {
  const Furthest& furthest = search.furthest();
  const std::size_t step = furthest.taken.size();
  const patterns::Pattern pattern = search.pattern_of(step, furthest.captures);
  const std::string wanted = "no request is step " + std::to_string(step + 1) + "," + that_match(pattern);
  if (furthest.nothing_to_capture) {
    const journal::EntryPtr& entry = view.entries[*furthest.nothing_to_capture];
    outcome.seen = steps_done(furthest, view) + (step > 0 ? "; then " : "") + wanted;
    outcome.nearest.push_back({entry, 0, {{furthest.capture_pointer, "a value to capture", "(absent)"}}});
    return;
  }
  const std::size_t from = furthest.taken.empty() ? 0 : furthest.taken.back() + 1;
  std::span<const journal::EntryPtr> later = std::span(view.entries).subspan(from);
  if (step > 0) {
    outcome.seen = steps_done(furthest, view) + (sequence.gaps ? "; after " : "; right after ") +
                   view.entries[furthest.taken.back()]->id + " ";
    if (!sequence.gaps) later = later.first(std::min<std::size_t>(1, later.size()));
  }
  outcome.seen += wanted;
  if (later.empty()) outcome.reason = "nothing was requested after that";
  add_near_misses(outcome, pattern, later);
}

}  // namespace

ExpectationResult judge(const expectation::Sequence& sequence, const journal::View& view) {
  ExpectationResult outcome;
  outcome.expected = counted(sequence.steps.size(), "request") + " in this order, " +
                     (sequence.gaps ? "others may come between" : "nothing in between") + ":";
  for (std::size_t i = 0; i < sequence.steps.size(); ++i) {
    outcome.expected += "\n" + std::to_string(i + 1) + ". " + dump_json(sequence.steps[i].request);
    for (const auto& capture : sequence.steps[i].captures) {
      outcome.expected += ", capturing " + capture.path.text() + " of its response as " + capture.name;
    }
  }
  Search search(sequence, view);
  if (search.run()) {
    outcome.seen = steps_done(search.furthest(), view);
    if (sequence.gaps || sequence.steps.size() < 2 || !view.scattered) return outcome;
    outcome.verdict = Verdict::kInconclusive;
    outcome.reason = evicted_text(view) + ", and could have come between";
    return outcome;
  }
  explain_stop(outcome, search, sequence, view);
  outcome.verdict = Verdict::kFailed;
  if (search.gave_up()) {
    outcome.reason = "the search was given up: too many requests could be captured from; make the steps more specific";
  } else if (view.evicted > 0) {
    outcome.reason = evicted_text(view) + ", and could have been part of the sequence";
  } else if (search.unknown() > 0) {
    outcome.reason = "some bodies were kept only in part, so that the requests could not be compared";
  } else {
    return outcome;
  }
  outcome.verdict = Verdict::kInconclusive;
  return outcome;
}

}  // namespace qamera::assertions
