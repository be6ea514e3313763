#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error_code.h"

namespace sluice {

/// What kind of failure this is; the HTTP status, the exit code and "may it be tried again?" follow
/// from it.
enum class Errc {
  invalid_argument,  ///< The caller sent something malformed. Not retryable.
  unprocessable,     ///< Well-formed, but the content cannot be used (a ragged CSV). Not retryable.
  unauthenticated,   ///< No credential, or one that is not valid.
  permission_denied,   ///< A valid credential that may not do this.
  not_found,           ///< Absent, or another tenant's: the two look the same on purpose.
  conflict,            ///< The state does not allow it (sync disabled, name taken).
  too_large,           ///< A named limit was passed; `detail` names it.
  resource_exhausted,  ///< A queue or pool is full. Retryable after a pause.
  unavailable,         ///< A part of ours or of the outside cannot be reached. Retryable.
  deadline_exceeded,   ///< Time ran out. Retryable by the caller's choice.
  cancelled,           ///< Somebody asked for it to stop.
  data_loss,           ///< Stored bytes are not what was written.
  internal,            ///< A defect of ours, or the machine failing (disk error).
};

/// A place in a text that the caller sent; both count from 1, columns in characters.
struct TextPosition {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// An expected failure: cause and remedy in words for the person who meets it. Never holds a
/// secret.
struct Error {
  Errc kind = Errc::internal;
  ErrorCode code;      ///< Stable, machine-readable, snake_case: `csv_ragged_row`.
  std::string detail;  ///< The cause, one sentence with the particulars.
  std::string remedy;  ///< What to do about it, one sentence; may be empty.
  std::optional<TextPosition> position = {};  ///< Of what is wrong, where that is known.
  /// Names of which the caller has to say one; all that there are, or none.
  std::vector<std::string> choices = {};
};

/// `detail` and `remedy` as one line, for logs and command lines.
std::string to_line(const Error& error);

/// The enumerator's own name: `not_found`.
std::string_view name_of(Errc kind);

/// True where the same call may succeed later without anyone changing anything.
bool is_retryable(Errc kind);

/// `cancelled`: somebody asked for the work to stop, and it did.
Error work_stopped();

/// An Error from errno: ENOSPC, EACCES and the like get a remedy of their own.
Error error_from_errno(int saved_errno, std::string_view doing, std::string_view path);

}  // namespace sluice
