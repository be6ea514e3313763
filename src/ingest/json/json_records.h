#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/json/json_outline.h"
#include "ingest/structure/structure_decision.h"

namespace sluice::ingest {

/// What `records_path` says where the outermost objects are the records, whatever is in them.
inline constexpr std::string_view whole_document_path = "$";

/// An array of objects in a document: its records, perhaps.
struct RecordArray {
  std::vector<std::string> keys;  ///< That lead to it.
  std::string path;               ///< The same as the option takes it.
  std::uint64_t records = 0;
  double score = 0;       ///< How much likelier they are the records than the document is one.
  double share = 0;       ///< Of the document's characters.
  bool is_alone = false;  ///< Nothing stands beside it, and nothing is lost.
};

/// Where the records of a document are (docs/decisions/0025).
struct RecordsChoice {
  std::vector<RecordArray> arrays;  ///< The likeliest first.
  bool is_taken = false;            ///< The first one's members are the records.
  bool is_guess = false;
  bool is_declared = false;  ///< A GeoJSON FeatureCollection says itself what its records are.
};

/// Pure.
RecordsChoice choose_records(const JsonOutline& outline);

/// The choice as it is kept, where there is an array at all.
StructureChoice as_structure_choice(const RecordsChoice& choice);
/// What a person would want to know: where the records are and what is left out, by its keys
/// `beside`; or which arrays there are, and how they are read.
std::string records_note(const RecordsChoice& choice, const std::vector<std::string>& beside);
/// `; what stands beside them is left out: 'status'`, empty where there is nothing.
std::string left_out(const std::vector<std::string>& beside);

}  // namespace sluice::ingest
