#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include <boost/json/value.hpp>

#include "lakehouse/databricks/rest.h"

namespace sluice::lakehouse::databricks {

/// Fetches a chunk of a result from the cloud's storage into a new file (or over what is there).
/// `link` is one of an answer's `external_links`: its address, which takes no token, and the
/// headers that the storage demands with it (keys of the encryption, above all), which go nowhere
/// else and into no log. Errors: `databricks_links` where the storage cannot be reached or refuses,
/// which a new link may mend; cancelled; of the file.
Result<void> fetch_result_link(Rest& rest, const boost::json::value& link,
                               const std::filesystem::path& file, const std::string& doing,
                               const std::stop_token& stop, CallCount& calls);

}  // namespace sluice::lakehouse::databricks
