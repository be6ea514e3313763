#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ingest/options.h"

namespace sluice::ingest {

/// What about a file was decided. The names (structure_decision_forms.h) are those that clients
/// read.
enum class StructurePart : std::uint8_t {
  member,        ///< Which file of an archive is the table.
  encoding,      ///< What its bytes mean.
  sheet,         ///< Which sheet of a workbook is the table.
  records_path,  ///< Where in a JSON document the records are.
  delimiter,     ///< What stands between cells.
  quotes,        ///< What quotes mean, and how one stands within a quoted cell.
  header,        ///< In which line the table begins, and how many rows are its names.
};

/// One choice: what was taken, why, and what came next to it.
struct StructureChoice {
  StructurePart part = StructurePart::header;
  std::string taken;             ///< `;`, `windows-1252`, `the header in line 4`.
  std::string why;               ///< A sentence: what was seen.
  bool is_given = false;         ///< The sender said so.
  bool is_guess = false;         ///< The next one is near; `notes` says so too.
  std::optional<double> score;   ///< Of what was taken; comparable within one `part` only.
  std::string runner_up;         ///< As `taken`; empty where nothing else came into question.
  std::optional<double> margin;  ///< Score less that of the runner-up.
  std::vector<std::string> settled_by;             ///< The options that say it instead.
  std::optional<IngestOptions> runner_up_options;  ///< With these the runner-up is read.
};

/// In the order in which it was decided: the archive first, the header last. What leaves no choice
/// (a Parquet file's structure) is not in it.
using StructureDecision = std::vector<StructureChoice>;

/// No more come from any file, and none of their texts is longer.
inline constexpr std::size_t structure_choices_max = 16;
inline constexpr std::size_t structure_text_bytes_max = 1024;

/// The choice with its numbers rounded, and its texts as the limits have them, in UTF-8 and without
/// control characters: they may quote the file.
StructureChoice bounded(StructureChoice choice);

/// Whether it keeps to all of that, and is not at odds with itself: for one that comes from
/// outside.
bool is_sound(const StructureDecision& decision);

}  // namespace sluice::ingest
