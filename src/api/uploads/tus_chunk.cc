#include "api/uploads/tus_chunk.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/error_codes.h"
#include "api/uploads/upload_form.h"
#include "base/fault_points.h"
#include "base/log.h"

namespace sluice::api {
namespace {

using metadata::UploadRecord;
using metadata::UploadState;

constexpr std::size_t read_bytes = 256 << 10;

std::uint64_t total_of(const UploadRecord& upload) {
  return static_cast<std::uint64_t>(upload.bytes_total);
}

/// What a crash in the middle of a chunk with a checksum left does not count.
std::uint64_t counted(const UploadRecord& upload, std::uint64_t size) {
  if (!upload.unchecked_from) return size;
  return std::min(size, static_cast<std::uint64_t>(*upload.unchecked_from));
}

Result<void> check_offset(std::uint64_t there, std::uint64_t wanted) {
  if (there == wanted) return {};
  return fail(Errc::conflict, Code::upload_offset,
              "Upload-Offset is " + std::to_string(wanted) + ", but " + std::to_string(there) +
                  " bytes are there.",
              "Ask with HEAD how many are there, and go on from that byte.");
}

tl::unexpected<Error> too_long(const UploadRecord& upload) {
  return fail(
      Errc::too_large, Code::upload_length,
      "More bytes come than Upload-Length said, " + std::to_string(upload.bytes_total) + ".",
      "Begin a new upload with the right length.");
}

/// A chunk for an upload that has all its bytes: right only where it brings none.
Result<std::uint64_t> receive_nothing(http::Request& request, const UploadRecord& upload,
                                      std::uint64_t offset) {
  TRY(check_offset(total_of(upload), offset));
  std::vector<char> byte(1);
  TRY_ASSIGN(const std::size_t got, request.body().read(byte));
  if (got > 0) return too_long(upload);
  return offset;
}

Result<void> append_body(Context& context, http::Request& request, const UploadRecord& upload,
                         Chunk& chunk, const std::optional<std::int64_t>& unchecked_from,
                         storage::StreamedFile& stream) {
  std::vector<char> buffer(read_bytes);
  Micros said_at_us = context.intake.clock.now_us();
  for (;;) {
    TRY_ASSIGN(const std::size_t got, request.body().read(buffer));
    if (got == 0) break;
    if (stream.bytes() + got > total_of(upload)) return too_long(upload);
    const std::string_view bytes(buffer.data(), got);
    if (chunk.checksum) chunk.checksum->update(bytes);
    TRY(stream.write(bytes));
    FAULT_POINT("upload.piece");
    // One request may last longer than an upload may be idle.
    if (const Micros now_us = context.intake.clock.now_us();
        now_us - said_at_us >= context.intake.options.upload_idle_us / 16) {
      said_at_us = now_us;
      TRY(context.intake.store.upload_continues(upload.id, expiry_of(context), unchecked_from));
    }
  }
  return chunk.checksum ? chunk.checksum->finish() : Result<void>();
}

/// True where what arrived must not stay: a wrong chunk, or one that cannot be checked any more.
bool must_discard(const Error& error, const Chunk& chunk) {
  return chunk.checksum || error.code == Code::upload_length;
}

}  // namespace

Micros expiry_of(const Context& context) {
  return context.intake.clock.now_us() + context.intake.options.upload_idle_us;
}

Result<std::uint64_t> offset_of(const Context& context, const UploadRecord& upload) {
  if (upload.state != UploadState::receiving) return total_of(upload);
  // The file's own size, and nothing that is kept beside it: after kill -9 it is what the kernel
  // took of the client, after power loss what reached the disk. An answered PATCH was fsynced, so
  // that neither takes it back.
  TRY_ASSIGN(const std::uint64_t size, context.intake.partial_files.size(upload.id));
  return counted(upload, size);
}

Result<void> mark_received(Context& context, const UploadRecord& upload) {
  FAULT_POINT("upload.complete");
  TRY(context.intake.store.upload_received(upload.id));
  log::info("upload complete", {{"upload_id", upload.id},
                                {"tenant", upload.tenant.value},
                                {"bytes", std::to_string(upload.bytes_total)}});
  return {};
}

Result<std::uint64_t> receive_chunk(Context& context, http::Request& request,
                                    const UploadRecord& begun, Chunk chunk) {
  if (begun.state != UploadState::receiving) return receive_nothing(request, begun, chunk.offset);
  TRY_ASSIGN(storage::PartialFile file, context.intake.partial_files.lock(begun.id));
  // Read again now that nobody else can change it.
  const Result<UploadRecord> now = context.intake.store.get_upload(begun.tenant, begun.id);
  if (!now) {
    if (now.error().kind == Errc::not_found) TRY(file.remove());
    return fail(now.error());
  }
  const UploadRecord& upload = *now;
  if (upload.state != UploadState::receiving) return receive_nothing(request, upload, chunk.offset);

  TRY_ASSIGN(const std::uint64_t size, file.size());
  const std::uint64_t start = counted(upload, size);
  TRY(check_offset(start, chunk.offset));
  if (size > start) TRY(file.truncate(start));
  const std::uint64_t announced = request.body().length().value_or(0);
  if (announced > total_of(upload) - start) return too_long(upload);
  TRY(disk_budget_of(context).check(announced));

  const auto unchecked_from =
      chunk.checksum ? std::optional(static_cast<std::int64_t>(start)) : std::nullopt;
  TRY(context.intake.store.upload_continues(upload.id, expiry_of(context), unchecked_from));
  TRY_ASSIGN(storage::StreamedFile stream, file.append(disk_budget_of(context)));
  if (const Result<void> appended =
          append_body(context, request, upload, chunk, unchecked_from, stream);
      !appended) {
    if (must_discard(appended.error(), chunk)) TRY(file.truncate(start));
    return fail(appended.error());
  }
  if (const Result<void> synced = stream.sync(); !synced) {
    TRY(file.truncate(0));  // Nobody knows what of it is on the disk.
    return fail(synced.error());
  }
  TRY(context.intake.store.upload_continues(upload.id, expiry_of(context), std::nullopt));
  if (stream.bytes() == total_of(upload)) TRY(mark_received(context, upload));
  return stream.bytes();
}

}  // namespace sluice::api
