#include "wire/json.h"

#include <boost/json/parse.hpp>

#include "wire/error_codes.h"

namespace sluice::wire {

Result<boost::json::value> parse_stored(std::string_view text) {
  boost::json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code code;
  boost::json::value value =
      boost::json::parse(boost::json::string_view(text.data(), text.size()), code, {}, options);
  if (!code) return value;
  return fail(Errc::invalid_argument, Code::bad_json, "This is not JSON: " + code.message() + ".");
}

}  // namespace sluice::wire
