#pragma once

#include <cstddef>

#include <boost/json/error.hpp>
#include <boost/json/string_view.hpp>

#include "ingest/source_limits.h"

namespace sluice::ingest {

/// What Boost.JSON's parser wants of each of our handlers: its types, and bounds on what it meets.
struct JsonBounds {
  using ParseError = boost::json::error_code;
  using View = boost::json::string_view;
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = cell_bytes_max;
  static constexpr std::size_t max_key_size = json_key_bytes_max;
};

}  // namespace sluice::ingest
