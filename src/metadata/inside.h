#pragma once

#include <soci/soci.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "base/fault.h"
#include "metadata/sessions.h"
#include "metadata/store.h"

namespace sluice::metadata {

/// What the store's parts share: the clock, the sessions, and the one place where SOCI's exceptions
/// end.
struct Store::Inside {
  const Clock& clock;
  std::unique_ptr<Sessions> sessions;

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

  /// The same in one transaction: committed where the Result holds a value, rolled back otherwise.
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
