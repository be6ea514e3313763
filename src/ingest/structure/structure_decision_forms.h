#pragma once

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <boost/json/value.hpp>

#include "ingest/structure/structure_decision.h"
#include "wire/form.h"

// The one form of a decision: between a worker and who asked, with the version in metadata.db, and
// in the API's answers. Names are a contract: add, never change one.

namespace sluice::ingest {

constexpr auto wire_names(const StructurePart*) {
  return std::array{std::pair(StructurePart::member, "member"),
                    std::pair(StructurePart::encoding, "encoding"),
                    std::pair(StructurePart::sheet, "sheet"),
                    std::pair(StructurePart::records_path, "records_path"),
                    std::pair(StructurePart::delimiter, "delimiter"),
                    std::pair(StructurePart::quotes, "quotes"),
                    std::pair(StructurePart::header, "header")};
}

constexpr auto wire_fields(const StructureChoice*) {
  using wire::field;
  using wire::optional_field;
  return std::tuple(
      field("what", &StructureChoice::part, "What was decided."),
      field("taken", &StructureChoice::taken, "How the file is read, in words."),
      field("why", &StructureChoice::why, "What was seen."),
      field("is_given", &StructureChoice::is_given, "The sender's options say so."),
      field("is_guess", &StructureChoice::is_guess, "The runner-up is near."),
      optional_field("score", &StructureChoice::score, "Of what was taken; higher is likelier."),
      optional_field("runner_up", &StructureChoice::runner_up, "What came next; empty: nothing."),
      optional_field("margin", &StructureChoice::margin, "Score less that of the runner-up."),
      optional_field("settled_by", &StructureChoice::settled_by, "Options that say it instead."),
      optional_field("runner_up_options", &StructureChoice::runner_up_options,
                     "Options with which the runner-up is read."));
}

}  // namespace sluice::ingest

namespace sluice::wire {

/// As the options of an upload; `options_from_json` checks them.
template <>
struct Form<ingest::IngestOptions> {
  static boost::json::value write(const ingest::IngestOptions& options);
  static std::optional<Mismatch> read(const boost::json::value& value,
                                      ingest::IngestOptions& options);
  static boost::json::object schema() { return {{"type", "object"}}; }
};

}  // namespace sluice::wire
