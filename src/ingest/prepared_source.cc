#include "ingest/prepared_source.h"

#include <utility>
#include <vector>

#include "base/ascii.h"
#include "ingest/bytes/archive.h"
#include "ingest/bytes/byte_choices.h"
#include "ingest/bytes/decode.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/bytes/other_formats.h"
#include "ingest/bytes/source_file.h"
#include "ingest/bytes/twice_decoded.h"
#include "ingest/bytes/unpacked_file.h"
#include "ingest/error_codes.h"

namespace sluice::ingest {
namespace {

/// Enough to see past blank lines to the first character that tells JSON from CSV.
constexpr std::size_t sniffed_bytes = 64U << 10;

/// The first bytes, or all there are.
Result<std::string> head_of(const IngestRequest& request) {
  TRY_ASSIGN(const SourceFile file,
             SourceFile::open(request.source, request.arrival, request.stop));
  std::string head(sniffed_bytes, '\0');
  TRY_ASSIGN(const std::size_t size, file.read_at(0, head.data(), head.size()));
  head.resize(size);
  return head;
}

Result<void> wait_until_complete(IngestRequest& request) {
  if (request.arrival) TRY(request.arrival->wait_for(UINT64_MAX, request.stop));
  request.arrival = nullptr;
  return {};
}

/// Unpacks what is packed with gzip, zstd, bzip2 or xz, once.
Result<void> inflate(PreparedSource& prepared, const std::filesystem::path& to, std::string& head) {
  const Compression compression = sniff_compression(head);
  if (compression == Compression::none) return {};
  if (prepared.compression == Compression::none) prepared.compression = compression;
  TRY(wait_until_complete(prepared.request));
  const IngestRequest& request = prepared.request;
  TRY(inflate_file(request.source, to, compression,
                   {std::nullopt, request.room, request.text_bytes_max, request.is_beginning},
                   request.stop));
  prepared.request.source = to;
  TRY_ASSIGN(head, head_of(prepared.request));
  return {};
}

Error whole_file_needed(const std::string& what) {
  return {Errc::unprocessable, Code::whole_file_needed,
          what + " cannot be read from its beginning alone.", "Send the whole file."};
}

/// Leaves of a text what is wanted of it.
Result<void> take_beginning(PreparedSource& prepared, const std::filesystem::path& temp) {
  IngestRequest& request = prepared.request;
  if (!request.text_bytes_max) return {};
  TRY_ASSIGN(const Head head,
             read_head(request.source, static_cast<std::size_t>(*request.text_bytes_max)));
  if (head.whole) return {};
  const std::filesystem::path beginning = temp / "beginning";
  TRY_ASSIGN(UnpackedFile file, UnpackedFile::create(beginning, {std::nullopt, request.room}));
  TRY(file.write(head.bytes.data(), head.bytes.size(), head.bytes.size()));
  request.source = beginning;
  request.is_beginning = true;
  return {};
}

/// Takes the table out of a zip or tar archive, once. Workbooks stay as they are.
Result<void> open_archive(PreparedSource& prepared, const std::filesystem::path& temp,
                          std::string& head) {
  const bool is_zip = head.starts_with("PK\x03\x04");
  if (!is_zip && !is_tar(head)) return {};
  if (prepared.request.is_beginning) return fail(whole_file_needed("An archive"));
  const ArchiveKind kind = is_zip ? ArchiveKind::zip : ArchiveKind::tar;
  TRY(wait_until_complete(prepared.request));
  Result<std::vector<ArchiveMember>> members = archive_members(prepared.request.source, kind);
  // Whoever reads workbooks says more of one that is damaged, or of too many parts.
  if (!members && is_zip) return {};
  if (!members) return fail(std::move(members).error());
  if (is_zip && is_workbook(*members)) return {};
  const IngestRequest& request = prepared.request;
  TRY_ASSIGN(ChosenMember chosen, choose_member(*members, kind, request.options.member));
  const std::filesystem::path member = temp / "member";
  TRY(extract_member(request.source, kind, chosen.index, member, {std::nullopt, request.room},
                     request.stop));
  prepared.member_note = std::move(chosen.note);
  prepared.decision.push_back(member_choice(*members, chosen.index, request.options));
  prepared.request.source = member;
  TRY_ASSIGN(head, head_of(prepared.request));
  TRY(inflate(prepared, temp / "unpacked-member", head));
  if (!is_tar(head)) return {};
  return fail(Errc::unprocessable, Code::unsupported_format,
              "The archive holds another archive, not a table that Sluice reads.",
              "Unpack it and upload the table inside.");
}

Result<void> transcode(PreparedSource& prepared, const std::filesystem::path& temp) {
  TRY(wait_until_complete(prepared.request));
  const std::filesystem::path text = temp / "utf-8";
  const IngestRequest& request = prepared.request;
  TRY(transcode_file(request.source, text, prepared.encoding, request.room, request.stop,
                     request.is_beginning));
  prepared.request.source = text;
  return {};
}

}  // namespace

Result<PreparedSource> prepare_source(const IngestRequest& request, std::optional<Format> format,
                                      const std::filesystem::path& temp) {
  PreparedSource prepared;
  prepared.request = request;
  if (request.packed_from) {
    const std::filesystem::path original = temp / "original";
    TRY(inflate_file(request.source, original, Compression::zstd,
                     {request.packed_from, request.room}, request.stop));
    prepared.request.source = original;
  }
  TRY_ASSIGN(std::string head, head_of(prepared.request));
  TRY(inflate(prepared, temp / "unpacked", head));
  if (format) {
    prepared.format = *format;
    TRY(wait_until_complete(prepared.request));
    return prepared;
  }
  TRY(open_archive(prepared, temp, head));
  if (prepared.member_note.empty() && !request.options.member.empty()) {
    return fail(Errc::unprocessable, Code::option_unused,
                "The option member says nothing about a file that is no archive.", "Leave it out.");
  }
  // Numbers in a binary file may look like letters of UTF-16.
  if (other_binary_format(head)) TRY(sniff_format(head, request.hint));
  prepared.encoding =
      request.options.encoding.empty() ? sniff_encoding(head) : lowered(request.options.encoding);
  // UTF-16 is told from a spreadsheet or Parquet by its own mark; a name given by the user only
  // holds for text.
  if (prepared.encoding == "utf-8" || !request.options.encoding.empty()) {
    const Result<Format> sniffed = sniff_format(head, request.hint);
    if (sniffed && (*sniffed == Format::excel || *sniffed == Format::parquet)) {
      prepared.format = *sniffed;
      prepared.encoding.clear();
      if (request.is_beginning) {
        return fail(whole_file_needed(*sniffed == Format::excel ? "A workbook" : "A Parquet file"));
      }
      TRY(wait_until_complete(prepared.request));
      return prepared;
    }
    if (prepared.encoding == "utf-8") {
      if (!sniffed) return fail(sniffed.error());
      prepared.format = *sniffed;
    }
  }
  TRY(take_beginning(prepared, temp));
  if (prepared.encoding != "utf-8") {
    TRY(transcode(prepared, temp));
    TRY_ASSIGN(head, head_of(prepared.request));
    TRY_ASSIGN(prepared.format, sniff_format(head, request.hint));
  }
  prepared.text_note = twice_decoded_note(head);
  if (prepared.format != Format::csv) TRY(wait_until_complete(prepared.request));
  return prepared;
}

Result<void> transcode_undeclared(PreparedSource& prepared, const std::filesystem::path& temp) {
  TRY(wait_until_complete(prepared.request));
  const IngestRequest& request = prepared.request;
  TRY_ASSIGN(const EncodingDecision decision,
             decide_encoding(request.source, request.stop, request.is_beginning));
  const std::filesystem::path text = temp / "utf-8";
  TRY_ASSIGN(prepared.encoding, transcode_file(request.source, text, decision.names, request.room,
                                               request.stop, request.is_beginning));
  prepared.text_note = encoding_note(decision);
  prepared.encoding_decision = decision;
  prepared.request.source = text;
  return {};
}

}  // namespace sluice::ingest
