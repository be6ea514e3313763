#include "federation/stand_ins.h"

#include <cstddef>
#include <cstdint>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "base/sql_text.h"
#include "federation/plan_filter.h"
#include "lakehouse/local/parquet_job.h"

namespace sluice::federation {

namespace fs = std::filesystem;
using lakehouse::RemoteScan;
using lakehouse::RemoteTable;

Result<std::vector<query::TableSource>> stand_ins(const std::vector<RemoteTable>& tables,
                                                  const std::string& prefix, const fs::path& folder,
                                                  sandbox::ForkServer& file_workers,
                                                  const std::stop_token& stop) {
  std::vector<query::TableSource> sources;
  TRY_ASSIGN(lakehouse::ParquetJob job,
             lakehouse::ParquetJob::open(file_workers, folder / "spill", {}, stop,
                                         lakehouse::fetch_memory_share));
  for (std::size_t i = 0; i < tables.size(); ++i) {
    std::string cells;
    std::string view;
    for (std::size_t column = 0; column < tables[i].columns.size(); ++column) {
      const Column& each = tables[i].columns[column];
      const std::string name = planned_name(prefix, i, column);
      cells += (column > 0 ? ", " : "") + ("CAST(NULL AS " + each.type + ") AS " + name);
      view += (column > 0 ? ", " : "") + name + " AS " + quote_identifier(each.name);
    }
    const fs::path file = folder / ("stand-in" + std::to_string(i) + ".parquet");
    TRY_ASSIGN(const std::int64_t rows,
               job.copy_to("SELECT " + cells + " WHERE false", tables[i].columns.size(), file));
    static_cast<void>(rows);
    sources.push_back({tables[i].name, {file}, "SELECT " + view + " FROM source"});
  }
  TRY(job.close());
  return sources;
}

query::TableSource fetched_table(const RemoteScan& scan, const fs::path& file) {
  std::string list;
  for (std::size_t column = 0; column < scan.table.columns.size(); ++column) {
    const Column& each = scan.table.columns[column];
    std::string value = "CAST(NULL AS " + each.type + ")";
    for (std::size_t i = 0; i < scan.columns.size(); ++i) {
      if (scan.columns[i] == column) value = "c" + std::to_string(i);
    }
    list += (column > 0 ? ", " : "") + value + " AS " + quote_identifier(each.name);
  }
  return {scan.table.name, {file}, "SELECT " + list + " FROM source"};
}

std::string with_own_names(std::string text, const std::string& prefix,
                           const std::vector<RemoteTable>& tables) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    // From the last, since c_1 begins c_10.
    for (std::size_t column = tables[i].columns.size(); column-- > 0;) {
      const std::string name = planned_name(prefix, i, column);
      const std::string quoted =
          boost::json::serialize(boost::json::string(tables[i].columns[column].name));
      const std::string shown = quoted.substr(1, quoted.size() - 2);
      for (std::size_t at = text.find(name); at != std::string::npos;
           at = text.find(name, at + shown.size())) {
        text.replace(at, name.size(), shown);
      }
    }
  }
  return text;
}

}  // namespace sluice::federation
