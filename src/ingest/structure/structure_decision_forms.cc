#include "ingest/structure/structure_decision_forms.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace sluice::wire {

boost::json::value Form<ingest::IngestOptions>::write(const ingest::IngestOptions& options) {
  return boost::json::parse(ingest::to_json(options));
}

std::optional<Mismatch> Form<ingest::IngestOptions>::read(const boost::json::value& value,
                                                          ingest::IngestOptions& options) {
  Result<ingest::IngestOptions> parsed = ingest::options_from_json(boost::json::serialize(value));
  if (!parsed) return Mismatch{"", "must be options of an upload"};
  options = *std::move(parsed);
  return std::nullopt;
}

}  // namespace sluice::wire
