#include <cstddef>
#include <cstdint>

#include "ingest/fuzz/targets.h"

// One target each, chosen when it is built.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::ingest::fuzz::FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
