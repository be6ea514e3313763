#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"
#include "ingest/source_limits.h"
#include "ingest/write/rejects.h"

namespace sluice::ingest {

/// What the rejects are rows of: what may be said about its reading differs.
enum class RejectsOf { text, sheet, json_lines };

/// The rejects of one ingest, from several threads, within the limit. Threads: any, except `take`.
class RejectLog {
 public:
  /// `rejects_max`: the user's; else rejects_max_default, and no more rejects than rows.
  explicit RejectLog(std::optional<std::int64_t> rejects_max, RejectsOf of = RejectsOf::text);

  /// `place` orders what different threads add. Error `rejects_too_many`, naming the first reject.
  /// What does not count (rows above a table whose place is known) is kept beyond any limit of
  /// theirs.
  Result<void> add(std::uint64_t place, std::vector<Reject> rejects, bool counts = true);
  /// At the end: without a limit of the user's, a table of more rejects than rows is a file that
  /// was misread.
  Result<void> check_share(std::int64_t rows) const;
  std::int64_t count() const;
  std::vector<Reject> take();
  /// How many rejects end the ingest, whoever else has some: one reader need not read on.
  std::int64_t most() const { return rejects_max_.value_or(rejects_max_default); }

 private:
  tl::unexpected<Error> too_many(const std::string& limit) const;

  std::optional<std::int64_t> rejects_max_;
  RejectsOf of_;
  mutable std::mutex mutex_;
  std::int64_t count_ = 0;
  std::int64_t free_ = 0;  ///< Of `count_`, those that do not count.
  std::size_t bytes_ = 0;
  std::map<std::uint64_t, std::vector<Reject>> by_place_;
};

}  // namespace sluice::ingest
