#pragma once

#include <optional>
#include <string>

#include "base/background_loop.h"
#include "base/clock.h"
#include "base/wake.h"
#include "metadata/store.h"
#include "temporal/client.h"

namespace sluice::sync {

struct DispatcherOptions {
  std::int64_t retry_attempts = 3;
  std::int64_t retry_interval_s = 300;
  std::int64_t window_s = 0;         ///< So long syncs wait for each other to wake the lakehouse.
  std::int64_t profile_wait_s = 60;  ///< So long a sync waits for its version's profile.
};

/// Hands the outbox to Temporal: a thread that signals-with-start the dataset's workflow for each
/// row, in order, and removes the row once Temporal took it. Temporal being away postpones, with
/// pauses that grow to 10 s. Now and then it looks whether what Temporal took is still there: a
/// server that lost its database, or a workflow that was terminated, is given the want again. It
/// ends after the row in hand.
class Dispatcher {
 public:
  /// All must outlive the dispatcher. `wake` says that there is something new in the outbox.
  Dispatcher(metadata::Store& store, temporal::Client& client, const Clock& clock, Wake& wake,
             DispatcherOptions options);

 private:
  void do_round();
  /// True where the outbox could be read and every due row was taken.
  bool dispatch_due();
  /// A profile that is not made in time holds up no sync.
  void let_go_of_profiles();
  bool dispatch(const metadata::OutboxRow& row);
  Result<std::string> signal(const metadata::OutboxRow& row);
  bool may_use_search_attributes();
  /// One page of what was sent; false where Temporal cannot be asked.
  bool look_after_sent();
  bool is_lost(const metadata::SentWant& sent, bool& is_away);

  metadata::Store& store_;
  temporal::Client& client_;
  const Clock& clock_;
  DispatcherOptions options_;
  bool temporal_away_ = false;  ///< Said once in the log, not at each try.
  Micros next_look_at_us_ = 0;
  std::int64_t looked_until_order_ = 0;
  std::optional<bool> search_attributes_;  ///< Whether the server has them, once it has said so.
  BackgroundLoop loop_;                    ///< Last: it uses the rest.
};

}  // namespace sluice::sync
