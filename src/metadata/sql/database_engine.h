#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::metadata {

/// What differs from one database to the next; all other SQL of this room is taken by each of them.
/// One object serves a whole pool of sessions. Threads: safe for concurrent use. What takes a
/// session throws soci::soci_error, unless it says otherwise.
class Engine {
 public:
  virtual ~Engine() = default;

  /// A new connection, ready for use.
  virtual Result<std::unique_ptr<soci::session>> connect() const = 0;
  /// False for a session that no one may use again: its transaction is still open, or its
  /// connection is gone. Throws nothing.
  virtual bool is_reusable(soci::session& session) const = 0;

  /// Begins a transaction that reads and writes. Each of its statements sees what others have
  /// committed until then.
  virtual void begin_write(soci::session& session) const = 0;
  /// The end of a SELECT that keeps its rows from all other writers until the transaction ends.
  /// Empty where begin_write has locked out every other writer already.
  virtual std::string_view row_lock() const = 0;
  /// The order of the next want: greater than all before it, and never used again. To be called
  /// inside begin_write's transaction, whose rollback takes it back. Those of one dataset are taken
  /// under its lock, so there a greater one is also a later one.
  virtual std::int64_t next_order(soci::session& session) const = 0;

  /// What an exception means to our callers. Only the database's own message goes into it: SOCI's
  /// text repeats bound values, which may be secrets.
  virtual Error classify(const soci::soci_error& error) const = 0;
  /// Whether the transaction may be there although COMMIT threw this.
  virtual bool may_have_committed(const soci::soci_error& error) const = 0;

  /// The database's file; empty where it is not one on this machine.
  virtual std::string file() const { return {}; }
};

}  // namespace sluice::metadata
