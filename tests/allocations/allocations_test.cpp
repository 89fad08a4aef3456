// Every allocation of a workflow fails once, in turn, as SQLite's tests have it. After each the server answers the next
// request, ledgers balance, and the journal is whole.
//
// Usage: allocations_test [STRIDE], 1 for every allocation.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "allocations/heap.h"
#include "allocations/workflow.h"

namespace qamera::allocations {
namespace {

struct Tally {
  std::uint64_t failed = 0;
  std::map<int, std::uint64_t> statuses;  ///< of the requests during which one did
};

/// The workflow with the n-th allocation of `count` failing so. What went wrong, "" for nothing.
std::string trial(const std::vector<Step>& steps, heap::Failure failure, std::uint64_t n, Tally& tally) {
  Service service;
  bool failed = false;
  heap::begin(failure, n);
  for (const Step& step : steps) {
    const int status = service.ask(step);
    if (!failed && heap::has_failed()) {
      // The next request finds memory again.
      failed = true;
      heap::end();
      ++tally.failed;
      ++tally.statuses[status];
      continue;
    }
    if (status == 0 || status == 500 || status == 503) {
      heap::end();
      return std::string(step.method) + " " + step.target + " afterwards is answered with " + std::to_string(status);
    }
  }
  heap::end();
  return service.damage();
}

std::uint64_t count_of(const std::vector<Step>& steps, heap::Failure failure) {
  Service service;
  heap::begin(failure, 0);
  for (const Step& step : steps) {
    const int status = service.ask(step);
    if (status >= 500) std::printf("%s %s: %d\n", std::string(step.method).c_str(), step.target.c_str(), status);
  }
  return heap::end();
}

bool run(const char* name, const std::vector<Step>& steps, heap::Failure failure, std::uint64_t stride) {
  count_of(steps, failure);  // once, so that what is made on first use is there
  const std::uint64_t count = count_of(steps, failure);
  Tally tally;
  int wrong = 0;
  for (std::uint64_t n = 1; n <= count && wrong < 20; n += stride) {
    const std::string found = trial(steps, failure, n, tally);
    if (found.empty()) continue;
    ++wrong;
    std::printf("%s: allocation %llu of %llu: %s\n", name, static_cast<unsigned long long>(n),
                static_cast<unsigned long long>(count), found.c_str());
  }
  std::printf("%s: %llu of %llu allocations failed, one at a time, and were survived; the request got", name,
              static_cast<unsigned long long>(tally.failed), static_cast<unsigned long long>(count));
  for (const auto& [status, times] : tally.statuses) {
    std::printf(" %d %llu times", status, static_cast<unsigned long long>(times));
  }
  std::printf("\n");
  return wrong == 0 && tally.failed > 0;
}

/// The library's own way takes memory in a destructor (see base/json.h).
bool destroys_without_memory() {
  Json value = parse_json(R"([{"a": [1, "a text that is longer than a short one"], "b": {"c": {}}}, []])").value();
  OrderedJson ordered(value);
  heap::begin(heap::Failure::kAny, 0);
  value = nullptr;
  ordered = nullptr;
  if (heap::end() == 0) return true;
  std::printf("a JSON value takes memory to be destroyed\n");
  return false;
}

int test(std::uint64_t stride) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  heap::install();
  bool good = destroys_without_memory();
  const auto every = every_call(), large = large_accounts();
  good &= run("an empty heap", every, heap::Failure::kEmpty, stride);
  good &= run("a throw", every, heap::Failure::kAny, stride);
  const std::uint64_t large_stride = stride > 1 ? 3 : 1;
  good &= run("a large one throws, large accounts", large, heap::Failure::kLarge, large_stride);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace qamera::allocations

int main(int argc, char** argv) {
  const unsigned long long stride = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  return qamera::allocations::test(stride > 0 ? stride : 1);
}
