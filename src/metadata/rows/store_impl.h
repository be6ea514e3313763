#pragma once

#include <soci/soci.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "base/fault.h"
#include "metadata/sql/reserve.h"
#include "metadata/sql/sessions.h"
#include "metadata/store.h"

namespace sluice::metadata {

/// What the store's parts share: the clock, the sessions, and the one place where SOCI's exceptions
/// end.
struct Store::Impl {
  const Clock& clock;
  std::unique_ptr<Sessions> sessions;
  Reserve reserve;

  Impl(const Clock& clock_in, std::unique_ptr<Sessions> sessions_in, std::filesystem::path path,
       std::uint64_t reserve_bytes)
      : clock(clock_in),
        sessions(std::move(sessions_in)),
        reserve(std::move(path), reserve_bytes) {}

  /// `work(session)` gives a Result. Each statement in it sees the database at its own moment.
  template <typename Work>
  std::invoke_result_t<Work, soci::session&> read(Work&& work) {
    TRY_ASSIGN(Lease lease, sessions->lease());
    try {
      return work(*lease);
    } catch (const soci::soci_error& error) {
      return fail(error_from_soci(error));
    }
  }

  /// What must be possible on a full disk: once more with the reserve given up.
  template <typename Work>
  std::invoke_result_t<Work> making_room(Work&& work) {
    std::invoke_result_t<Work> result = work();
    if (result || result.error().code != "metadata_disk" || !reserve.give_up()) return result;
    return work();
  }

  /// read() in one transaction: committed where the Result holds a value, rolled back otherwise.
  template <typename Work>
  std::invoke_result_t<Work, soci::session&> write(Work&& work) {
    TRY_ASSIGN(Lease lease, sessions->lease());
    try {
      Transaction transaction(*lease);
      std::invoke_result_t<Work, soci::session&> result = work(*lease);
      if (!result) return result;
      FAULT_POINT("metadata_before_commit");
      transaction.commit();
      FAULT_POINT("metadata_after_commit");
      return result;
    } catch (const soci::soci_error& error) {
      return fail(error_from_soci(error));
    }
  }
};

}  // namespace sluice::metadata
