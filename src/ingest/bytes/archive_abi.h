#pragma once

/// The C interface of rust/sluice_archive, which opens zip, tar, bzip2 and xz with the crates of
/// those names (liblzma for xz). Written by hand: a change here is a change there. Every call
/// returns 0 or an error's code, fills `error` then, and never unwinds. Nothing is kept between
/// calls.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum SluiceArchiveCode {
  SLUICE_ARCHIVE_OK = 0,
  SLUICE_ARCHIVE_IO = 1,
  SLUICE_ARCHIVE_DAMAGED = 2,
  SLUICE_ARCHIVE_PASSWORD = 3,
  SLUICE_ARCHIVE_UNSUPPORTED = 4,
  SLUICE_ARCHIVE_STOPPED = 5,  ///< The callback returned other than 0.
  SLUICE_ARCHIVE_TOO_MANY = 6,
  SLUICE_ARCHIVE_WINDOW = 7  ///< What it is unpacked with would be larger than the caller allows.
};

enum SluiceArchiveKind { SLUICE_ARCHIVE_ZIP = 1, SLUICE_ARCHIVE_TAR = 2 };

typedef struct SluiceArchiveError {
  int32_t code;
  char message[512];  ///< UTF-8, ended by NUL.
} SluiceArchiveError;

typedef struct SluiceArchiveMember {
  const char* name;  ///< Without NUL at its end; lives until the callback returns.
  size_t name_bytes;
  uint64_t bytes;  ///< As the archive says.
} SluiceArchiveMember;

/// Other than 0 stops. Must not unwind.
typedef int (*SluiceArchiveOnMember)(void* context, const SluiceArchiveMember* member);
typedef int (*SluiceArchiveOnBytes)(void* context, const char* bytes, size_t count);

/// Files only, in the archive's order; `sluice_archive_read` counts as they come here, from 0.
int32_t sluice_archive_members(const char* path, int32_t kind, SluiceArchiveOnMember on_member,
                               void* context, SluiceArchiveError* error);
int32_t sluice_archive_read(const char* path, int32_t kind, size_t index,
                            SluiceArchiveOnBytes on_bytes, void* context,
                            SluiceArchiveError* error);
int32_t sluice_archive_bunzip(const char* path, SluiceArchiveOnBytes on_bytes, void* context,
                              SluiceArchiveError* error);
/// `window_bytes_max`: of the dictionary, which is held in memory.
int32_t sluice_archive_unxz(const char* path, uint64_t window_bytes_max,
                            SluiceArchiveOnBytes on_bytes, void* context,
                            SluiceArchiveError* error);

#ifdef __cplusplus
}
#endif
