#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::fuzz {

/// A fuzz target: what must hold for any bytes that a reader of ours is given. It ends the process,
/// by `require`, where it does not. Each lies in its room's `fuzz/ROOM_NAME_fuzz.cc`, as one object
/// of static storage, beside `fuzz/corpus/NAME/`; `sluice_fuzz` (cmake/SluiceLibrary.cmake) makes
/// of it a program for libFuzzer, which `make soak` runs, and a unit test that replays the corpus.
class Target {
 public:
  using Run = void (*)(std::string_view input);
  /// `source` is the `__FILE__` of the target, which says its NAME.
  Target(const char* source, Run run);
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  const std::string& name() const { return name_; }
  std::filesystem::path corpus() const { return corpus_; }
  void operator()(std::string_view input) const { run_(input); }

 private:
  std::string name_;
  std::filesystem::path corpus_;
  Run run_;
};

/// All targets of this program.
const std::vector<const Target*>& targets();

/// Ends the process where `holds` is false.
void require(bool holds, const char* what);

}  // namespace sluice::fuzz
