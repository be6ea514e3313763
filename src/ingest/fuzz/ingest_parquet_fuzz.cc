#include <vector>

#include "base/testing/fuzz_target.h"
#include "base/testing/memory_file.h"
#include "ingest/parquet/parquet_file.h"
#include "ingest/parquet/parquet_footer.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

using fuzz::require;

void check(const ParquetFooter& footer) {
  require(!footer.nodes.empty() && footer.nodes.size() <= parquet_nodes_max, "a schema of a size");
  require(footer.rows >= 0 && footer.chunks.size() <= parquet_chunks_max, "numbers in bounds");
  std::vector<std::size_t> left;
  std::size_t leaves = 0;
  for (const ParquetNode& node : footer.nodes) {
    while (!left.empty() && left.back() == 0) left.pop_back();
    require(left.empty() == (&node == footer.nodes.data()), "the schema is one tree");
    if (!left.empty()) --left.back();
    left.push_back(node.children);
    require(left.size() <= parquet_depth_max, "the schema is no deeper than told");
    require(node.name.find('\0') == std::string::npos, "names can be written");
    leaves += node.children == 0 ? 1 : 0;
  }
  for (const std::size_t children : left) require(children == 0, "the tree is whole");
  require(leaves == footer.leaves, "leaves are counted");
  for (const ParquetChunk& chunk : footer.chunks) {
    require(chunk.values == 0 || (chunk.begin >= 4 && chunk.begin <= footer.data_end),
            "data lie in the file");
  }
}

/// A Parquet file, or a footer alone.
void parquet(std::string_view input) {
  if (const Result<ParquetFooter> footer = parse_parquet_footer(input, 1U << 20U)) {
    check(*footer);
  } else {
    require(!footer.error().code.empty() && !footer.error().detail.empty(),
            "an error says what it is");
  }
  const fuzz::MemoryFile memory(input);
  if (const Result<ParquetFooter> footer = check_parquet(memory.path(), {})) check(*footer);
}

const fuzz::Target target(__FILE__, parquet);

}  // namespace
}  // namespace sluice::ingest
