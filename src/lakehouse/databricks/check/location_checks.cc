// External locations that settings name.
#include <algorithm>

#include "lakehouse/databricks/check/check_in_progress.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {
namespace {

std::string with_slash(std::string address) {
  if (!address.ends_with('/')) address += '/';
  return address;
}

/// The one in which the address lies, the innermost of several.
const ExternalLocation* location_of(const std::vector<ExternalLocation>& locations,
                                    const std::string& address) {
  const ExternalLocation* found = nullptr;
  for (const ExternalLocation& each : locations) {
    const bool is_around = with_slash(address).starts_with(with_slash(each.url));
    if (is_around && (found == nullptr || each.url.size() > found->url.size())) found = &each;
  }
  return found;
}

}  // namespace

void check_location(CheckInProgress& check, Topic topic, const std::string& setting,
                    const std::string& address, const std::vector<WantedPrivilege>& wanted) {
  const auto locations = check.reads.external_locations();
  if (!locations) {
    return check.add_failed(topic, "The external location of " + setting, locations.error());
  }
  const ExternalLocation* location = location_of(*locations, address);
  if (location == nullptr) {
    std::vector<std::string> privileges;
    for (const WantedPrivilege& each : wanted) privileges.push_back(each.name);
    return check.add(
        topic, Verdict::wrong,
        setting + " (" + address + ") lies in no external location that our principal may see.",
        "Make one around it (Catalog Explorer, External data), and: " +
            grant_statement(privileges, "EXTERNAL LOCATION `its name`", check.me.name));
  }
  if (location->is_read_only) {
    return check.add(
        topic, Verdict::wrong,
        "The external location " + location->name + " of " + setting + " is read-only.",
        "Have it made writable, or name another place.");
  }
  check.add(
      topic, Verdict::ok,
      setting + " lies in the external location " + location->name + " (" + location->url + ").");
  check.add_privileges({{"external_location", location->name},
                        "EXTERNAL LOCATION " + medallion::databricks_identifier(location->name),
                        location->owner},
                       wanted);
}

void check_external_location(CheckInProgress& check) {
  const std::string& address = check.connection.external_location;
  if (address.empty()) return;
  check_location(check, Topic::external_location, "DATABRICKS_EXTERNAL_LOCATION", address,
                 {{"CREATE_EXTERNAL_TABLE"},
                  {"READ_FILES"},
                  {"WRITE_FILES"},
                  {"CREATE_EXTERNAL_VOLUME", false}});
  check.add(Topic::external_location, Verdict::ok,
            "Of external tables nobody removes the files of earlier syncs, a whole table each.",
            "Run VACUUM on the bronze tables now and then, or let bronze be managed.");
}

}  // namespace sluice::lakehouse::databricks
