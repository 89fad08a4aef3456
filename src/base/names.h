#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

/// The names of an enum's values, written once beside the enum and used to write and to read it:
///
///     enum class ClockMode { kReal, kManual };
///     constexpr auto names_of(ClockMode) { return enum_names("real", "manual"); }
///
/// The values count from 0 without gaps, and the names stand in their order.
namespace qamera {

template <typename... Names>
constexpr std::array<std::string_view, sizeof...(Names)> enum_names(const Names&... names) {
  return {names...};
}

template <typename Enum>
inline constexpr auto kNames = names_of(Enum{});

template <typename Enum>
inline constexpr std::size_t kCount = kNames<Enum>.size();

/// Every value, in order.
template <typename Enum>
inline constexpr auto kAll = [] {
  std::array<Enum, kCount<Enum>> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Enum>(i);
  return all;
}();

template <typename Enum>
requires std::is_enum_v<Enum>
constexpr std::string_view name_of(Enum value) { return kNames<Enum>[static_cast<std::size_t>(value)]; }

template <typename Enum>
constexpr std::optional<Enum> from_name(std::string_view name) {
  for (const Enum value : kAll<Enum>) {
    if (name_of(value) == name) return value;
  }
  return std::nullopt;
}

/// One `T` for each value of an enum.
template <typename Enum, typename T>
struct PerValue : std::array<T, kCount<Enum>> {
  using std::array<T, kCount<Enum>>::operator[];
  constexpr T& operator[](Enum value) { return (*this)[static_cast<std::size_t>(value)]; }
  constexpr const T& operator[](Enum value) const { return (*this)[static_cast<std::size_t>(value)]; }
};

}  // namespace qamera
