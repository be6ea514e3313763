#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::api {

/// What `Tus-Checksum-Algorithm` announces.
inline constexpr std::string_view checksum_algorithms = "sha1,sha256";

/// `Upload-Checksum: sha256 BASE64` of tus 1.0.0, checked against the bytes that follow. Of one
/// request, used by the thread that receives it; no I/O.
class TusChecksum {
 public:
  /// `invalid_argument`: `upload_checksum_unknown`, `bad_upload_checksum`.
  static Result<TusChecksum> parse(std::string_view header);
  TusChecksum(TusChecksum&&) noexcept;
  TusChecksum& operator=(TusChecksum&&) noexcept;
  ~TusChecksum();

  void update(std::string_view bytes);
  /// `upload_checksum_mismatch` (460). The object is spent afterwards.
  Result<void> finish();

 private:
  struct State;
  explicit TusChecksum(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::api
