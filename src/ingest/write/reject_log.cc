#include "ingest/write/reject_log.h"

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

/// What may be wrong with the reading, not with the rows.
std::string_view other_reading(RejectsOf of) {
  switch (of) {
    case RejectsOf::json_lines:
      return "each line is to hold one object; ";
    case RejectsOf::sheet:
      return "or say where the table is (sheet, cell_range, header_line) and what its columns are "
             "(column_types, date_format); ";
    case RejectsOf::text:
      break;
  }
  return "or say how it is written (delimiter, quote, header_line, encoding); ";
}

}  // namespace

RejectLog::RejectLog(std::optional<std::int64_t> rejects_max, RejectsOf of)
    : rejects_max_(rejects_max), of_(of) {}

tl::unexpected<Error> RejectLog::too_many(const std::string& limit) const {
  const Reject& first = by_place_.begin()->second.front();
  return fail(
      Errc::unprocessable, Code::rejects_too_many,
      "More rows do not fit than " + limit + " allows. The first is in line " +
          std::to_string(first.line) + ": " + first.detail + " It reads " + shown(first.raw) + ".",
      "Mend the file; " + std::string(other_reading(of_)) +
          "or allow more with rejects_max: such rows are kept apart, with line and reason.");
}

Result<void> RejectLog::add(std::uint64_t place, std::vector<Reject> rejects, bool counts) {
  if (rejects.empty()) return {};
  const std::lock_guard lock(mutex_);
  std::vector<Reject>& here = by_place_[place];
  for (Reject& reject : rejects) {
    ++count_;
    if (!counts) ++free_;
    bytes_ += reject.bytes();
    here.push_back(std::move(reject));
  }
  if (count_ - free_ > most()) return too_many("rejects_max (" + std::to_string(most()) + ")");
  if (bytes_ > reject_bytes_max) {
    return too_many("reject_bytes_max (" + std::to_string(reject_bytes_max) + " bytes)");
  }
  return {};
}

Result<void> RejectLog::check_share(std::int64_t rows) const {
  const std::lock_guard lock(mutex_);
  if (rejects_max_ || count_ - free_ <= rows) return {};
  return too_many("there are rows that do (" + std::to_string(rows) + ")");
}

std::int64_t RejectLog::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::vector<Reject> RejectLog::take() {
  std::vector<Reject> all;
  for (auto& [place, rejects] : by_place_) {
    all.insert(all.end(), std::make_move_iterator(rejects.begin()),
               std::make_move_iterator(rejects.end()));
  }
  by_place_.clear();
  return all;
}

}  // namespace sluice::ingest
