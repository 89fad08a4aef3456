#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/names.h"
#include "http/message.h"

namespace qamera::metrics {

enum class MetricType { kCounter, kGauge, kHistogram };
constexpr auto names_of(MetricType) { return enum_names("counter", "gauge", "histogram"); }

/// The two texts in which Prometheus and those like it read metrics: its own, version 0.0.4, and OpenMetrics 1.0.0.
/// They differ in how a counter is named, and in how the text ends.
enum class ExpositionFormat { kText, kOpenMetrics };

/// What the Accept field asks for; the first where it does not matter.
ExpositionFormat exposition_format(const Request& request);
/// As Content-Type names it.
std::string_view media_type_of(ExpositionFormat format);

/// Writes metrics down, one after the other. Names, help texts and label values are ours: they hold no quote, backslash
/// or control character.
class Exposition {
 public:
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  explicit Exposition(ExpositionFormat format) : format_(format) {}

  /// The samples that follow are of this metric. A counter's name ends in `_total`.
  void begin(std::string_view name, MetricType type, std::string_view help);
  void value(std::integral auto value, Labels labels = {}) { sample("", labels, std::to_string(value)); }
  void value(double value, Labels labels = {});
  /// `counts` of each bucket by itself: one for each upper bound, in nanoseconds, and one for what is beyond.
  void histogram(std::span<const std::uint64_t> bounds, std::span<const std::uint64_t> counts,
                 std::uint64_t nanoseconds, const Label& label);
  /// All of it.
  std::string finish() &&;

 private:
  void sample(std::string_view suffix, Labels labels, std::string_view value);

  const ExpositionFormat format_;
  std::string_view name_;
  std::string text_;
};

}  // namespace qamera::metrics
