#include "ingest/bytes/byte_choices.h"

namespace sluice::ingest {

StructureChoice member_choice(const std::vector<ArchiveMember>& members, std::size_t taken,
                              const IngestOptions& options) {
  StructureChoice choice;
  choice.part = StructurePart::member;
  choice.taken = members[taken].name;
  choice.settled_by = {"member"};
  choice.is_given = !options.member.empty();
  choice.why = choice.is_given       ? "The sender says so."
               : members.size() == 1 ? "It is the only file in the archive."
                                     : "It is the only one of " + std::to_string(members.size()) +
                                           " files that has the name of a table.";
  return choice;
}

StructureChoice encoding_choice(const std::string& encoding,
                                const std::optional<EncodingDecision>& decision,
                                const IngestOptions& options) {
  StructureChoice choice;
  choice.part = StructurePart::encoding;
  choice.taken = encoding;
  choice.settled_by = {"encoding"};
  choice.is_given = !options.encoding.empty();
  if (choice.is_given) {
    choice.why = "The sender says so.";
  } else if (decision) {
    choice.why = "It is not UTF-8; " + decision->why + ".";
    choice.is_guess = decision->is_guess;
    choice.score = static_cast<double>(decision->score);
    choice.runner_up = decision->runner_up;
    if (!decision->runner_up.empty()) {
      choice.margin = static_cast<double>(decision->margin);
      choice.runner_up_options = options;
      choice.runner_up_options->encoding = decision->runner_up;
    }
  } else {
    choice.why =
        encoding == "utf-8" ? "All of it is well-formed UTF-8." : "Its first bytes say so.";
  }
  return choice;
}

}  // namespace sluice::ingest
