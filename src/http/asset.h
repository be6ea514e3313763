#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace sluice::http {

/// A file that is compiled in (cmake/SluiceEmbed.cmake), packed. Lives as long as the program.
struct Asset {
  std::string_view name;
  std::string_view content_type;
  std::string_view gzip;  ///< Its bytes, packed by gzip.
  std::size_t bytes = 0;  ///< Unpacked.
  std::string_view etag;  ///< As the header has it.
};

/// The asset, packed where the client takes that; 304 where it has it already. Does not block.
Response asset_response(const Request& request, const Asset& asset);

/// The asset's bytes, unpacked.
std::string unpacked(const Asset& asset);

}  // namespace sluice::http
