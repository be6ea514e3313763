// The entry of a program that libFuzzer makes of one fuzz target (make fuzz; clang only).
#include <cstddef>
#include <cstdint>

#include "base/testing/fuzz_target.h"

/// libFuzzer's main calls it; such a program holds one target.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (*sluice::fuzz::targets().front())({reinterpret_cast<const char*>(data), size});
  return 0;
}
