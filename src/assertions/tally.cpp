#include "assertions/tally.h"

#include <algorithm>

#include "assertions/evaluate.h"

namespace qamera::assertions {
namespace {

constexpr std::size_t kMostMarks = std::size_t{1} << 40;  // more than any journal has entries

std::size_t marks_for(std::int64_t number) {
  return std::min(kMostMarks, static_cast<std::size_t>(std::max<std::int64_t>(number, 0)));
}

template <typename What>
concept Counted = std::is_same_v<What, expectation::Count> || std::is_same_v<What, expectation::NoFindings> ||
    std::is_same_v<What, expectation::NoUnmatched>;
template <typename What>
concept AboutFacts = std::is_same_v<What, expectation::Ledger> || std::is_same_v<What, expectation::Records>;

/// Whether the entry counts.
patterns::Truth counts(const expectation::Count& count, const patterns::RequestView& view) {
  return match(count.pattern, view);
}
patterns::Truth counts(const expectation::NoFindings& none, const patterns::RequestView& view) {
  return view.entry().findings.empty() ? patterns::Truth::kNo : match(none.pattern, view);
}
patterns::Truth counts(const expectation::NoUnmatched&, const patterns::RequestView& view) {
  return patterns::truth_of(view.entry().operation.empty());
}

/// Older entries go first, so no more than the newest few can decide on a bound.
void add_mark(std::deque<std::uint64_t>& marks, std::uint64_t sequence, std::size_t most) {
  marks.push_back(sequence);
  if (marks.size() > most) marks.pop_front();
}

bool passes(const expectation::Count& count, std::size_t certain, std::uint64_t at_most_more) {
  const auto low = static_cast<std::int64_t>(certain);
  const auto high = low + static_cast<std::int64_t>(at_most_more);
  return (!count.bounds.at_least || low >= *count.bounds.at_least) &&
         (!count.bounds.at_most || high <= *count.bounds.at_most);
}
bool passes(const expectation::NoFindings&, std::size_t certain, std::uint64_t at_most_more) {
  return certain + at_most_more == 0;
}
bool passes(const expectation::NoUnmatched&, std::size_t certain, std::uint64_t at_most_more) {
  return certain + at_most_more == 0;
}

}  // namespace

Tally::Tally(const Expectations& expectations) : expectations_(expectations), marks_(expectations.expect.size()) {
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    const auto* count = std::get_if<expectation::Count>(&expectations.expect[i].what);
    Marks& marks = marks_[i];
    marks.most_certain = marks.most_unknown = 1;
    if (!count) continue;
    marks.most_unknown = count->bounds.at_most ? marks_for(*count->bounds.at_most) + 1 : 0;
    marks.most_certain = std::max(marks.most_unknown, marks_for(count->bounds.at_least.value_or(0)));
  }
}

void Tally::add(std::span<const journal::EntryPtr> entries) {
  for (const journal::EntryPtr& entry : entries) {
    const patterns::RequestView view(*entry);
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      const auto truth = std::visit(
          [&](const auto& what) {
            if constexpr (Counted<std::decay_t<decltype(what)>>) return counts(what, view);
            return patterns::Truth::kNo;
          },
          expectations_.expect[i].what);
      if (truth == patterns::Truth::kYes) add_mark(marks_[i].certain, entry->sequence, marks_[i].most_certain);
      if (truth == patterns::Truth::kUnknown) add_mark(marks_[i].unknown, entry->sequence, marks_[i].most_unknown);
    }
  }
}

void Tally::forget_before(std::uint64_t sequence) {
  for (Marks& marks : marks_) {
    for (auto* numbers : {&marks.certain, &marks.unknown}) {
      while (!numbers->empty() && numbers->front() < sequence) numbers->pop_front();
    }
  }
}

bool Tally::follow(const journal::Journal& journal, const std::optional<std::string>& scope) {
  journal::Changes changes = journal.changes(scope, read_up_to_);
  // Entries that were removed, or evicted amid others, could have been counted: from the beginning, then.
  const bool is_continued = changes.removals == removals_;
  if (!is_continued) {
    forget_before(UINT64_MAX);
    changes = journal.changes(scope, 0);
    removals_ = changes.removals;
  }
  forget_before(changes.oldest);
  add(changes.view.entries);
  read_up_to_ = changes.newest;
  evicted_ = changes.evicted;
  return !is_continued || !changes.view.entries.empty();
}

std::optional<bool> Tally::passes(const Facts* facts) const {
  bool is_certain = true;
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    const auto& [most_certain, most_unknown, certain, unknown] = marks_[i];
    const auto passed = std::visit(
        [&](const auto& what) -> std::optional<bool> {
          using What = std::decay_t<decltype(what)>;
          if constexpr (Counted<What>)
            return assertions::passes(what, certain.size(), unknown.size() + evicted_);
          else if constexpr (AboutFacts<What>)
            return judge(what, facts).verdict == Verdict::kPassed;
          else
            return std::nullopt;
        },
        expectations_.expect[i].what);
    if (passed == false) return false;
    is_certain = is_certain && passed.has_value();
  }
  return is_certain ? std::optional(true) : std::nullopt;
}

}  // namespace qamera::assertions
