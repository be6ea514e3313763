#include "base/error.h"

#include <cerrno>
#include <system_error>

#include "base/error_codes.h"

namespace sluice {

std::string to_line(const Error& error) {
  return error.remedy.empty() ? error.detail : error.detail + " " + error.remedy;
}

std::string_view name_of(Errc kind) {
  switch (kind) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::unprocessable:
      return "unprocessable";
    case Errc::unauthenticated:
      return "unauthenticated";
    case Errc::permission_denied:
      return "permission_denied";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::too_large:
      return "too_large";
    case Errc::resource_exhausted:
      return "resource_exhausted";
    case Errc::unavailable:
      return "unavailable";
    case Errc::deadline_exceeded:
      return "deadline_exceeded";
    case Errc::cancelled:
      return "cancelled";
    case Errc::data_loss:
      return "data_loss";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

bool is_retryable(Errc kind) {
  return kind == Errc::resource_exhausted || kind == Errc::unavailable ||
         kind == Errc::deadline_exceeded;
}

Error work_stopped() { return {Errc::cancelled, BaseCode::cancelled, "The work was stopped.", {}}; }

Error error_from_errno(int saved_errno, std::string_view doing, std::string_view path) {
  Error error;
  error.detail = std::string(doing) + " " + std::string(path) + ": " +
                 std::generic_category().message(saved_errno) + ".";
  switch (saved_errno) {
    case ENOSPC:
    case EDQUOT:
      error.kind = Errc::resource_exhausted;
      error.code = BaseCode::disk_full;
      error.remedy = "Free space on the volume of DATA_STORAGE_PATH.";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      error.kind = Errc::permission_denied;
      error.code = BaseCode::path_not_writable;
      error.remedy = "Give this user write access, or choose another DATA_STORAGE_PATH.";
      break;
    case ENOENT:
      error.kind = Errc::not_found;
      error.code = BaseCode::path_not_found;
      break;
    default:
      error.kind = Errc::internal;
      error.code = BaseCode::io_error;
  }
  return error;
}

}  // namespace sluice
