#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/bytes/unpacked_file.h"

namespace sluice::ingest {

/// What the option `member` holds.
inline constexpr std::size_t member_name_bytes_max = 1024;

enum class ArchiveKind { zip, tar };

/// A file in an archive. Folders and links are none.
struct ArchiveMember {
  std::string name;         ///< As the archive has it, folders before it.
  std::uint64_t bytes = 0;  ///< As the archive says.
};

// Those with a path block, on one thread, and read with the crates zip, tar, bzip2 and liblzma
// (archive_abi.h). Errors: `archive_damaged`, `archive_password`, `unsupported_format` where a
// member is packed in a way that is not read, `cancelled`.

/// All of them, at most some thousands, in the archive's order.
Result<std::vector<ArchiveMember>> archive_members(const std::filesystem::path& path,
                                                   ArchiveKind kind);

/// Whether a zip archive is a workbook, or says that it is a document: a container of parts that
/// are no files of their own.
bool is_workbook(const std::vector<ArchiveMember>& members);

/// Which member is the table, by their names, and what to say of the others.
struct ChosenMember {
  std::size_t index = 0;
  std::string note;
};
/// `wanted`: its name, with its folders or without. Where it is empty, of a zip the only one that
/// has the name of a table, or the only one at all; a tar is seldom packed around one table, and
/// its member has to be named. What programs keep beside files is passed over. Pure. Errors, all
/// `unprocessable`: `archive_members`, which names the tables (`choices` too), and
/// `unsupported_format` where all of them are one thing that is no table.
Result<ChosenMember> choose_member(const std::vector<ArchiveMember>& members, ArchiveKind kind,
                                   const std::string& wanted);

/// Writes a member to the new file `to`. Errors as well: `inflate_ratio_too_high`, those of the
/// room.
Result<void> extract_member(const std::filesystem::path& path, ArchiveKind kind, std::size_t index,
                            const std::filesystem::path& to, const InflateBounds& bounds,
                            const std::stop_token& stop);

// Both unpack a file of one or more streams.

Result<void> bunzip(const std::filesystem::path& from, UnpackedFile& output,
                    const std::stop_token& stop);
/// Errors as well: `inflate_window_too_large`, `unsupported_format` where a filter of xz is not
/// known.
Result<void> unxz(const std::filesystem::path& from, UnpackedFile& output,
                  const std::stop_token& stop);

}  // namespace sluice::ingest
