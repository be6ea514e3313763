#include "http/asset.h"

#include <zlib.h>

#include <stdexcept>

namespace sluice::http {
namespace {

/// RFC 9110, 13.1.2: a list, or `*`. Ours have no comma, so that looking for it in the text does.
bool has_already(const Request& request, std::string_view etag) {
  const std::string_view known = request.headers.get("If-None-Match");
  return known == "*" || known.find(etag) != std::string_view::npos;
}

bool takes_gzip(const Request& request) {
  const std::string_view taken = request.headers.get("Accept-Encoding");
  const std::size_t at = taken.find("gzip");
  return at != std::string_view::npos && taken.substr(at + 4, 4) != ";q=0";
}

}  // namespace

std::string unpacked(const Asset& asset) {
  std::string text(asset.bytes, '\0');
  z_stream stream{};
  // zlib's interface is older than const; it only reads.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(asset.gzip.data()));
  stream.avail_in = static_cast<uInt>(asset.gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  constexpr int gzip_window = 15 + 16;
  const bool begun = inflateInit2(&stream, gzip_window) == Z_OK;
  const bool done = begun && inflate(&stream, Z_FINISH) == Z_STREAM_END;
  inflateEnd(&stream);
  if (!done) throw std::runtime_error("an asset that was compiled in cannot be unpacked");
  return text;
}

Response asset_response(const Request& request, const Asset& asset) {
  Response response;
  if (has_already(request, asset.etag)) {
    response = Response::empty(304);
  } else if (takes_gzip(request)) {
    response = Response::text(200, std::string(asset.gzip), asset.content_type);
    response.headers.set("Content-Encoding", "gzip");
  } else {
    response = Response::text(200, unpacked(asset), asset.content_type);
  }
  response.headers.set("ETag", asset.etag);
  response.headers.set("Cache-Control", "no-cache");
  response.headers.set("Vary", "Accept-Encoding");
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}

}  // namespace sluice::http
