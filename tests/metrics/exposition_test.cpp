#include "metrics/exposition.h"

#include <doctest/doctest.h>

#include <array>

namespace qamera::metrics {
namespace {

constexpr ExpositionFormat kFormats[] = {ExpositionFormat::kText, ExpositionFormat::kOpenMetrics};

ExpositionFormat format_for(std::string_view accept) {
  Request request;
  if (!accept.empty()) request.headers.add("Accept", std::string(accept));
  return exposition_format(request);
}

}  // namespace

TEST_CASE("exposition: the two formats differ in a counter's family and in the end") {
  const char* expected[] = {
      "# HELP pictures_total Pictures made.\n# TYPE pictures_total counter\npictures_total 3\n"
      "pictures_total{kind=\"wide\",end=\"done\"} 0\n"
      "# HELP warmth_celsius How warm it is.\n# TYPE warmth_celsius gauge\nwarmth_celsius -1.5\n",
      "# HELP pictures Pictures made.\n# TYPE pictures counter\npictures_total 3\n"
      "pictures_total{kind=\"wide\",end=\"done\"} 0\n"
      "# HELP warmth_celsius How warm it is.\n# TYPE warmth_celsius gauge\nwarmth_celsius -1.5\n# EOF\n"};
  for (const ExpositionFormat format : kFormats) {
    Exposition out(format);
    out.begin("pictures_total", MetricType::kCounter, "Pictures made.");
    out.value(3);
    out.value(std::uint64_t{0}, {{"kind", "wide"}, {"end", "done"}});
    out.begin("warmth_celsius", MetricType::kGauge, "How warm it is.");
    out.value(-1.5);
    CHECK(std::move(out).finish() == expected[static_cast<int>(format)]);
  }
}

TEST_CASE("exposition: the buckets of a histogram add up, and have bounds in seconds") {
  constexpr std::array<std::uint64_t, 4> kBounds = {5'000, 250'000, 1'000'000'000, 2'500'000'000};
  constexpr std::array<std::uint64_t, 5> kCounts = {1, 0, 2, 3, 4};
  Exposition out(ExpositionFormat::kText);
  out.begin("wait_seconds", MetricType::kHistogram, "Waiting.");
  out.histogram(kBounds, kCounts, 1'500'000, {"operation", "x"});
  CHECK(std::move(out).finish() ==
        "# HELP wait_seconds Waiting.\n# TYPE wait_seconds histogram\n"
        "wait_seconds_bucket{operation=\"x\",le=\"5e-06\"} 1\n"
        "wait_seconds_bucket{operation=\"x\",le=\"0.00025\"} 1\n"
        "wait_seconds_bucket{operation=\"x\",le=\"1.0\"} 3\n"
        "wait_seconds_bucket{operation=\"x\",le=\"2.5\"} 6\n"
        "wait_seconds_bucket{operation=\"x\",le=\"+Inf\"} 10\n"
        "wait_seconds_sum{operation=\"x\"} 0.0015\n"
        "wait_seconds_count{operation=\"x\"} 10\n");
}

TEST_CASE("exposition: OpenMetrics for those who want it more") {
  const char* prometheus =
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;"
      "version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
  for (const char* accept : {prometheus, "application/openmetrics-text", "Application/*, text/*;q=0.9"}) {
    CAPTURE(accept);
    CHECK(format_for(accept) == ExpositionFormat::kOpenMetrics);
  }
  for (const char* accept :
       {"", "*/*", "text/html", "application/openmetrics-text;q=0", "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;q=0.4, text/plain;q=0.5", "application/openmetrics-text, text/plain",
        "application/json"}) {
    CAPTURE(accept);
    CHECK(format_for(accept) == ExpositionFormat::kText);
  }
  CHECK(media_type_of(ExpositionFormat::kText) == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(media_type_of(ExpositionFormat::kOpenMetrics) == "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace qamera::metrics
