#include "ingest/bytes/decode.h"

#include <iconv.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "base/error_codes.h"
#include "ingest/bytes/archive.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/bytes/single_byte_text.h"
#include "ingest/bytes/unpacked_file.h"
#include "ingest/bytes/utf16_text.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

constexpr std::size_t output_bytes = 256U << 10;
tl::unexpected<Error> damaged(std::string_view what, std::uint64_t at) {
  return fail(Errc::unprocessable, Code::archive_damaged,
              "The " + std::string(what) + " file is damaged or cut off, at about byte " +
                  std::to_string(at) + ".",
              "Upload it again, or pack it again.");
}

Result<void> gunzip(const std::filesystem::path& from, UnpackedFile& output,
                    const std::stop_token& stop) {
  z_stream stream{};
  // 16: the gzip format and no other (zlib.h, inflateInit2).
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) {
    return fail(Errc::resource_exhausted, Code::inflate_memory,
                "There is no memory to unpack with.");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owned(&stream, inflateEnd);
  std::vector<char> buffer(output_bytes);
  std::uint64_t at = 0;
  bool ended = false;  // A member ended; another may follow.
  const auto use = [&](std::string_view piece) -> Result<void> {
    if (output.is_full()) return {};
    // zlib does not write to its input, though its type says so.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    while (stream.avail_in > 0) {
      if (ended) inflateReset(&stream);
      ended = false;
      do {
        stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream.avail_out = static_cast<uInt>(buffer.size());
        const int code = inflate(&stream, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return damaged("gzip", at);
        TRY(output.write(buffer.data(), buffer.size() - stream.avail_out, at + piece.size()));
        ended = code == Z_STREAM_END;
        if (output.is_full()) return {};
      } while (!ended && stream.avail_out == 0);
    }
    at += piece.size();
    return {};
  };
  TRY(read_pieces(from, stop, use));
  if (!ended && !output.may_end()) return damaged("gzip", at);
  return {};
}

Result<void> unzstd(const std::filesystem::path& from, UnpackedFile& output,
                    const std::stop_token& stop) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                             ZSTD_freeDStream);
  if (!stream) {
    return fail(Errc::resource_exhausted, Code::inflate_memory,
                "There is no memory to unpack with.");
  }
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, inflate_window_log_max);
  std::vector<char> buffer(output_bytes);
  std::uint64_t at = 0;
  std::size_t left = 1;  // 0 once a frame is whole.
  const auto use = [&](std::string_view piece) -> Result<void> {
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    bool full = false;
    while (!output.is_full() && (in.pos < in.size || full)) {
      ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
      left = ZSTD_decompressStream(stream.get(), &out, &in);
      if (ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge) {
        return fail(window_too_large("zstd"));
      }
      if (ZSTD_isError(left) != 0) return damaged("zstd", at + in.pos);
      TRY(output.write(buffer.data(), out.pos, at + piece.size()));
      full = out.pos == out.size && left != 0;
    }
    at += piece.size();
    return {};
  };
  TRY(read_pieces(from, stop, use));
  if (left != 0 && !output.may_end()) return damaged("zstd", at);
  return {};
}

tl::unexpected<Error> not_of(const std::string& encoding, std::uint64_t at) {
  return fail(Errc::unprocessable, Code::encoding_invalid,
              "The file is not " + encoding + ": there is an invalid sequence at byte " +
                  std::to_string(at) + ".",
              "Name another encoding, or save the file as UTF-8.");
}

Result<void> transcode(const SingleByteText& text, const std::filesystem::path& from,
                       UnpackedFile& output, const std::string& encoding,
                       const std::stop_token& stop) {
  std::vector<char> buffer;
  std::uint64_t done = 0;
  return read_pieces(from, stop, [&](std::string_view piece) -> Result<void> {
    done += piece.size();
    const std::string_view utf8 = text.take(piece, buffer);
    TRY(output.write(utf8.data(), utf8.size(), done));
    if (!piece.empty()) return not_of(encoding, done - piece.size());
    return {};
  });
}

}  // namespace

Result<void> inflate_file(const std::filesystem::path& from, const std::filesystem::path& to,
                          Compression compression, const InflateBounds& bounds,
                          const std::stop_token& stop) {
  TRY_ASSIGN(UnpackedFile output, UnpackedFile::create(to, bounds));
  switch (compression) {
    case Compression::gzip:
      return gunzip(from, output, stop);
    case Compression::zstd:
      return unzstd(from, output, stop);
    case Compression::bzip2:
      return bunzip(from, output, stop);
    case Compression::xz:
      return unxz(from, output, stop);
    case Compression::none:
      break;
  }
  return fail(Errc::internal, BaseCode::internal_error, "The file is not packed.");
}

Result<void> transcode_file(const std::filesystem::path& from, const std::filesystem::path& to,
                            const std::string& encoding, const RoomCheck& room,
                            const std::stop_token& stop, bool is_cut) {
  const iconv_t raw = iconv_open("UTF-8", encoding.c_str());
  if (raw == reinterpret_cast<iconv_t>(-1)) {  // NOLINT(performance-no-int-to-ptr): iconv_open(3)
    return fail(Errc::invalid_argument, Code::encoding_unknown,
                "There is no encoding of the name that was given.",
                "For example utf-8, utf-16le, windows-1252, iso-8859-1, shift_jis.");
  }
  const std::unique_ptr<void, int (*)(iconv_t)> converter(raw, iconv_close);
  TRY_ASSIGN(UnpackedFile output, UnpackedFile::create(to, {std::nullopt, room}));
  if (const auto text = SingleByteText::of(encoding)) {
    return transcode(*text, from, output, encoding, stop);
  }
  std::vector<char> buffer(output_bytes);
  std::string held;  // A sequence cut by a piece's end.
  std::uint64_t done = 0;
  std::optional<Utf16LineEnds> line_ends;
  if (encoding == "utf-16le" || encoding == "utf-16be") line_ends.emplace(encoding == "utf-16le");
  const auto use = [&](std::string_view piece) -> Result<void> {
    if (line_ends) TRY(line_ends->feed(piece));
    held.append(piece);
    char* in = held.data();
    std::size_t in_left = held.size();
    for (;;) {
      char* out = buffer.data();
      std::size_t out_left = buffer.size();
      const std::size_t before = in_left;
      const std::size_t converted = iconv(raw, &in, &in_left, &out, &out_left);
      const int reason = converted == static_cast<std::size_t>(-1) ? errno : 0;
      done += before - in_left;
      TRY(output.write(buffer.data(), buffer.size() - out_left, done + 1));
      if (reason == E2BIG) continue;
      if (reason == EILSEQ) return not_of(encoding, done);
      break;  // All is converted, or the rest is the start of a sequence (EINVAL).
    }
    held.erase(0, held.size() - in_left);
    return {};
  };
  TRY(read_pieces(from, stop, use));
  if (!held.empty() && !is_cut) return not_of(encoding, done);
  if (line_ends && !is_cut) TRY(line_ends->finish());
  // A letter that a mark may join (windows-1255, windows-1258) is held back until it is asked for.
  char* out = buffer.data();
  std::size_t out_left = buffer.size();
  iconv(raw, nullptr, nullptr, &out, &out_left);
  return output.write(buffer.data(), buffer.size() - out_left, done + 1);
}

Result<std::string> transcode_file(const std::filesystem::path& from,
                                   const std::filesystem::path& to,
                                   const std::vector<std::string>& encodings, const RoomCheck& room,
                                   const std::stop_token& stop, bool is_cut) {
  for (const std::string& encoding : encodings) {
    Result<void> done = transcode_file(from, to, encoding, room, stop, is_cut);
    if (done) return encoding;
    if (done.error().code != Code::encoding_invalid || encoding == encodings.back()) {
      return fail(std::move(done).error());
    }
    std::error_code ignored;
    std::filesystem::remove(to, ignored);
  }
  return fail(Errc::internal, Code::encoding_unknown, "No encoding was named.");
}

}  // namespace sluice::ingest
