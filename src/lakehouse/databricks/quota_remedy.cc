#include "lakehouse/databricks/quota_remedy.h"

#include <regex>

#include "base/ascii.h"

namespace sluice::lakehouse::databricks {
namespace {

/// std::regex takes a stack frame per character.
constexpr std::size_t looked_at_bytes_max = 1'200;

/// What makes room, and how to need less of it.
std::string room_for(std::string_view kind, std::string_view parent) {
  if (kind == "catalog") {
    return "Set DATABRICKS_ISOLATION=schema, with which all tenants share one catalog "
           "(DATABRICKS_CATALOG), or drop catalogs that nobody needs";
  }
  if (kind == "schema" && parent == "catalog") {
    return "Drop schemas that nobody needs in that catalog (a tenant takes three), or give it "
           "fewer tenants: without DATABRICKS_ISOLATION=schema each has a catalog of its own";
  }
  if (kind == "schema") return "Drop schemas that nobody needs (a tenant takes three)";
  if (kind == "table") {
    return "Drop tables that nobody needs there (DELETE /api/v1/datasets/{id}/databricks drops a "
           "dataset's: one in bronze, one or two in silver)";
  }
  return kind == "volume" ? "Drop volumes that nobody needs (a tenant takes one)" : "";
}

}  // namespace

std::string quota_remedy(std::string_view kind, std::string_view parent, std::string_view limit) {
  const std::string what = lowered(kind);
  const std::string where = lowered(parent);
  const std::string room = room_for(what, where);
  if (room.empty()) return {};
  return room +
         "; or have an account administrator ask Databricks (the account team, or support) "
         "for a higher quota of " +
         what + "s in a " + where + " than " + std::string(limit) +
         ", which the Free Edition does not give. Then sync again.";
}

std::string quota_remedy(std::string_view message) {
  static const std::regex counted(R"(cannot create \d+ (\w+)\(s\) in (\w+) .*limit: ?(\d+))",
                                  std::regex::icase);
  const std::string text(message.substr(0, looked_at_bytes_max));
  std::smatch match;
  if (!std::regex_search(text, match, counted)) return {};
  return quota_remedy(match[1].str(), match[2].str(), match[3].str());
}

}  // namespace sluice::lakehouse::databricks
