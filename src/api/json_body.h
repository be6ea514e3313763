#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "http/message.h"

namespace sluice::api {

/// The small JSON object of a request, read field by field; what was not asked for is refused in
/// the end. Errors: `bad_json_body` (400), whose detail begins with the pointer of what is wrong.
/// A secret that was sent is never repeated in one.
class JsonBody {
 public:
  /// The whole body; an empty one is `{}`. It has to be there (RouteOptions::whole_body_bytes_max),
  /// or reading it waits.
  static Result<JsonBody> read(http::Request& request);

  Result<std::string> text(const char* name, std::size_t bytes_max);
  /// Empty where it is missing or null.
  Result<std::string> optional_text(const char* name, std::size_t bytes_max);
  /// The bounds are below 2^53.
  Result<std::optional<std::int64_t>> optional_number(const char* name, std::int64_t least,
                                                      std::int64_t most);
  /// Short words; missing is an error.
  Result<std::vector<std::string>> texts(const char* name, std::size_t count_max);
  /// Nothing is left over.
  Result<void> finished() const;

 private:
  explicit JsonBody(boost::json::object object) : object_(std::move(object)) {}
  /// Taken out; nothing where it is missing or null.
  std::optional<boost::json::value> take(const char* name);
  boost::json::object object_;
};

}  // namespace sluice::api
