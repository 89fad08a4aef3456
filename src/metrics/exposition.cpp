#include "metrics/exposition.h"

#include <array>
#include <cstdio>

#include "base/json.h"
#include "http/accept.h"

namespace qamera::metrics {
namespace {

/// A bucket's bound in seconds, as Prometheus writes it: "5e-06", "0.0001", "1.0".
std::string bound_text(std::uint64_t nanoseconds) {
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%g", static_cast<double>(nanoseconds) / 1e9);
  std::string text = digits.data();
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

}  // namespace

ExpositionFormat exposition_format(const Request& request) {
  const std::string_view accept = request.headers.value_or("Accept", "*/*");
  const int open = http::accepted_weight(accept, "application/openmetrics-text", "1.0.0");
  const int text = http::accepted_weight(accept, "text/plain", "0.0.4");
  return open > text ? ExpositionFormat::kOpenMetrics : ExpositionFormat::kText;
}

std::string_view media_type_of(ExpositionFormat format) {
  return format == ExpositionFormat::kText ? "text/plain; version=0.0.4; charset=utf-8"
                                           : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

void Exposition::begin(std::string_view name, MetricType type, std::string_view help) {
  name_ = name;
  constexpr std::string_view kTotal = "_total";
  std::string_view family = name;
  // A family of OpenMetrics is named without what its samples end in.
  if (format_ == ExpositionFormat::kOpenMetrics && type == MetricType::kCounter) family.remove_suffix(kTotal.size());
  for (const auto& [word, said] : {Label{"# HELP ", help}, Label{"# TYPE ", name_of(type)}}) {
    text_.append(word).append(family).append(" ").append(said).append("\n");
  }
}

void Exposition::sample(std::string_view suffix, Labels labels, std::string_view value) {
  text_.append(name_).append(suffix);
  char before = '{';
  for (const auto& [name, text] : labels) {
    text_.append(1, before).append(name).append("=\"").append(text).append("\"");
    before = ',';
  }
  if (before == ',') text_.append("}");
  text_.append(" ").append(value).append("\n");
}

void Exposition::value(double value, Labels labels) { sample("", labels, dump_json(Json(value))); }

void Exposition::histogram(std::span<const std::uint64_t> bounds, std::span<const std::uint64_t> counts,
                           std::uint64_t nanoseconds, const Label& label) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    const std::string bound = i < bounds.size() ? bound_text(bounds[i]) : "+Inf";
    sample("_bucket", {label, {"le", bound}}, std::to_string(below));
  }
  sample("_sum", {label}, dump_json(Json(static_cast<double>(nanoseconds) / 1e9)));
  sample("_count", {label}, std::to_string(below));
}

std::string Exposition::finish() && {
  if (format_ == ExpositionFormat::kOpenMetrics) text_.append("# EOF\n");
  return std::move(text_);
}

}  // namespace qamera::metrics
