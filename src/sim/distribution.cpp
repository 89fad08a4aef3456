#include "sim/distribution.h"

#include <algorithm>
#include <cmath>

namespace qamera::sim {
namespace {

constexpr std::string_view kShapes = R"(a duration, {"uniform": [least, most]} or {"lognormal": {"median", "sigma"}})";

std::optional<Distribution> read_uniform(ObjectReader& shape) {
  const Json* pair = shape.array("uniform");
  if (!pair) return std::nullopt;
  std::array<Duration, 2> bounds{};
  if (pair->size() != 2) {
    shape.fail_expected("uniform", "two durations, the least and the most", *pair);
    return std::nullopt;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const Json& item = (*pair)[i];
    auto parsed = parse_duration(item.is_string() ? item.get_ref<const std::string&>() : std::string());
    if (!parsed.ok()) {
      shape.errors().fail(child_pointer(shape.pointer_to("uniform"), i),
                          item.is_string() ? parsed.error().message : expected_got("a duration", item));
      return std::nullopt;
    }
    bounds[i] = *parsed;
  }
  if (bounds[0] > bounds[1]) {
    shape.fail("uniform", "expected the least first, got " + dump_json(*pair));
    return std::nullopt;
  }
  return UniformSpan{bounds[0], bounds[1]};
}

std::optional<Distribution> read_lognormal(ObjectReader& shape) {
  LognormalSpan span;
  const bool there = shape.nested("lognormal", [&](ObjectReader& reader) {
    reader.require("median");
    span.median = reader.duration("median").value_or(Duration(0));
    span.sigma = reader.number("sigma", 0, 5).value_or(0.5);
  });
  return there ? std::optional<Distribution>(span) : std::nullopt;
}

}  // namespace

Duration sample(const Distribution& distribution, Random& random) {
  if (const auto* fixed = std::get_if<FixedSpan>(&distribution)) return fixed->length;
  double length = 0;
  if (const auto* uniform = std::get_if<UniformSpan>(&distribution)) {
    const auto width = static_cast<double>((uniform->most - uniform->least).count() + 1);
    length = static_cast<double>(uniform->least.count()) + std::floor(random.unit() * width);
  } else {
    const auto& lognormal = std::get<LognormalSpan>(distribution);
    length = static_cast<double>(lognormal.median.count()) * std::exp(lognormal.sigma * random.normal());
  }
  return Duration(std::llround(std::clamp(length, 0.0, static_cast<double>(kLongestDuration.count()))));
}

std::optional<Distribution> read_distribution(ObjectReader& reader, std::string_view name) {
  const Json* value = reader.any(name);
  if (!value) return std::nullopt;
  if (value->is_string()) {
    if (auto length = reader.duration(name)) return FixedSpan{*length};
    return std::nullopt;
  }
  if (!value->is_object()) {
    reader.fail_expected(name, kShapes, *value);
    return std::nullopt;
  }
  ObjectReader shape(reader.errors(), *value, reader.pointer_to(name));
  const bool uniform = shape.has("uniform");
  if (uniform == shape.has("lognormal")) {
    if (!uniform) shape.finish();  // a misspelt member explains more
    reader.fail_expected(name, kShapes, *value);
    return std::nullopt;
  }
  auto distribution = uniform ? read_uniform(shape) : read_lognormal(shape);
  shape.finish();
  return distribution;
}

}  // namespace qamera::sim
