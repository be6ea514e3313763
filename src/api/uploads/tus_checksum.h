#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::api {

/// What `Tus-Checksum-Algorithm` announces.
inline constexpr std::string_view checksum_algorithms = "sha1,sha256";

/// `Upload-Checksum: sha256 BASE64` of tus 1.0.0, checked against the bytes that follow.
class Checksum {
 public:
  /// `invalid_argument`: `upload_checksum_unknown`, `bad_upload_checksum`.
  static Result<Checksum> parse(std::string_view header);
  Checksum(Checksum&&) noexcept;
  Checksum& operator=(Checksum&&) noexcept;
  ~Checksum();

  void update(std::string_view bytes);
  /// `upload_checksum_mismatch` (460). The object is spent afterwards.
  Result<void> finish();

 private:
  struct State;
  explicit Checksum(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::api
