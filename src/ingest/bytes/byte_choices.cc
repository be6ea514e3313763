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

StructureChoice encoding_choice(const std::string& encoding, const IngestOptions& options) {
  StructureChoice choice;
  choice.part = StructurePart::encoding;
  choice.taken = encoding;
  choice.settled_by = {"encoding"};
  choice.is_given = !options.encoding.empty();
  const bool is_single_byte = encoding == "windows-1252" || encoding == "iso-8859-1";
  if (choice.is_given) {
    choice.why = "The sender says so.";
  } else if (encoding == "utf-8") {
    choice.why = "All of it is well-formed UTF-8.";
  } else if (is_single_byte) {
    choice.is_guess = true;
    choice.why = "It is not UTF-8, and its bytes are letters of the West of Europe.";
  } else {
    choice.why = "Its first bytes say so.";
  }
  return choice;
}

}  // namespace sluice::ingest
