#pragma once

#include <soci/soci.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "base/fault_points.h"
#include "metadata/error_codes.h"
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

  const Engine& engine() const { return sessions->engine(); }

  /// `work(session)` gives a Result. Each statement in it sees the database at its own moment.
  template <typename Work>
  std::invoke_result_t<Work, soci::session&> read(Work&& work) {
    TRY_ASSIGN(Lease lease, sessions->lease());
    try {
      return work(*lease);
    } catch (const soci::soci_error& error) {
      return fail(engine().classify(error));
    }
  }

  /// What must be possible on a full disk: once more with the reserve given up. A disk that is full
  /// can lose the answer to a commit as well; nobody sees such a one before the reserve is used.
  template <typename Work>
  std::invoke_result_t<Work> making_room(Work&& work) {
    std::invoke_result_t<Work> result = work();
    const bool full = !result && (result.error().code == Code::metadata_disk ||
                                  result.error().code == Code::commit_unknown);
    if (!full || !reserve.give_up()) return result;
    return work();
  }

  /// read() in one transaction: committed where the Result holds a value, rolled back otherwise.
  /// Where COMMIT was sent and its answer is lost: `commit_unknown`. What `work` reads before it
  /// writes it locks first (rows/locks.h). Tests fail the commit at `<name>.before_commit` and
  /// `<name>.after_commit`.
  template <typename Work>
  std::invoke_result_t<Work, soci::session&> write(Work&& work,
                                                   [[maybe_unused]] std::string_view name = "") {
    TRY_ASSIGN(Lease lease, sessions->lease());
    try {
      Transaction transaction(engine(), *lease);
      std::invoke_result_t<Work, soci::session&> result = work(*lease);
      if (!result) return result;
      FAULT_POINT("metadata_before_commit");
      TRY(commit(lease, transaction, name));
      FAULT_POINT("metadata_after_commit");
      return result;
    } catch (const soci::soci_error& error) {
      return fail(engine().classify(error));
    }
  }

 private:
  Result<void> commit(Lease& lease, Transaction& transaction,
                      [[maybe_unused]] std::string_view name) {
    bool lost = FAULT_FAILS(std::string(name) + ".before_commit");
    if (!lost) {
      try {
        transaction.commit();
        lost = FAULT_FAILS(std::string(name) + ".after_commit");
      } catch (const soci::soci_error& error) {
        lost = engine().may_have_committed(error);
        if (!lost) throw;
      }
    }
    if (!lost) return {};
    lease.discard();
    return fail(Errc::unavailable, Code::commit_unknown,
                "The answer to the commit was lost: the metadata database may hold it or not.",
                "Look whether it is there before you send it again.");
  }
};

}  // namespace sluice::metadata
