#include <cstdint>

#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A view of no bytes must not point to null: targets take substrings of it.
  qamera::fuzz::run(size == 0 ? std::string_view("") : std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
