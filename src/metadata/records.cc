#include "metadata/records.h"

namespace sluice::metadata {

std::string_view name_of(WantKind kind) {
  switch (kind) {
    case WantKind::sync:
      return "sync";
    case WantKind::resync:
      return "resync";
    case WantKind::drop:
      return "drop";
  }
  return "sync";
}

std::optional<WantKind> parse_want_kind(std::string_view name) {
  for (const WantKind kind : {WantKind::sync, WantKind::resync, WantKind::drop}) {
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::data:
      return "data";
    case FileKind::rejects:
      return "rejects";
    case FileKind::source:
    case FileKind::packed_source:
      return "source";
    case FileKind::bronze:
      return "bronze";
    case FileKind::silver:
      return "silver";
    case FileKind::quarantine:
      return "quarantine";
  }
  return "data";
}

FileKind parse_file_kind(std::string_view name) {
  for (const FileKind kind : {FileKind::rejects, FileKind::source, FileKind::bronze,
                              FileKind::silver, FileKind::quarantine}) {
    if (name_of(kind) == name) return kind;
  }
  return FileKind::data;
}

}  // namespace sluice::metadata
